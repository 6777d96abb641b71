package alert

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"testing"
	"text/tabwriter"
	"unsafe"
)

// contest is one detector beside the others in one scenario and size.
type contest struct {
	names  []string
	result []judgement // over all base rates
	byRate [][]judgement
}

// hold lets all detectors watch the same streams, for so many days of each
// base rate; ours alone where alone is set.
func hold(s scenario, incident size, days int, threshold float64, alone bool) contest {
	c := contest{names: []string{"ours"}}
	if !alone {
		c.names = append(c.names, "window ratio", "z-score", "z-score for 5m", "fixed x3")
	}
	c.result = make([]judgement, len(c.names))
	rates := baseRates()
	c.byRate = make([][]judgement, len(rates))
	var running sync.WaitGroup
	for i, rate := range rates {
		running.Go(func() {
			rivals := []rival{newOurs(threshold)}
			if !alone {
				rivals = append(rivals, newWindowRatio(), newZScore(0), newZScore(30), newFixed(rate))
			}
			c.byRate[i] = judge(newStream(s, rate, uint64(i)), days, incident, rivals)
		})
	}
	running.Wait()
	for _, js := range c.byRate {
		for k := range js {
			c.result[k].add(js[k])
		}
	}
	return c
}

// BenchmarkSpike measures a step, and BenchmarkSpikeTable prints how the
// detector does beside others.
func BenchmarkSpike(b *testing.B) {
	d := newDetector(10, 0)
	s := newStream(scenarios()[3], 2, 1)
	var xs [daySteps]float64
	for i := range xs {
		xs[i], _ = s.next(int64(i), 0, 0)
	}
	b.ReportAllocs()
	at := int64(0)
	for b.Loop() {
		at++
		d.step(at, xs[at%daySteps], stepSeconds)
	}
	b.ReportMetric(float64(unsafe.Sizeof(channel{})), "B/stream")
}

func BenchmarkSpikeTable(b *testing.B) {
	for b.Loop() {
		printTable(os.Stdout, 100)
	}
}

func printTable(out io.Writer, days int) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, incident := range []struct {
		name string
		size
	}{{"large (x20, at least +6/min)", large()}, {"small (x4, at least +1/min)", small()}} {
		fmt.Fprintf(w, "\n%s, %d days at each of %v per minute\n", incident.name, days, baseRates())
		fmt.Fprintln(w, "scenario\tdetector\tfalse per stream-day\tfound\tmedian delay, min\tfiring before")
		for _, s := range scenarios() {
			c := hold(s, incident.size, days, 10, false)
			for k, name := range c.names {
				line(w, s.name, name, c.result[k])
			}
			line(w, s.name, "ours, ticket (8)", hold(s, incident.size, days, 8, true).result[0])
			line(w, s.name, "ours, page (12)", hold(s, incident.size, days, 12, true).result[0])
			for i, rate := range baseRates() {
				line(w, s.name, fmt.Sprintf("ours at %v/min", rate), c.byRate[i][0])
			}
		}
	}
	w.Flush()
}

func line(w io.Writer, scenario, name string, j judgement) {
	fmt.Fprintf(w, "%s\t%s\t%.3f\t%.1f %%\t%.2f\t%.1f %%\n",
		scenario, name, j.falsePerDay(), 100*j.foundPart(), j.median(), 100*j.earlyPart())
}

// TestSpikeBounds is the table in short, with room for chance.
func TestSpikeBounds(t *testing.T) {
	if unsafe.Sizeof(channel{}) > 2<<10 {
		t.Errorf("%d bytes of state", unsafe.Sizeof(channel{}))
	}
	const days = 8
	for i, s := range scenarios() {
		hardest := i > 0
		l := hold(s, large(), days, 10, true).result[0]
		delay := 0.5
		if hardest {
			delay = 2.5
		}
		if l.falsePerDay() > 0.1 || l.foundPart() < 0.95 || l.earlyPart() > 0.03 || !(l.median() <= delay) {
			t.Errorf("%s, large: %.3f false a day, %.3f found after %.2f min, %.3f firing before",
				s.name, l.falsePerDay(), l.foundPart(), l.median(), l.earlyPart())
		}
		least := math.Inf(-1)
		switch {
		case !hardest:
			least = 0.9
		case s.requests > 0:
			least = 0.5
		}
		m := hold(s, small(), days, 10, true).result[0]
		if ticket := hold(s, small(), days, 8, true).result[0]; !hardest && (ticket.foundPart() < 0.93 || ticket.falsePerDay() > 0.1) {
			t.Errorf("%s, small, ticket: %.3f found, %.3f false a day", s.name, ticket.foundPart(), ticket.falsePerDay())
		}
		if m.falsePerDay() > 0.1 || m.foundPart() < least || m.earlyPart() > 0.03 {
			t.Errorf("%s, small: %.3f false a day, %.3f found, %.3f firing before", s.name, m.falsePerDay(), m.foundPart(), m.earlyPart())
		}
	}
}
