package alert

import (
	"fmt"
	"math"
	"time"

	"wvwatch/internal/parser"
)

// share holds while at least so large a part of the licence requests ended
// with a code that the rule counts.
type share struct {
	part        float64
	minRequests int
	over        time.Duration
}

func asksShare(w When) bool { return w.ShareOfRequests != 0 }

func newShare(w When) condition { return share{w.ShareOfRequests, w.MinRequests, w.Over} }

func (s share) judge(_ time.Time, v view) verdict {
	n, requests := v.tally(s.over), total(v.requests(s.over))
	part := 0.0
	if requests > 0 {
		part = float64(n.total) / float64(requests)
	}
	return verdict{
		holds:     n.total > 0 && requests >= uint64(s.minRequests) && part >= s.part-almost,
		value:     part,
		threshold: s.part,
		because:   fmt.Sprintf("%s of %d requests over %s, fires at %s", percent(part), requests, span(s.over), percent(s.part)),
		tally:     n,
	}
}

func (s share) patience() time.Duration { return max(s.over, time.Minute) }

func checkShare(w When, f *faults) {
	checkWindow(f, "over", w.Over)
	if !(w.ShareOfRequests > 0 && w.ShareOfRequests <= 1) {
		f.add("share_of_requests", "%s: must be above 0 and at most 1: 0.02 is two in a hundred", number(w.ShareOfRequests))
	}
	if w.MinRequests < 1 {
		f.add("min_requests", "%d: must be at least 1", w.MinRequests)
	}
}

// total adds counts up.
func total(counts [parser.NumOutcomes]uint64) uint64 {
	var n uint64
	for _, c := range counts {
		n += c
	}
	return n
}

// percent writes a part for people, with three figures that matter.
func percent(part float64) string {
	if part == 0 || math.Abs(part) >= 0.001 {
		return fmt.Sprintf("%.3g %%", 100*part)
	}
	return fmt.Sprintf("%.1g %%", 100*part)
}
