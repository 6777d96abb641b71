package alert

import (
	"fmt"
	"time"

	"wvwatch/internal/codes"
)

// The default windows of a burn rate: both must burn the budget of a month so
// fast that two hundredths of it are gone in an hour. The long window keeps a
// blip from firing, the short one ends the alert when the failures end.
const (
	burnFactor = 14.4
	burnLong   = time.Hour
	burnShort  = 5 * time.Minute
)

// burnRate holds while failed licences use up the error budget of an
// objective. Codes that are no fault, a lapsed subscription say, use up none.
type burnRate struct{ budget float64 }

func asksBurnRate(w When) bool { return w.BurnRate != nil }

func newBurnRate(w When) condition { return burnRate{1 - w.BurnRate.Objective} }

func (b burnRate) judge(_ time.Time, v view) verdict {
	long, short := v.tallyOf(burnLong, isFault), v.tallyOf(burnShort, isFault)
	l, s := b.burn(long, v, burnLong), b.burn(short, v, burnShort)
	return verdict{
		holds:     l >= burnFactor && s >= burnFactor,
		value:     min(l, s),
		threshold: burnFactor,
		because: fmt.Sprintf("burns the budget of %s at %.1f times over %s and %.1f over %s, fires at %s",
			percent(b.budget), l, span(burnLong), s, span(burnShort), number(burnFactor)),
		tally: long,
	}
}

// burn is how many times faster than allowed the budget is used up.
func (b burnRate) burn(t tally, v view, over time.Duration) float64 {
	requests := total(v.requests(over))
	if requests < defaultMinRequests/10 {
		return 0
	}
	return float64(t.total) / float64(requests) / b.budget
}

func (burnRate) patience() time.Duration { return burnShort }

func isFault(e codes.Entry) bool { return e.Outcome == "fault" }

func checkBurnRate(w When, f *faults) {
	o := w.BurnRate.Objective
	if !(o >= 0.5 && o < 1) || (1-o)*burnFactor > 1 {
		f.add("burn_rate.objective", "%s: must be a part of the requests such as 0.995, above %.3f, where even a total failure burns at less than %s",
			number(o), 1-1/burnFactor, number(burnFactor))
	}
	if w.BurnRate.Windows != "" && w.BurnRate.Windows != "default" {
		f.add("burn_rate.windows", "unknown: %q: only default, which is %s and %s at %s times the budget",
			w.BurnRate.Windows, span(burnLong), span(burnShort), number(burnFactor))
	}
}
