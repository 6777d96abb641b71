package alert

import (
	"fmt"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// unlisted holds while a code that is in no table was counted.
type unlisted struct{ over time.Duration }

func asksUnlisted(w When) bool { return w.Unlisted }

func newUnlisted(w When) condition { return unlisted{w.Over} }

func (u unlisted) judge(_ time.Time, v selection) result {
	n := v.tallyOf(u.over, func(e codes.Entry) bool { return !e.Listed })
	return result{
		holds:     n.total > 0,
		value:     float64(n.total),
		threshold: 1,
		because:   fmt.Sprintf("%d in %s of codes that are in no table", n.total, span(u.over)),
		tally:     n,
	}
}

func (u unlisted) patience() time.Duration { return max(u.over, time.Minute) }

func checkUnlisted(w When, f fault.Scope) { checkWindow(f, "over", w.Over) }
