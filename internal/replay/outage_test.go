package replay

import (
	"math/rand/v2"
	"testing"
	"time"

	"wvwatch/internal/alert"
)

// An outage in a log is distinguished from a busy service and a busy evening.
func TestSuggestNamesOutages(t *testing.T) {
	for _, tt := range []struct {
		name string
		rate func(step int) float64 // of the window, as a share of a level of 20
		want bool
	}{
		{"nothing", func(int) float64 { return 0 }, false},
		{"always the same", func(int) float64 { return 1 }, false},
		{"an evening", func(s int) float64 { return 1 + 2*max(0, 1-abs(float64(s-4000))/3000) }, false},
		{"twenty minutes", func(s int) float64 { return 0.2 + 5*within(s, 3000, 3120) }, true},
		{"of a rare code", func(s int) float64 { return within(s, 3000, 3120) }, true},
		{"two of them", func(s int) float64 { return 0.1 + within(s, 1000, 1100) + 3*within(s, 3000, 3120) }, true},
		{"at the beginning", func(s int) float64 { return 0.1 + 3*within(s, 0, 100) }, true},
		{"at the end", func(s int) float64 { return 0.1 + 3*within(s, 8540, 8640) }, true},
		{"most of the day", func(s int) float64 { return 0.1 + 3*within(s, 1000, 8000) }, false},
		{"a few", func(s int) float64 { return 0.4 * within(s, 3000, 3120) }, false},
	} {
		r := rand.New(rand.NewPCG(7, 7))
		s := &search{rule: alert.RuleConfig{When: alert.When{Over: time.Minute}}, levels: make(map[string][]level)}
		n := 0
		for step := range 8640 {
			next := int(20 * tt.rate(step))
			if next > 4 {
				next += r.IntN(next / 4)
			}
			if step == 0 || next != n {
				s.levels[""] = append(s.levels[""], level{int64(step), next})
			}
			n = next
		}
		o := s.outage(-1<<40, 8640)
		if (o != nil) != tt.want {
			t.Errorf("%s: %+v", tt.name, o)
			continue
		}
		if o == nil {
			continue
		}
		if took := o.To.Sub(o.From); took < 15*time.Minute || took > 25*time.Minute || o.Otherwise > o.PerMinute/5 {
			t.Errorf("%s: lasts %s, %+v", tt.name, took, o)
		}
	}
}

func within(s, from, to int) float64 {
	if s >= from && s < to {
		return 1
	}
	return 0
}

func abs(x float64) float64 { return max(x, -x) }
