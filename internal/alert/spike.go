package alert

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert/detect"
	"wvwatch/internal/metrics"
)

// spike holds while more clients fail than normal, for a rule of level page only
// where enough plays are lost.
type spike struct {
	detectorCondition
	settings  detect.Settings
	threshold float64 // the evidence from which on it can hold
	value     float64 // of the last result: the evidence
}

func asksSpike(w When) bool { return w.Spike != nil }

func newSpike(w When) condition {
	return &spike{detectorCondition: detectorCondition{level: w.Spike.level()}, settings: w.Spike.settings(), threshold: w.evidence()}
}

func (c *spike) specify(*rule) streamSpec { return streamSpec{kind: failures, settings: c.settings} }

func (c *spike) judge(_ time.Time, v selection) result {
	s := c.highestAlarm()
	threshold := c.threshold
	a := s.detector.Alarm()
	out := result{holds: a.Level >= c.level, threshold: threshold}
	// The evidence is kept on the side of the threshold on which the alarm is: from
	// it alone Prometheus sees whether the rule fires.
	if out.holds {
		out.value = max(a.Evidence, threshold)
		out.because = c.because(s, a)
	} else {
		for _, of := range c.streams() {
			out.value = max(out.value, of.detector.Evidence())
		}
		out.value = min(out.value, math.Nextafter(threshold, 0))
		out.end, a = endOf(s.end), s.was
	}
	if a.Level >= c.level {
		out.sums, out.since = c.sums(s, a, v), stepTime(a.Onset)
	}
	c.value = out.value
	return out
}

// measured is the evidence at the last judgement, in nats.
func (c *spike) measured() float64 { return c.value }

func (c *spike) patience() time.Duration { return time.Minute }

// sums are what an alarm has counted since its onset.
func (c *detectorCondition) sums(s *stream, a detect.Alarm, v selection) *Sums {
	sums := &Sums{Since: stepTime(a.Onset), Failed: a.X, Normal: a.Normal, Sources: v.tally(metrics.Retention).sources}
	if s.detector.PerPlay() {
		sums.Plays = a.Plays
	}
	if s.identity == detect.ByClient {
		sums.Clients = uint64(a.X)
	}
	for _, n := range a.Codes {
		if n.N >= 1 {
			e := numberedCode(c.cat, n.Code)
			sums.Codes = append(sums.Codes, CodeSum{e.DRM, e.Code, uint64(n.N)})
			sums.Incidents += uint64(n.N)
		}
	}
	slices.SortStableFunc(sums.Codes, byCount)
	return sums
}

// because returns what an alarm goes by besides its sums.
func (c *detectorCondition) because(s *stream, a detect.Alarm) string {
	var parts []string
	if s.identity == detect.ByNothing {
		parts = append(parts, "could be one device: the log names no client")
	}
	if a.Lost >= 1 {
		parts = append(parts, fmt.Sprintf("plays lost are worth %s of a total outage", lasting(time.Duration(a.Lost*float64(time.Second)))))
	}
	return strings.Join(append(parts, chance(a.Evidence, 2*s.detector.Threshold())), "; ")
}

// chance returns how seldom chance alone brings so much evidence; at the cap it is at
// least that seldom.
func chance(evidence, limit float64) string {
	n := math.Exp(min(evidence, limit))
	if n >= 1e6 {
		return "chance of this less than 1 in a million"
	}
	word := "chance of this 1 in "
	if evidence >= limit-1e-6 {
		word = "chance of this less than 1 in "
	}
	digits := math.Pow(10, math.Floor(math.Log10(max(n, 1)))-1)
	return word + thousands(uint64(math.Floor(n/digits)*digits))
}

// stepTime is when a step began.
func stepTime(step int64) time.Time { return time.Unix(step*detect.StepSeconds, 0) }

// amount writes a number of events for people.
func amount(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}
