package alert

import (
	"fmt"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/fault"
)

// gateway holds while plays get no answer from a licence server: the proxy answers
// 502, 503 or 504, or nothing.
type gateway struct{ spike }

func asksGateway(w When) bool { return w.Gateway != nil }

func newGateway(w When) condition {
	return &gateway{spike{detectorCondition: detectorCondition{level: w.Gateway.spike().level()}, settings: w.Gateway.spike().settings(), threshold: w.evidence()}}
}

func (c *gateway) specify(*rule) streamSpec { return streamSpec{kind: gateways, settings: c.settings} }

func (c *gateway) judge(now time.Time, v selection) result {
	out := c.spike.judge(now, v)
	if out.holds {
		out.because = "no answer from a licence server (502, 503, 504 of the proxy): " + out.because
	}
	return out
}

func checkGateway(w When, f fault.Scope) { w.Gateway.spike().check("gateway", f) }

// collapse holds while players ask for less than half of the licences that are
// usual at the time.
type collapse struct {
	detectorCondition
	value float64 // the evidence at the last judgement
}

// measured is fallEvidence or more while players do not ask.
func (c *collapse) measured() float64 { return c.value }

func asksCollapse(w When) bool { return w.Collapse }

func newCollapse(When) condition { return &collapse{} }

func (c *collapse) specify(*rule) streamSpec { return streamSpec{kind: falls} }

func (c *collapse) judge(_ time.Time, v selection) result {
	out := result{threshold: 0.5, value: 1}
	c.value = 0
	for _, s := range c.streams() {
		f := s.collapse.Fall()
		if out.end = endOf(s.end); !f.Firing {
			f = s.fell // that has just ended
		} else {
			out.holds, out.value = true, f.Share()
			c.value = max(f.Evidence, fallEvidence)
		}
		if f.Onset == 0 {
			continue
		}
		minutes := float64(f.Last-f.Onset+1) * detect.StepSeconds / 60
		out.because = strings.Join([]string{
			fmt.Sprintf("players ask for %s fewer licences: %s a minute, %s expected", percent(1-f.Share()), amount(f.Plays/minutes), amount(f.Expected/minutes)),
			"viewers cannot even ask: look in front of the proxy",
			chance(f.Most, 2*12),
		}, "; ")
		out.since = stepTime(f.Onset)
		out.sums = &Sums{Since: out.since, Sources: v.tally(time.Hour).sources}
	}
	return out
}

func (c *collapse) patience() time.Duration { return 5 * time.Minute }

func checkCollapse(When, fault.Scope) {}
