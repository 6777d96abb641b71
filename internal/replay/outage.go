package replay

import (
	"fmt"
	"io"
	"slices"
	"time"

	"wvwatch/internal/humanize"
)

// Outage is a time in which a rule measured far more than in the rest of a log.
// A threshold that is made of such a log is made of the outage as well.
type Outage struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	PerMinute float64   `json:"per_minute"` // at its worst
	Otherwise float64   `json:"otherwise"`  // at most, in nine tenths of the rest of the time
	Found     bool      `json:"found"`      // by the suggested number
}

const (
	outageTimes = 5  // what it measures is so many times the rest
	outageLeast = 10 // incidents in the window
	outageRest  = 0.9
)

// outage returns the worst time that was measured from a step on, if it is far
// above the rest; nil else. What lasts for more than half of the log is what is normal in it.
func (s *search) outage(from, end int64) *Outage {
	var all []stretch // of the value with the worst
	peak := -1
	for _, levels := range s.levels {
		list := stretches(levels, from, end)
		if i := highest(list); i >= 0 && (peak < 0 || list[i].n > all[peak].n) {
			all, peak = list, i
		}
	}
	if peak < 0 || all[peak].n < outageLeast {
		return nil
	}
	// It reaches to where no more than a quarter of the worst is measured.
	first, last := peak, peak
	for first > 0 && all[first-1].n > all[peak].n/4 {
		first--
	}
	for last+1 < len(all) && all[last+1].n > all[peak].n/4 {
		last++
	}
	rest := quantile(slices.Concat(all[:first], all[last+1:]), outageRest)
	begin, over := all[first].step, all[last].step+all[last].steps
	if all[peak].n < outageTimes*max(rest, 1) || 2*(over-begin) > end-all[0].step {
		return nil
	}
	return &Outage{
		From: endOf(begin).Truncate(time.Second), To: endOf(over).Truncate(time.Second),
		PerMinute: float64(all[peak].n) / s.minutes(), Otherwise: float64(rest) / s.minutes(),
	}
}

// stretch is a level with how many steps it lasts.
type stretch struct {
	level
	steps int64
}

// stretches returns levels from a step on, the last of which lasts to end.
func stretches(levels []level, from, end int64) (list []stretch) {
	for i, l := range levels {
		next := end
		if i+1 < len(levels) {
			next = levels[i+1].step
		}
		l.step = max(l.step, from)
		if next > l.step {
			list = append(list, stretch{l, next - l.step})
		}
	}
	return list
}

// highest returns the index of the highest level; -1 for none.
func highest(list []stretch) int {
	most := -1
	for i, s := range list {
		if most < 0 || s.n > list[most].n {
			most = i
		}
	}
	return most
}

// quantile returns what the window holds at most for a part of the time.
func quantile(list []stretch, part float64) int {
	var total, sum int64
	for _, s := range list {
		total += s.steps
	}
	slices.SortFunc(list, func(a, b stretch) int { return a.n - b.n })
	for _, s := range list {
		if sum += s.steps; float64(sum) >= part*float64(total) {
			return s.n
		}
	}
	return 0
}

// writeOutages names the rules with an outage in their numbers.
func writeOutages(w io.Writer, list []Suggestion) {
	for _, s := range list {
		o := s.Outage
		if o == nil {
			continue
		}
		found := "the suggested number finds it"
		if !o.Found {
			found = "the suggested number does not find it"
		}
		for i, line := range humanize.Wrap(fmt.Sprintf("%s: the log holds an outage, %s to %s: %.1f a minute, otherwise at most %.1f. It is in these numbers, and %s: "+
			"leave it out with --from and --to, or allow for it with --suggest",
			s.Rule, o.From.Format(time.DateTime), o.To.Format(time.TimeOnly+" MST"), o.PerMinute, o.Otherwise, found), humanize.Width-4) {
			indent := "  "
			if i > 0 {
				indent = "    "
			}
			fmt.Fprintln(w, indent+line)
		}
	}
}
