package alert

import (
	"slices"
	"time"
)

const (
	periodsFor = 24 * time.Hour // how long the end of an alert is remembered
	maxPeriods = 300            // the newest are kept
)

// Period is one time in which an alert fired, and is over.
type Period struct {
	Rule     string            `json:"rule"`
	Labels   map[string]string `json:"labels"` // as those of Alert; shared, never changed
	From     time.Time         `json:"from"`
	To       time.Time         `json:"to"`
	Sentence string            `json:"sentence"` // why it fired
	End      End               `json:"end,omitempty"`
	By       string            `json:"by,omitempty"`  // as that of Status
	Sums     Sums              `json:"sums,omitzero"` // what was counted from the onset to the end
}

// Periods returns when alerts fired in the last day, those that still do aside,
// oldest end first.
func (e *Engine) Periods() []Period {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.periods)
}

// addPeriod remembers the end of an alert that fired. The caller holds the lock.
func (e *Engine) addPeriod(s Status, now time.Time) {
	e.periods = slices.DeleteFunc(e.periods, func(p Period) bool { return now.Sub(p.To) > periodsFor })
	if n := len(e.periods) - maxPeriods + 1; n > 0 {
		e.periods = slices.Delete(e.periods, 0, n)
	}
	e.periods = append(e.periods, Period{Rule: s.Rule, Labels: s.Labels, From: s.FiredAt, To: now, Sentence: s.Sentence, End: s.End, By: s.By, Sums: s.Account.Total})
}
