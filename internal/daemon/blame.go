package daemon

import (
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/web"
)

// lately is how far back a verdict looks that is asked for without an alert.
const lately = 10 * time.Minute

// judge makes the verdict of an alert. The ledger is there before any rule is
// evaluated.
func (d *Daemon) judge(q blame.Question) blame.Verdict { return d.ledger.Judge(q) }

// verdict answers the API: on an alert, or without a name on the last minutes.
func (d *Daemon) verdict(rule, by string, now time.Time) (blame.Verdict, error) {
	if rule == "" {
		return d.ledger.Judge(blame.Question{Onset: now.Add(-lately), Now: now}), nil
	}
	return d.engine.Verdict(rule, by, now)
}

// breakdown answers the API.
func (d *Daemon) breakdown(q web.BreakdownQuery, now time.Time) (blame.Breakdown, error) {
	return d.ledger.Spread(now, q.Over, q.Code, q.Category, q.Dimension)
}
