package metrics

import (
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

func TestDurations(t *testing.T) {
	var d *durations
	took := []time.Duration{time.Microsecond, 3 * time.Millisecond, 3 * time.Millisecond, 60 * time.Millisecond, time.Second, 7 * time.Second, time.Hour}
	for _, s := range took {
		d = d.observe(s)
	}
	h := d.histogram(0)
	if h.GetSampleCount() != uint64(len(took)) || math.Abs(h.GetSampleSum()-3608.066001) > 1e-6 {
		t.Errorf("count %d, sum %f", h.GetSampleCount(), h.GetSampleSum())
	}
	for _, want := range []struct {
		le float64
		n  uint64
	}{{.005, 3}, {.05, 3}, {.1, 4}, {.5, 4}, {1, 5}, {10, 6}} {
		for _, b := range h.Bucket {
			if b.GetUpperBound() == want.le && b.GetCumulativeCount() != want.n {
				t.Errorf("le %g: %d, want %d", want.le, b.GetCumulativeCount(), want.n)
			}
		}
	}
	// Each native bucket ends at a power of 2^(1/8) and holds what is below.
	at, n, i, total := int32(0), int64(0), 0, h.GetZeroCount()
	for _, s := range h.PositiveSpan {
		at += s.GetOffset()
		for range s.GetLength() {
			n += h.PositiveDelta[i]
			upper, lower := math.Exp2(float64(at)/8), math.Exp2(float64(at-1)/8)
			inside := int64(0)
			for _, s := range took {
				if v := s.Seconds(); v > lower && v <= upper || i == len(h.PositiveDelta)-1 && v > upper {
					inside++
				}
			}
			if inside != n {
				t.Errorf("bucket (%g, %g]: %d, want %d", lower, upper, n, inside)
			}
			total += uint64(n)
			at, i = at+1, i+1
		}
	}
	if total != uint64(len(took)) || h.GetZeroCount() != 1 {
		t.Errorf("native buckets hold %d", total)
	}
}

// TestDurationBuckets asks for the bucket of durations on and next to every bound.
func TestDurationBuckets(t *testing.T) {
	var near []time.Duration
	for _, bounds := range [][]float64{durationBounds[:], nativeBounds[:]} {
		for _, b := range bounds {
			at := time.Duration(b * float64(time.Second))
			near = append(near, at-1, at, at+1, at+at/50)
		}
	}
	for _, took := range append(near, 0, 1, time.Hour, math.MaxInt64) {
		d := (*durations)(nil).observe(took)
		s := took.Seconds()
		classic := sort.SearchFloat64s(durationBounds[:], s)
		native := min(sort.SearchFloat64s(nativeBounds[:], s), nativeBuckets-1)
		if d.classic[classic] != 1 || s > nativeZero && d.native[native] != 1 || (s <= nativeZero) != (d.zero == 1) {
			t.Errorf("%s is not in buckets %d and %d", took, classic, native)
		}
	}
}

func TestDurationsOutliveViewAndRestart(t *testing.T) {
	d := (*durations)(nil).observe(time.Second)
	d.share()
	more := d.observe(time.Second)
	if d.count() != 1 || more.count() != 2 {
		t.Errorf("a view changed: %d, %d", d.count(), more.count())
	}
	again := (*durations)(nil).merge(more.state())
	if *again != (durations{classic: more.classic, native: more.native, zero: more.zero, sum: more.sum}) {
		t.Error("a checkpoint changed the histogram")
	}
	if got := again.merge(&DurationState{Classic: []uint64{1}}); got != again {
		t.Error("a histogram of other buckets was taken")
	}
	if h := again.histogram(t0.UnixNano()); h.GetSampleCount() != 2 || !h.GetCreatedTimestamp().AsTime().Equal(t0) {
		t.Errorf("exported: %v", h)
	}
}

func BenchmarkObserve(b *testing.B) {
	d := &durations{}
	var took [1024]time.Duration // more than a processor learns by heart
	for i := range took {
		took[i] = time.Duration(rand.Int64N(int64(time.Second)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d = d.observe(took[i%len(took)])
	}
}

func TestDurationsExported(t *testing.T) {
	l := New(Default(), catalogue(t), []string{"proxy"})
	now := time.Unix(1.8e9, 0)
	l.Commit("proxy", now, &parser.Result{Requests: []parser.Request{
		{DRM: codes.Widevine, Outcome: parser.Granted, Duration: 30 * time.Millisecond},
		{DRM: codes.Widevine, Outcome: parser.Granted}, // has no duration
	}}, tailer.Position{})
	again := New(Default(), catalogue(t), []string{"proxy"})
	again.Restore(l.State())
	for _, l := range []*Ledger{l, again} {
		got := lines(t, NewCollector(l, CollectorOptions{Now: func() time.Time { return now }}), "duration_seconds", `outcome="granted"`)
		for _, want := range []string{`le="0.025"} 0`, `le="0.05"} 1`, `le="+Inf"} 1`, "_sum{", "} 0.03", "_count{"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s not in\n%s", want, got)
			}
		}
	}
}
