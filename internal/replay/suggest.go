package replay

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/humanize"
	"wvwatch/internal/metrics"
)

// Suggestion is the threshold of one rule from which on it would have fired at
// most as often as asked.
type Suggestion struct {
	Rule      string  `json:"rule"`
	PerMinute float64 `json:"per_minute"`       // as configured
	Fired     int     `json:"fired"`            // with it, by the number alone
	Suggested float64 `json:"suggested"`        // per minute
	Then      int     `json:"fired_then"`       // with Suggested
	Highest   float64 `json:"highest_measured"` // incidents per minute
	Outage    *Outage `json:"outage,omitempty"` // that is in these numbers
}

// search looks for the threshold of one rule.
type search struct {
	rule    alert.RuleConfig
	fired   int
	highest int
	levels  map[string][]level // by value of the label that the rule groups by
}

// level is how many incidents the window held, from a step on.
type level struct {
	step int64
	n    int
}

func (s *search) minutes() float64 { return s.rule.When.Over.Minutes() }

// suggest plays the rules on a number twice: once to measure, and once with
// what was found, so that the engine itself shows how often that fires.
func (p *player) suggest(ctx context.Context, rules []alert.RuleConfig, from time.Time, most int) ([]Suggestion, error) {
	var searches []*search
	for _, r := range alert.EvaluatedHere(rules) {
		if r.When.PerMinute == 0 {
			continue
		}
		r.When.Spike = nil
		if r.When.Over == 0 {
			r.When.Over = 5 * time.Minute // the default of a rule
		}
		searches = append(searches, &search{rule: r, levels: make(map[string][]level)})
	}
	if err := p.measure(ctx, searches, from); err != nil {
		return nil, err
	}
	list := make([]Suggestion, len(searches))
	for i, s := range searches {
		list[i] = Suggestion{Rule: s.rule.Name, PerMinute: s.rule.When.PerMinute, Fired: s.fired, Highest: float64(s.highest) / s.minutes()}
		list[i].Outage = s.outage(stepOf(from.UnixNano()), p.end())
		list[i].Suggested = s.shortest(s.lowest(stepOf(from.UnixNano()), p.end(), most))
		s.rule.When.PerMinute, s.fired = list[i].Suggested, 0
	}
	if err := p.measure(ctx, searches, from); err != nil {
		return nil, err
	}
	for i, s := range searches {
		list[i].Then = s.fired
		if o := list[i].Outage; o != nil {
			o.Found = list[i].Suggested <= o.PerMinute
		}
	}
	return list, nil
}

// measure plays the rules of all searches, counts how often each fires from a
// time on, and notes the number that each goes by.
func (p *player) measure(ctx context.Context, searches []*search, from time.Time) error {
	rules := make([]alert.RuleConfig, len(searches))
	byName := make(map[string]*search, len(searches))
	for i, s := range searches {
		rules[i] = s.rule
		byName[s.rule.Name] = s
	}
	return p.play(ctx, rules, func(i instant) {
		for _, st := range i.engine.States() {
			byName[st.Rule].note(stepOf(i.now.UnixNano()), st, !i.now.Before(from))
		}
		for _, c := range i.changes {
			if c.To == alert.Firing && !i.now.Before(from) {
				byName[c.Rule].fired++
			}
		}
	})
}

func (s *search) note(step int64, st alert.Status, reported bool) {
	n := int(math.Round(st.Value * s.minutes()))
	if reported {
		s.highest = max(s.highest, n)
	}
	tenant := ""
	if len(s.rule.By) > 0 {
		tenant = st.Labels[s.rule.By[0]]
	}
	levels := s.levels[tenant]
	if len(levels) == 0 || levels[len(levels)-1].n != n {
		s.levels[tenant] = append(levels, level{step, n})
	}
}

// lowest returns the fewest incidents a window from which on the rule fires at
// most so often. Far below it a rule may fire less often again, since it then
// fires all the time: such a threshold is not meant, so the search comes from
// above, in strides of a tenth, and halves the last one.
func (s *search) lowest(from, end int64, most int) int {
	high := s.highest + 1 // never reached
	low := high
	for low > 1 {
		low = min(low-1, low*9/10)
		if s.firings(low, from, end) > most {
			break
		}
		high = low
	}
	for high-low > 1 {
		if mid := (low + high) / 2; s.firings(mid, from, end) > most {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// firings returns how often the rule begins to fire from a step on where it
// takes so many incidents. It works on the numbers alone, as alert.Status does
// on every evaluation: a search asks it a hundred times.
func (s *search) firings(needed int, from, end int64) (fired int) {
	wait, keep := inSteps(s.rule.For), max(inSteps(s.rule.KeepFiringFor), 1)
	for _, levels := range s.levels {
		began, held, firing := int64(-1), int64(0), false
		for i, l := range levels {
			next := end
			if i+1 < len(levels) {
				next = levels[i+1].step
			}
			switch {
			case l.n >= needed:
				if began < 0 {
					began = l.step
				}
				held = next - 1
				if at := began + wait; !firing && at < next {
					firing = true
					if at >= from {
						fired++
					}
				}
			case !firing || next-1-held >= keep:
				began, firing = -1, false
			}
		}
	}
	return fired
}

func inSteps(d time.Duration) int64 { return int64((d + metrics.Step - 1) / metrics.Step) }

// shortest returns the number with the fewest decimals that so many incidents
// a window reach, and one less do not.
func (s *search) shortest(n int) float64 {
	least, most := float64(n-1)/s.minutes(), float64(n)/s.minutes()
	for scale := 1.0; scale < 1e6; scale *= 10 {
		if x := math.Floor(most*scale+1e-9) / scale; x > least+1e-9 {
			return x
		}
	}
	return most
}

func writeSuggestions(w io.Writer, list []Suggestion) {
	if len(list) == 0 {
		fmt.Fprintln(w, "  no rule goes by a number per minute")
		return
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  rule\tper_minute\tfired\tsuggested\tthen fired\thighest measured")
	var idle []string
	for _, s := range list {
		if s.Highest == 0 { // a number would be made of nothing
			idle = append(idle, s.Rule)
			continue
		}
		fmt.Fprintf(t, "  %s\t%s\t%5d\t%s\t%5d\t%.1f\n", s.Rule, humanize.Number(s.PerMinute), s.Fired, humanize.Number(s.Suggested), s.Then, s.Highest)
	}
	if len(idle) < len(list) {
		_ = t.Flush() // the caller's writer takes everything
	}
	writeOutages(w, list)
	if len(idle) > 0 {
		fmt.Fprintf(w, "  nothing to count, so nothing to suggest: %s\n", strings.Join(idle, ", "))
	}
}
