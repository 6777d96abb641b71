package alert

import (
	"fmt"
	"math"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// channel is a detector with what feeds it.
type channel struct {
	tape
	detector
	perRequest bool // exposure is licence requests, not seconds
}

// leastRequests in an hour make them the exposure.
const leastRequests = 60

// advance feeds the detector the whole steps before cur that it has not seen.
func (c *channel) advance(cur int64, v view) {
	if c.tape.Last == 0 && !c.begin(cur, v) {
		return
	}
	if c.tape.Last > cur+windowSteps { // the clock had been far ahead: nothing known is of use
		*c = channel{detector: newDetector(c.threshold, c.usual)}
		c.start(cur)
	}
	c.measure(v)
	c.read(cur, func(n int64) (x, e uint64) {
		over := time.Duration(n) * metrics.Step
		v.each(over, func(_ string, _ codes.Entry, incidents uint64) { x += incidents })
		if c.perRequest {
			e = total(v.requests(over))
		}
		return x, e
	}, func(at int64, x, e float64) {
		if !c.perRequest {
			e = stepSeconds
		}
		c.step(at, x, e)
	})
}

// begin looks for the first step of which there is data: what lies before it
// is unknown, not zero.
func (c *channel) begin(cur int64, v view) bool {
	all := v
	all.sel = &selector{sources: v.sel.sources}
	count := func(n int64) (sum uint64) {
		over := time.Duration(n) * metrics.Step
		all.each(over, func(_ string, _ codes.Entry, incidents uint64) { sum += incidents })
		return sum + total(all.requests(over))
	}
	c.start(cur)
	most := count(windowSteps + 1)
	if most == 0 {
		return false
	}
	// The shortest window that holds all of it begins where the data does.
	lo, hi := int64(1), windowSteps+1
	for lo < hi {
		if mid := (lo + hi) / 2; count(mid) == most {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	c.start(cur - lo + 1)
	return true
}

// measure chooses the exposure: requests where there are enough of them. What
// was learnt in the other unit says nothing then.
func (c *channel) measure(v view) {
	requests := total(v.requests(metrics.Retention))
	perRequest := requests >= leastRequests || c.perRequest && requests > 0
	if perRequest != c.perRequest {
		c.perRequest = perRequest
		c.detector = newDetector(c.threshold, c.usual)
		c.start(c.tape.Last + 1)
	}
}

// verdict says how the detector stands. Its value is the evidence, kept on the
// side of the threshold on which the alarm is: from it alone Prometheus tells
// whether the rule fires.
func (c *channel) verdict(v view, cur int64) verdict {
	if !c.Alarm.on() {
		return verdict{value: min(c.evidence(), math.Nextafter(c.threshold, 0)), threshold: c.threshold}
	}
	steps := min(cur-c.Alarm.Onset+1, windowSteps+1)
	tolerated := c.Alarm.Tolerated
	because := fmt.Sprintf("usual %s, tolerated %s; evidence %.1f (fires at %s)",
		amount(tolerated/tolerance), amount(tolerated), c.Alarm.Evidence, number(c.threshold))
	if c.learning(c.detector.Last) {
		because += "; firing for more than 6 h, so it is being learnt as the new normal"
	}
	return verdict{
		holds:     true,
		value:     max(c.Alarm.Evidence, c.threshold),
		threshold: c.threshold,
		because:   because,
		tally:     v.tally(time.Duration(steps) * metrics.Step),
		since:     time.Unix(c.Alarm.Onset*stepSeconds, 0),
	}
}

// amount writes a number of events for people.
func amount(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}
