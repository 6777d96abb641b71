package detect

import "math"

// allClear tests whether an alarm is over: still three quarters of what it
// was, or back to what is tolerated? Steps without exposure decide nothing.
type allClear struct {
	G       float64 `json:"g,omitempty"`       // evidence for the end, in nats
	Since   int64   `json:"since,omitempty"`   // the first step of which G is above 0
	Quiet   int64   `json:"quiet,omitempty"`   // steps since the last event
	Missing float64 `json:"missing,omitempty"` // events since then, had it gone on as before
	Ended   int64   `json:"ended,omitempty"`   // when the alarm before ended
	Returns int     `json:"returns,omitempty"`
}

const (
	clearNats     = 4
	clearSteps    = 12  // an alarm has to be over for two minutes
	clearMost     = 60  // or up to ten, the longer it was on
	clearReturns  = 3   // each return doubles that
	returnSteps   = 360 // an alarm within an hour is a return
	quietSteps    = 180 // half an hour without an event is an end
	quietMissing  = 3   // if as many events are missing, and more after hours
	stillAlarming = 0.75
)

// begin starts the test for an alarm that begins in the step at.
func (c *allClear) begin(at int64) {
	returns := 0
	if c.Ended > 0 && at-c.Ended <= returnSteps {
		returns = min(c.Returns+1, clearReturns)
	}
	*c = allClear{Returns: returns}
}

// add adds a step: x1 events where m are tolerated, and before would have
// occurred at the share since the onset. It reports whether the alarm, on for
// age steps, is over.
func (c *allClear) add(at, age int64, x1, m, before, dispersion float64) bool {
	c.Quiet, c.Missing = c.Quiet+1, c.Missing+before
	if x1 > 0 {
		c.Quiet, c.Missing = 0, 0
	}
	if c.G == 0 {
		c.Since = at
	}
	if m > 0 {
		still := max(1.5*m, stillAlarming*before)
		gain := still - m
		if x1 > 0 {
			gain -= x1 * math.Log(still/m)
		}
		c.G = max(0, c.G+gain/dispersion)
	}
	// The longer it was on, the more often chance alone could have ended it.
	hours := float64(age) / hourSteps
	if c.Quiet >= quietSteps && c.Missing >= quietMissing+math.Log1p(hours) {
		return true
	}
	return c.G >= clearNats+math.Log(max(1, 6*hours)) && at-c.Since >= c.hold(age)
}

// hold is for how many steps G has to be above 0.
func (c *allClear) hold(age int64) int64 {
	return max(clearSteps<<c.Returns, min(age/30, clearMost))
}

func (c *allClear) sound() bool {
	return finite(c.G, c.Missing) && c.G >= 0 && c.Missing >= 0 && c.Quiet >= 0 && c.Ended >= 0 && c.Since >= 0 && c.Returns >= 0 && c.Returns <= clearReturns
}
