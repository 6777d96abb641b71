package alert

import (
	"math"
	"time"
)

// A detector tells a step change of a stream of rare counts from chance:
// Poisson CUSUM scores, from a slow to a fast one, against a baseline that it
// learns a quarter of an hour behind. It has no clock. It is fed the steps of
// event time in order; a step that is left out is a gap: no exposure, not zero
// events. It is a value: a copy is a detector of its own.
type detector struct {
	threshold float64 // evidence at which it fires, in nats
	usual     float64 // the operator's prior, events per second; 0 for none
	detectorState
}

// detectorState is what a checkpoint keeps of a detector.
type detectorState struct {
	Baseline baseline            `json:"baseline"`
	Scores   [len(ratios)]score  `json:"scores"`
	Alarm    alarm               `json:"alarm,omitzero"`
	Recent   [clearSteps]reading `json:"recent"` // by step, modulo the length
	Last     int64               `json:"last"`   // the last step fed, in steps since 1970
}

// ratios are what the scores look for: the tolerated rate times so much.
var ratios = [...]float64{2, 4, 8}

// The figures of the detector. Steps are of stepSeconds.
const (
	stepSeconds = 10
	tolerance   = 2 // a doubling is still normal
	minEvents   = 5
	clearSteps  = 60   // those whose counts must be tolerable again
	quietSteps  = 30   // for so long
	relearn     = 2160 // firing for longer is a new normal: 6 h
)

// score is the evidence for one ratio since its onset.
type score struct {
	Evidence  float64 `json:"s,omitempty"`
	Events    float64 `json:"x,omitempty"`
	Tolerated float64 `json:"m,omitempty"`
	Onset     int64   `json:"onset,omitempty"`
}

// alarm is what goes on while the detector fires; the zero value is silence.
type alarm struct {
	score       // since the onset; Evidence is the present one
	Fired int64 `json:"fired"`
	Quiet int64 `json:"quiet,omitempty"` // steps for which it could have cleared
}

func (a alarm) on() bool { return a.Fired != 0 }

// reading is one step of the last ten minutes.
type reading struct {
	X float32 `json:"x,omitempty"`
	M float32 `json:"m,omitempty"` // tolerated
}

func newDetector(threshold, usual float64) detector {
	d := detector{threshold: threshold, usual: usual}
	d.Baseline = newBaseline()
	return d
}

// step takes in x new events under exposure e in the step at, which must be
// later than the one before.
func (d *detector) step(at int64, x, e float64) {
	firing, learning := d.Alarm.on(), d.learning(at)
	d.Baseline.advance(at, firing && !learning, firing, d.usual)
	m := tolerance * d.Baseline.expect(e, stepSeconds, d.usual)
	d.Baseline.note(at, x, e, firing && !learning)
	d.remember(at, x, m)
	if !d.warm() {
		return
	}
	for i, r := range ratios {
		d.Scores[i].add(at, x, m, r, d.Baseline.dispersion(), d.Baseline.events(d.usual), 2*d.threshold)
	}
	d.decide(at, x, m)
}

// warm reports whether there is a baseline to judge by.
func (d *detector) warm() bool { return d.usual > 0 || d.Baseline.Learnt >= coldSeconds }

// add moves the score on by one step. The uncertainty of the baseline itself,
// known from so many events, counts against it.
func (s *score) add(at int64, x, m, ratio, dispersion, known, most float64) {
	if s.Evidence == 0 {
		s.Onset = at
	}
	s.Evidence += (x*math.Log(ratio) - m*(ratio-1)) / (dispersion + s.Tolerated/(known+1))
	s.Events += x
	s.Tolerated += m
	if s.Evidence <= 0 {
		*s = score{}
	}
	s.Evidence = min(s.Evidence, most)
}

// decide starts and ends the alarm.
func (d *detector) decide(at int64, x, m float64) {
	if !d.Alarm.on() {
		for _, s := range d.Scores {
			if s.Evidence > d.threshold && s.Events >= minEvents && s.Evidence > d.Alarm.Evidence {
				d.Alarm = alarm{score: s, Fired: at}
			}
		}
		if d.Alarm.on() {
			d.Baseline.spoil(d.Alarm.Onset)
		}
		return
	}
	d.Alarm.Events += x
	d.Alarm.Tolerated += m
	d.Alarm.Evidence = d.evidence()
	if !d.tolerable() {
		d.Alarm.Quiet = 0
	} else if d.Alarm.Quiet++; d.Alarm.Quiet >= quietSteps {
		d.Alarm, d.Scores = alarm{}, [len(ratios)]score{}
	}
}

// evidence is the higher of the scores, in nats.
func (d *detector) evidence() float64 {
	most := 0.0
	for _, s := range d.Scores {
		most = max(most, s.Evidence)
	}
	return most
}

// tolerable reports whether the last ten minutes are no more than usual.
func (d *detector) tolerable() bool {
	var n, t float64
	for _, r := range d.Recent {
		n += float64(r.X)
		t += float64(r.M)
	}
	return n <= d.most(t)
}

// most is up to how many events are no surprise where so many are tolerated.
func (d *detector) most(tolerated float64) float64 {
	return tolerated + 2*math.Sqrt(d.Baseline.dispersion()*tolerated) + 1
}

// tolerates returns up to how many events in a window that ends now are no
// surprise; 0 while there is no baseline to judge by. Of a window of more than
// ten minutes it knows the last ten.
func (d *detector) tolerates(over time.Duration) float64 {
	if !d.warm() {
		return 0
	}
	steps := int64(over / (stepSeconds * time.Second))
	known := min(steps, clearSteps)
	t := 0.0
	for at := d.Last; at > d.Last-known && at > 0; at-- {
		t += float64(d.Recent[at%clearSteps].M)
	}
	return d.most(t * float64(steps) / float64(known))
}

// remember keeps the step, and forgets those that were left out before it.
func (d *detector) remember(at int64, x, m float64) {
	for gap := max(d.Last+1, at-clearSteps+1); gap < at; gap++ {
		d.Recent[gap%clearSteps] = reading{}
	}
	d.Recent[at%clearSteps] = reading{float32(x), float32(m)}
	d.Last = at
}

// learning reports whether the alarm has lasted so long that by the step at it
// is being learnt as the new normal.
func (d *detector) learning(at int64) bool { return d.Alarm.on() && at-d.Alarm.Fired > relearn }
