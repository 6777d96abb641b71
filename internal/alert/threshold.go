package alert

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"wvwatch/internal/fault"
	"wvwatch/internal/metrics"
)

// almost keeps 0.2 per minute over 5 minutes from being a hair under one event.
const almost = 1e-9

// threshold holds while at least perMinute incidents a minute were counted,
// averaged over a window.
type threshold struct {
	perMinute float64
	over      time.Duration
}

func asksThreshold(w When) bool { return w.PerMinute != 0 }

func newThreshold(w When) condition { return threshold{w.PerMinute, w.Over} }

// judge counts first, and names the codes only of what holds: a rule with by
// is judged a hundred times.
func (t threshold) judge(_ time.Time, v selection) result {
	n := v.steady(t.over, v.group)
	rate := float64(n) / t.over.Minutes()
	if n == 0 || rate < t.perMinute-almost {
		return result{value: rate, threshold: t.perMinute}
	}
	return result{
		holds:     true,
		value:     rate,
		threshold: t.perMinute,
		because:   fmt.Sprintf("%.1f per minute over %s, fires at %s", rate, span(t.over), number(t.perMinute)),
		tally:     v.tally(t.over),
	}
}

func (t threshold) patience() time.Duration { return max(t.over, time.Minute) }

// checkWindow reports whether d can be the window of a condition.
func checkWindow(f fault.Scope, field string, d time.Duration) bool {
	step, longest := span(metrics.Step), span(metrics.Retention)
	if d < metrics.Step || d > metrics.Retention || d%metrics.Step != 0 {
		f.Add(field, "%s: must be a multiple of %s, from %s to %s: windows are counted in such steps", d, step, step, longest)
		return false
	}
	return true
}

func checkThreshold(w When, f fault.Scope) {
	if !checkWindow(f, "over", w.Over) {
		return
	}
	switch {
	case !(w.PerMinute > 0) || math.IsInf(w.PerMinute, 0): // also not a number
		f.Add("per_minute", "%s: must be above 0", number(w.PerMinute))
	case w.PerMinute*w.Over.Minutes() < 1-almost:
		f.AddFix("per_minute", fmt.Sprintf("use at least %s, or a longer over", number(math.Ceil(100/w.Over.Minutes())/100)),
			"%s over %s asks for less than one event, which cannot be told from one", number(w.PerMinute), span(w.Over))
	}
}

// span writes a duration as the configuration does: 1m, not 1m0s.
func span(d time.Duration) string { return model.Duration(d).String() }

// number writes a float without a tail of zeros.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
