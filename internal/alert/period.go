package alert

import "time"

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
