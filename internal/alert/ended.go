package alert

import (
	"slices"
	"time"
)

// ResolvedFor is how long a resolved alert is still handed out for sending, so
// that a receiver that was away learns of the end too.
const ResolvedFor = 15 * time.Minute

// endedAlerts are the alerts of an engine that have fired and ended. They are guarded by
// its lock.
type endedAlerts struct {
	resolved []Alert           // for ResolvedFor
	periods  []Period          // of the last day
	counts   map[endKey]uint64 // since the start
	exported map[string]bool   // rules with exported counts, which are first exported as 0
}

// endKey identifies the alerts of one rule that ended one way.
type endKey struct {
	rule string
	end  End
}

func newEndedAlerts() *endedAlerts {
	return &endedAlerts{counts: make(map[endKey]uint64), exported: make(map[string]bool)}
}

// add adds an alert that had fired. s still has the texts of its end.
func (h *endedAlerts) add(s Status, now time.Time) {
	a := s.alert()
	a.ResolvedAt, a.End = now, s.End
	h.resolved = append(h.resolved, a)
	h.addPeriod(s, now)
	h.counts[endKey{s.Rule, s.End}]++
}

// addPeriod remembers the end of an alert that fired.
func (h *endedAlerts) addPeriod(s Status, now time.Time) {
	h.periods = slices.DeleteFunc(h.periods, func(p Period) bool { return now.Sub(p.To) > periodsFor })
	if n := len(h.periods) - maxPeriods + 1; n > 0 {
		h.periods = slices.Delete(h.periods, 0, n)
	}
	h.periods = append(h.periods, Period{Rule: s.Rule, Labels: s.Labels, From: s.FiredAt, To: now, Sentence: s.Sentence, End: s.End, By: s.By, Sums: s.Account.Total})
}

// forget drops resolved alerts that are old, or that fire again: firing has the
// identities of those that do.
func (h *endedAlerts) forget(firing map[string]bool, now time.Time) {
	h.resolved = slices.DeleteFunc(h.resolved, func(a Alert) bool {
		return firing[identity(a.Labels)] || now.Sub(a.ResolvedAt) > ResolvedFor
	})
}

// export returns how often the alerts of each rule ended, in each way, from when the
// rule first was not inactive: as 0 once, so that increase() sees the first end.
func (h *endedAlerts) export(states []Status) map[endKey]uint64 {
	met := make(map[string]bool)
	for _, s := range states {
		if s.State != Inactive || h.exported[s.Rule] {
			met[s.Rule] = true
		}
	}
	for how := range h.counts {
		met[how.rule] = true
	}
	counts := make(map[endKey]uint64)
	for rule := range met {
		for _, end := range Ends() {
			how := endKey{rule, end}
			counts[how] = 0
			if h.exported[rule] {
				counts[how] = h.counts[how]
			}
		}
		h.exported[rule] = true
	}
	return counts
}
