package alert

import (
	"fmt"
	"math"
	"time"

	"wvwatch/internal/fault"
)

// Drift asks for changes over days that are too slow for a spike.
type Drift struct {
	Ratio float64 `mapstructure:"ratio" yaml:"ratio,omitempty"` // of the last 24 hours to the four weeks before; default 2
}

// leastDrift is the ratio at which a detector begins to report a drift.
const leastDrift = 2

// drift holds while the last 24 hours have so many times the failures per play of
// the four weeks before.
type drift struct {
	detectorCondition
	ratio float64
	on    bool
	value float64 // the ratio at the last judgement, at least ratio while it holds
}

func asksDrift(w When) bool { return w.Drift != nil }

func newDrift(w When) condition { return &drift{ratio: max(w.Drift.Ratio, leastDrift)} }

func (c *drift) specify(*rule) streamSpec { return streamSpec{kind: failures} }

func (c *drift) judge(_ time.Time, v selection) result {
	out := result{threshold: c.ratio}
	for _, s := range c.streams() {
		t := s.detector.Drift()
		// A drift that has begun holds until the detector reports its end.
		holds := t.Firing && (c.on || t.Ratio() >= c.ratio)
		if !holds && out.holds || t.Ratio() <= out.value && !holds {
			continue
		}
		out.holds, out.value = holds, t.Ratio()
		if !holds {
			continue
		}
		out.because = fmt.Sprintf("last 24 h %.1f times the four weeks before", t.Ratio())
		if s.detector.PerPlay() {
			out.because = fmt.Sprintf("last 24 h %s of plays, the four weeks before %s", percent(t.Share()), percent(t.Before()))
		}
		out.tally = v.tally(time.Hour)
	}
	c.on = out.holds
	c.value = out.value
	if c.on {
		c.value = max(c.value, c.ratio)
	} else {
		c.value = min(c.value, math.Nextafter(c.ratio, 0))
	}
	return out
}

// measured is the ratio at the last judgement.
func (c *drift) measured() float64 { return c.value }

func (c *drift) patience() time.Duration { return time.Hour }

func checkDrift(w When, f fault.Scope) {
	if r := w.Drift.Ratio; r != 0 && !(r >= leastDrift && r <= 100) {
		f.Add("drift.ratio", "%s: must be from %d to 100 times the four weeks before", number(r), leastDrift)
	}
}
