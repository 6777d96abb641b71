package alert

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"wvwatch/internal/metrics"
)

// spike holds while the detector fires. It is fed whole steps of event time.
//
// While a source is catching up, its counts grow out of order. The detector
// then goes on with the other sources alone, on a copy; when the source is
// there, the original is fed what it missed, in the order of the events: an
// incident that is over raises nothing, one that goes on fires.
type spike struct {
	live   channel
	base   *channel // as of when sources fell behind; nil while none is
	behind []string // of the sources that the rule watches
	value  float64  // of the last verdict: the evidence
}

// savedChannel is what a checkpoint keeps of a channel.
type savedChannel struct {
	Tape       tape          `json:"tape"`
	Detector   detectorState `json:"detector"`
	PerRequest bool          `json:"per_request,omitempty"`
}

func asksSpike(w When) bool { return w.Spike != nil }

func newSpike(w When) condition {
	threshold, _ := parseSensitivity(w.Spike.Sensitivity)
	usual, _ := parseUsual(w.Spike.Usual)
	return &spike{live: channel{detector: newDetector(threshold, usual)}}
}

func (c *spike) judge(now time.Time, v view) verdict {
	c.follow(v)
	cur := now.UnixNano() / int64(metrics.Step)
	c.live.advance(cur, v)
	s := c.live.verdict(v, cur)
	c.value = s.value
	return s
}

// measured is the evidence at the last judgement, in nats.
func (c *spike) measured() float64 { return c.value }

// follow keeps apart what is known for certain from what is known without the
// sources that are catching up.
func (c *spike) follow(v view) {
	var behind []string
	for _, s := range v.behind {
		if v.sel.source(s) {
			behind = append(behind, s)
		}
	}
	slices.Sort(behind)
	if slices.Equal(behind, c.behind) {
		return
	}
	if c.base == nil {
		base := c.live
		c.base = &base
	} else {
		c.live = *c.base
	}
	if len(behind) == 0 {
		c.base = nil
	}
	c.behind = behind
}

func (c *spike) patience() time.Duration { return time.Minute }

func (c *spike) remember() ([]byte, error) {
	known := &c.live
	if c.base != nil {
		known = c.base
	}
	return json.Marshal(savedChannel{known.tape, known.detectorState, known.perRequest})
}

func (c *spike) recall(b []byte) error {
	var s savedChannel
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if !s.Detector.sound() {
		return errors.New("a baseline that cannot be")
	}
	c.live.tape, c.live.detectorState, c.live.perRequest = s.Tape, s.Detector, s.PerRequest
	return nil
}

// sound reports whether a state can be counted with.
func (d *detectorState) sound() bool {
	b := d.Baseline
	return b.Expected > 0 && b.Squares >= 0 && b.Events >= 0 && b.Prior >= 0 && b.Exposure >= 0 && (b.Exposure == 0) == (b.Seconds == 0) && d.Last >= 0
}
