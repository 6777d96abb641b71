package daemon

import (
	"log/slog"
	"time"
)

// overflowWarned is how often a warning names a label with values that do not fit.
const overflowWarned = time.Hour

// overflows warns of labels with values that count as other. It is used by one
// goroutine.
type overflows struct {
	log    *slog.Logger
	counts map[string]uint64
	warned map[string]time.Time
}

// look warns of the labels of which more records count as other than at the last
// look, each at most once an hour.
func (o *overflows) look(now time.Time, counts map[string]uint64) {
	if o.warned == nil {
		o.warned = make(map[string]time.Time)
	}
	for label, n := range counts {
		grows := o.counts != nil && n > o.counts[label]
		if last, ok := o.warned[label]; !grows || ok && now.Sub(last) < overflowWarned {
			continue
		}
		o.warned[label] = now
		o.log.Warn("records count as other: the label has too many values, or values that are private; raise metrics.label_limit, or list its values in metrics.label_values",
			"component", "metrics", "label", label, "records", n-o.counts[label])
	}
	o.counts = counts
}
