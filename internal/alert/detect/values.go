package detect

import "math"

// What a Detector reports between steps.

// Alarm returns the alarm that is on; its Level is None where none is. A caller
// that reports how an alarm ended keeps the copy from before the step.
func (d *Detector) Alarm() Alarm { return d.Alarmed }

// Evidence is the highest of the present scores, in nats, at most twice the
// Threshold.
func (d *Detector) Evidence() float64 {
	return max(d.Scores[0].Evidence, d.Scores[1].Evidence, d.Scores[2].Evidence)
}

// Threshold is the evidence above which a ticket is due.
func (d *Detector) Threshold() float64 { return or(d.Settings.Evidence, defaultEvidence) }

// PerPlay reports whether the exposure is plays, not the refusals that a
// Profile expects.
func (d *Detector) PerPlay() bool { return d.Unit.PerPlay }

// Known is how many events the normal was learnt from.
func (d *Detector) Known() float64 { return d.Rate.known(d.terms(d.Unit.PerPlay)) }

// Dispersion is by how much more than chance the counts vary, from 1 to 20.
func (d *Detector) Dispersion() float64 { return d.Rate.Dispersion.value() }

// Normal returns how many events are normal in a step like those of the last
// five minutes, and how many without prior and floor: what a fleet may add up.
func (d *Detector) Normal() (normal, learnt float64) {
	t := d.terms(d.Unit.PerPlay)
	e := d.Dose.plays() / t.plays
	if d.Rate.Exposure > 0 {
		learnt = d.Rate.Events / d.Rate.Exposure * e
	}
	return d.Rate.expect(e, StepSeconds, t), learnt
}

// Tolerates returns up to how many events are no surprise in so many steps like
// those of the last five minutes, and false while there is no normal to judge
// by. What an alarm consists of is never tolerated, and of a fault at most 1 %
// of plays.
func (d *Detector) Tolerates(steps int) (most float64, known bool) {
	if !d.Rate.warm(d.terms(d.Unit.PerPlay)) {
		return 0, false
	}
	mu, _ := d.Normal()
	m := d.tolerance(d.Unit.PerPlay) * mu * float64(steps)
	return m + 2*math.Sqrt(d.Dispersion()*m) + 1, true
}

// Drift returns the slow change of the stream, over days.
func (d *Detector) Drift() Trend { return d.Slow.Trend() }

// Sound reports whether the state can be counted with.
func (d *Detector) Sound() bool {
	for i := range d.Scores {
		if !d.Scores[i].sound() {
			return false
		}
	}
	return d.Last >= 0 && d.Unit.sound() && d.Rate.sound() && d.Seen.sound() &&
		d.Dose.sound() && d.Alarmed.sound() && d.Clear.sound() && d.Plateau.sound() && d.Slow.Sound()
}
