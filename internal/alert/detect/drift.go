package detect

import "math"

// Drift compares the last 24 hours of a stream with the four weeks before, for
// changes too slow for a Detector, which holds one.
type Drift struct {
	Bins  [driftBins]bin `json:"bins"`            // of three hours, by number modulo the length
	Days  [driftDays]bin `json:"days"`            // those before, by number modulo the length
	First int32          `json:"first,omitempty"` // the first bin; 0 for none
	Last  int32          `json:"last,omitempty"`  // the present bin, not complete
	On    bool           `json:"on,omitempty"`
}

// bin is a sum.
type bin struct {
	X float32 `json:"x,omitempty"`
	E float32 `json:"e,omitempty"`
}

const (
	driftBins   = 8
	driftDays   = 28
	binSteps    = 3 * hourSteps
	driftKnown  = 8 * driftBins // bins until the days before are judged by
	driftRatio  = 2             // fires
	driftOver   = 1.5           // ends
	driftNats   = 12
	driftEvents = 20
)

// Trend is what a Drift finds.
type Trend struct {
	Firing    bool    `json:"firing,omitempty"`
	Events    float64 `json:"x,omitempty"`  // of the last 24 h
	Exposure  float64 `json:"e,omitempty"`  // of the last 24 h: plays, or without requests expected refusals
	Events0   float64 `json:"x0,omitempty"` // of the 28 days before; 0 with Exposure0 until a week of them is known
	Exposure0 float64 `json:"e0,omitempty"` // of the 28 days before
}

// Share is the part of the exposure that failed in the last 24 h.
func (t Trend) Share() float64 { return part(t.Events, t.Exposure) }

// Before is the part of the exposure that failed in the 28 days before.
func (t Trend) Before() float64 { return part(t.Events0, t.Exposure0) }

// Ratio is Share by Before; 0 while the days before are unknown. A stream that
// never failed before counts as if it had once.
func (t Trend) Ratio() float64 { return part(t.Events, t.expected()) }

func (t Trend) expected() float64 { return part(max(t.Events0, 1), t.Exposure0) * t.Exposure }

// nats is the evidence that the share has risen.
func (t Trend) nats(dispersion float64) float64 {
	x, mu := t.Events, t.expected()
	if mu <= 0 || x <= mu {
		return 0
	}
	return (x*math.Log(x/mu) - (x - mu)) / (dispersion + mu/(t.Events0+1))
}

// Step adds a step: events x under exposure e, with that dispersion. A caller
// leaves out the steps of alarms.
func (d *Drift) Step(at int64, x, e, dispersion float64) {
	if n := int32(at / binSteps); n != d.Last {
		d.judge(dispersion)
		d.advance(n)
	}
	held := &d.Bins[d.Last%driftBins]
	held.X, held.E = held.X+float32(x), held.E+float32(e)
}

// drop subtracts what was counted of an alarm between its onset and its ticket.
func (d *Drift) drop(x, e float64) {
	held := &d.Bins[d.Last%driftBins]
	held.X, held.E = max(0, held.X-float32(x)), max(0, held.E-float32(e))
}

// advance makes n the present bin, and moves those that are older than 24 h to
// their days.
func (d *Drift) advance(n int32) {
	if d.First == 0 || n < d.Last || n-d.Last > driftDays*driftBins {
		*d = Drift{First: n, Last: n}
		return
	}
	for d.Last < n {
		d.Last++
		day := &d.Days[(d.Last/driftBins-1)%driftDays]
		if d.Last%driftBins == 0 {
			*day = bin{}
		}
		old := &d.Bins[d.Last%driftBins]
		day.X, day.E = day.X+old.X, day.E+old.E
		*old = bin{}
	}
}

// judge decides whether the alarm is on.
func (d *Drift) judge(dispersion float64) {
	t := d.Trend()
	switch {
	case t.Exposure == 0 || t.Exposure0 == 0: // nothing to compare
	case d.On:
		d.On = t.Ratio() >= driftOver
	default:
		d.On = t.Ratio() >= driftRatio && t.Events >= driftEvents && t.nats(dispersion) > driftNats
	}
}

// Trend returns what is found; its last 24 h may be up to three hours less.
func (d *Drift) Trend() Trend {
	t := Trend{Firing: d.On}
	for _, b := range d.Bins {
		t.Events, t.Exposure = t.Events+float64(b.X), t.Exposure+float64(b.E)
	}
	if d.Last-d.First < driftKnown {
		return t
	}
	for _, b := range d.Days {
		t.Events0, t.Exposure0 = t.Events0+float64(b.X), t.Exposure0+float64(b.E)
	}
	return t
}

// Sound reports whether the state can be counted with.
func (d *Drift) Sound() bool {
	for _, bins := range [...][]bin{d.Bins[:], d.Days[:]} {
		for _, b := range bins {
			if !finite(float64(b.X), float64(b.E)) || b.X < 0 || b.E < 0 {
				return false
			}
		}
	}
	return d.First >= 0 && d.Last >= d.First
}
