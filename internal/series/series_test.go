package series

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// sample is a sample of a family, in tests.
type sample struct {
	family    *Family
	value     float64
	labels    []string
	histogram *dto.Histogram
}

// fixed is a source of given samples, family by family.
type fixed []sample

func (s fixed) WriteSeries(to Sink, wanted func(Group) bool) {
	var last *Family
	for _, x := range s {
		if !wanted(x.family.Group) {
			continue
		}
		if x.family != last {
			to.Begin(x.family)
			last = x.family
		}
		if x.histogram != nil {
			to.AddHistogram(x.histogram, x.labels...)
			continue
		}
		to.Add(x.value, 1e18, x.labels...)
	}
}

// everything has each kind, and what is hard to write.
func everything() fixed {
	plain := &Family{Daemon, "plain", Gauge, "Without labels.", nil}
	one := &Family{Codes, "drm_extras_total", Counter, `Help with a \ and a " and` + "\na line.", []string{"code"}}
	two := &Family{Codes, "two", Gauge, "", []string{"a", "b"}}
	long := &Family{Requests, "took_seconds", Histogram, "How long.", []string{"drm"}}
	var s fixed
	for _, v := range []float64{0, 1, -1, 2, 10, 999999, 1e6, 1234567, 1e21, -1e6, 0.1, 1e-9, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 1 << 53, 4611686018427387904, -9.5} {
		s = append(s, sample{family: plain, value: v})
	}
	for _, l := range []string{"", "4025", `back\slash`, "new\nline", `quo"te`, "ümlaut \x7f\t", `\n`, strings.Repeat("x", 10)} {
		s = append(s, sample{family: one, value: 3, labels: []string{l}}, sample{family: one, value: 7e6, labels: []string{l + "2"}})
	}
	s = append(s, sample{family: two, value: 1, labels: []string{"x", ""}}, sample{family: two, value: 1, labels: []string{"", "y"}})
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Help: "h", Buckets: []float64{0.1, 1}})
	h.Observe(0.5)
	var m dto.Metric
	if err := h.Write(&m); err != nil {
		panic(err)
	}
	return append(s, sample{family: long, histogram: m.Histogram, labels: []string{"widevine"}}, sample{family: plain, value: 1})
}

// The text formats are what the client library writes of the same samples.
func TestTextIsThatOfTheLibrary(t *testing.T) {
	source := everything()
	source = source[:len(source)-1] // a name comes once
	for _, openMetrics := range []bool{false, true} {
		var got, want bytes.Buffer
		text := NewText(&got, openMetrics)
		source.WriteSeries(text, All)
		if err := text.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, f := range Families(source, All) {
			var err error
			if openMetrics {
				_, err = expfmt.MetricFamilyToOpenMetrics(&want, f)
			} else {
				_, err = expfmt.MetricFamilyToText(&want, f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got.String() != want.String() {
			t.Errorf("OpenMetrics %v:\n%s\nwant\n%s", openMetrics, got.String(), want.String())
		}
	}
}

func TestGroups(t *testing.T) {
	for _, g := range Groups() {
		var out bytes.Buffer
		text := NewText(&out, false)
		everything().WriteSeries(text, func(wanted Group) bool { return wanted == g })
		if err := text.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, f := range Families(everything(), All) {
			if has, want := strings.Contains(out.String(), "# TYPE "+f.GetName()+" "), strings.Contains(map[Group]string{
				Daemon: "plain", Codes: "drm_extras_total two", Requests: "took_seconds",
			}[g], f.GetName()); has != want {
				t.Errorf("group %s: has %s: %v", g, f.GetName(), has)
			}
		}
	}
}

// collector is a source as a collector of the client library.
type collector struct{ Source }

func (c collector) Describe(chan<- *prometheus.Desc)     {}
func (c collector) Collect(out chan<- prometheus.Metric) { Collect(c.Source, out) }

// A pedantic registry takes the samples, and has them all.
func TestCollect(t *testing.T) {
	f := &Family{Codes, "x_total", Counter, "X.", []string{"a", "b"}}
	source := fixed{{family: f, value: 1, labels: []string{"1", "2"}}, {family: f, value: 2, labels: []string{"1", ""}}}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector{source})
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || len(families[0].Metric) != 2 {
		t.Fatalf("%v %v", families, err)
	}
	if c := families[0].Metric[0].Counter; c.GetCreatedTimestamp().AsTime().UnixNano() != 1e18 {
		t.Errorf("created %v", c.GetCreatedTimestamp())
	}
}

// Text allocates nothing for a sample.
func TestTextAllocatesNothing(t *testing.T) {
	f := &Family{Codes, "x_total", Counter, "X.", []string{"a", "b"}}
	text := NewText(&bytes.Buffer{}, true)
	text.Begin(f)
	labels := []string{"one", "two"}
	if n := testing.AllocsPerRun(100, func() { text.Add(12345, 0, labels...); text.buf = text.buf[:0] }); n != 0 {
		t.Errorf("%v allocations for a sample", n)
	}
}

func BenchmarkText(b *testing.B) {
	f := &Family{Codes, "drm_extras_total", Counter, "X.", []string{"category", "code", "drm", "severity", "source", "tenant"}}
	labels := []string{"entitlement", "4025", "widevine", "info", "proxy", "T99"}
	text := NewText(discard{}, true)
	text.Begin(f)
	b.ReportAllocs()
	for b.Loop() {
		text.Add(12345, 0, labels...)
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
