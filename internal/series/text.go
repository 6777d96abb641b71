package series

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Text is a Sink that writes one of the text formats: the same lines as package
// expfmt, without the end mark of OpenMetrics. Flush ends it.
type Text struct {
	out         io.Writer
	openMetrics bool
	err         error // the first one
	buf         []byte

	family  *Family
	pieces  [][]byte // of a sample's line: what precedes each value of a label, and what ends the last
	started bool     // the head of the family is written
	built   *families
}

// flushAt is how many bytes are gathered before they are written.
const flushAt = 32 << 10

// NewText returns a sink that writes to out, in the classic format or in OpenMetrics.
func NewText(out io.Writer, openMetrics bool) *Text {
	return &Text{out: out, openMetrics: openMetrics, buf: make([]byte, 0, flushAt+4096)}
}

// Begin implements Sink.
func (t *Text) Begin(f *Family) {
	t.endHistograms()
	t.family, t.started = f, false
	t.pieces = t.pieces[:0]
	for i, label := range f.Labels {
		before := `",`
		if i == 0 {
			before = f.Name + "{"
		}
		t.pieces = append(t.pieces, []byte(before+label+`="`))
	}
	if len(f.Labels) == 0 {
		t.pieces = append(t.pieces, []byte(f.Name+" "))
	} else {
		t.pieces = append(t.pieces, []byte(`"} `))
	}
}

// Add implements Sink.
func (t *Text) Add(value float64, _ int64, labels ...string) {
	if !t.started {
		t.started = true
		t.head()
	}
	b := t.buf
	for i, value := range labels {
		b = append(b, t.pieces[i]...)
		b = appendEscaped(b, value)
	}
	b = append(b, t.pieces[len(labels)]...)
	b = t.appendFloat(b, value)
	t.buf = append(b, '\n')
	if len(t.buf) >= flushAt {
		t.write()
	}
}

// AddHistogram implements Sink.
func (t *Text) AddHistogram(h *dto.Histogram, labels ...string) {
	if t.built == nil {
		t.built = &families{}
		t.built.Begin(t.family)
	}
	t.built.AddHistogram(h, labels...)
}

// endHistograms writes the histograms of the family.
func (t *Text) endHistograms() {
	if t.built == nil {
		return
	}
	var b bytes.Buffer
	write := func(f *dto.MetricFamily) (int, error) { return expfmt.MetricFamilyToText(&b, f) }
	if t.openMetrics {
		write = func(f *dto.MetricFamily) (int, error) { return expfmt.MetricFamilyToOpenMetrics(&b, f) }
	}
	for _, f := range t.built.list {
		if _, err := write(f); err != nil && t.err == nil {
			t.err = err
		}
	}
	t.built = nil
	t.buf = append(t.buf, b.Bytes()...)
}

// head writes the help and the type of the family.
func (t *Text) head() {
	name, help := t.family.Name, textHelp.Replace(t.family.Help)
	if t.openMetrics {
		help = escaper.Replace(t.family.Help)
		if t.family.Kind == Counter {
			name = strings.TrimSuffix(name, "_total")
		}
	}
	t.buf = fmt.Appendf(t.buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, t.family.Kind)
}

func (t *Text) write() {
	if t.err == nil {
		_, t.err = t.out.Write(t.buf)
	}
	t.buf = t.buf[:0]
}

// Flush writes what is left and returns the first error.
func (t *Text) Flush() error {
	t.endHistograms()
	t.write()
	return t.err
}

var (
	escaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	textHelp = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)

func appendEscaped(b []byte, value string) []byte {
	for i := range len(value) {
		if c := value[i]; c == '\\' || c == '\n' || c == '"' {
			return append(b, escaper.Replace(value)...)
		}
	}
	return append(b, value...)
}

// appendFloat writes a value; OpenMetrics wants a mark of a float in it.
func (t *Text) appendFloat(b []byte, value float64) []byte {
	if value == 0 {
		value = 0 // not the negative one
	}
	from := len(b)
	if whole := int64(value); float64(whole) == value && whole < 1e6 && whole > -1e6 { // which is most of them
		b = strconv.AppendInt(b, whole, 10)
	} else if math.IsInf(value, 1) {
		return append(b, "+Inf"...)
	} else {
		b = strconv.AppendFloat(b, value, 'g', -1, 64)
	}
	if t.openMetrics && !bytes.ContainsAny(b[from:], "e.N") && !math.IsInf(value, 0) {
		b = append(b, ".0"...)
	}
	return b
}
