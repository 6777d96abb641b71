package alert

import (
	"fmt"
	"math"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// share holds while at least so large a part of the plays failed with a code that
// the rule counts: clients that failed by plays, which are granted requests and
// clients that failed. Sources without licence requests are in neither.
type share struct {
	part        float64
	minRequests int
	over        time.Duration
}

func asksShare(w When) bool { return w.ShareOfRequests != 0 }

func newShare(w When) condition { return share{w.ShareOfRequests, w.MinRequests, w.Over} }

func (s share) judge(_ time.Time, v selection) result {
	n := v.played(s.over, func(codes.Entry) bool { return true })
	part := 0.0
	if n.plays > 0 {
		part = min(n.failed/n.plays, 1)
	}
	return result{
		holds:     n.failed > 0 && n.plays >= float64(s.minRequests) && part >= s.part-almost,
		value:     part,
		threshold: s.part,
		because:   fmt.Sprintf("%s of %s plays over %s, fires at %s", percent(part), thousands(uint64(n.plays)), span(s.over), percent(s.part)),
		tally:     v.tally(s.over),
	}
}

func (s share) patience() time.Duration { return max(s.over, time.Minute) }

func checkShare(w When, f fault.Scope) {
	checkWindow(f, "over", w.Over)
	if !(w.ShareOfRequests > 0 && w.ShareOfRequests <= 1) {
		f.Add("share_of_requests", "%s: must be above 0 and at most 1: 0.02 is two in a hundred", number(w.ShareOfRequests))
	}
	if w.MinRequests < 1 {
		f.Add("min_requests", "%d: must be at least 1", w.MinRequests)
	}
}

// percent writes a part for people, with three figures that matter.
func percent(part float64) string {
	if part == 0 || math.Abs(part) >= 0.001 {
		return fmt.Sprintf("%.3g %%", 100*part)
	}
	return fmt.Sprintf("%.1g %%", 100*part)
}
