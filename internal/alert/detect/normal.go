package detect

import "math"

// normal is the learnt rate of a stream: events by exposure. Exposure is plays,
// or where a log has refusals only the refusals that a profile expects.
type normal struct {
	Events     float64           `json:"a"`                 // decayed
	Exposure   float64           `json:"b"`                 // decayed
	Seconds    float64           `json:"t"`                 // decayed
	Prior      float64           `json:"p"`                 // what is left of the operator's prior, from 1
	Allowed    float64           `json:"allowed,omitempty"` // rate that a person accepted; the cap of a fault where it is higher
	Learnt     float64           `json:"learnt"`            // seconds in all; not decayed
	Dispersion dispersion        `json:"d"`
	Blocks     [heldBlocks]block `json:"blocks"`
}

// block counts five minutes. Those of the last quarter of an hour wait to be
// learnt, so that the beginning of an incident is not.
type block struct {
	At       int64   `json:"at,omitempty"` // in blocks since 1970; 0 for none
	Events   float32 `json:"y,omitempty"`
	Exposure float32 `json:"e,omitempty"`
	Seconds  float32 `json:"t,omitempty"`
	Spoilt   bool    `json:"spoilt,omitempty"` // an alarm was on: not to be learnt
}

const (
	blockSteps   = 30 // of which a block consists
	behindBlocks = 3  // a block is learnt when as many later ones have passed
	heldBlocks   = behindBlocks + 1
	halfLife     = 72         // hours
	coldSeconds  = 1800       // expected codes are not judged by less
	trialSeconds = 24 * 3600  // for so long a fault is learnt while it fires, up to faultShare
	priorSeconds = 1800       // what the operator's prior weighs
	floorRate    = 1.0 / 3600 // events per second: nothing is rarer than one per hour

	faultPlays  = 2000 // plays that hold one event of a fault, until more is known
	otherPlays  = 100  // the same of expected codes
	faultShare  = 0.01 // of the plays: more of a fault is never normal
	refusedPart = 0.05 // of the plays is refused, where a log has refusals only
)

// terms are what the settings and the unit of the exposure make of a normal.
type terms struct {
	fault bool
	usual float64 // events per second; 0 for none
	plays float64 // how many plays a unit of exposure is worth
}

func newNormal(priorD float64) normal {
	return normal{Prior: 1, Dispersion: newDispersion(priorD)}
}

// expect returns how many events are normal under exposure e over seconds.
func (n *normal) expect(e, seconds float64, t terms) float64 {
	switch {
	case e <= 0:
		return 0
	case n.Exposure == 0 && t.usual > 0: // nothing learnt: the exposure may be in any unit
		return seconds * max(t.usual, floorRate)
	}
	return max(n.rate(t)*e, seconds*floorRate) // the floor is of time, whatever the exposure
}

// rate returns events by exposure. Of a fault it is never more than faultShare,
// the operator's prior, or what was accepted.
func (n *normal) rate(t terms) float64 {
	events, exposure, most := 1.0, otherPlays/t.plays, math.Inf(1)
	if t.fault {
		exposure, most = faultPlays/t.plays, max(faultShare*t.plays, n.Allowed)
	}
	if t.usual > 0 && n.Exposure > 0 {
		perSecond, seconds := n.Exposure/n.Seconds, n.Prior*priorSeconds
		events, exposure, most = seconds*t.usual, seconds*perSecond, max(most, t.usual/perSecond)
	}
	return min((n.Events+events)/(n.Exposure+exposure), most)
}

// known is how many events the rate was learnt from.
func (n *normal) known(t terms) float64 { return n.Events + n.Prior*priorSeconds*t.usual }

// warm reports whether there is a normal to judge by.
func (n *normal) warm(t terms) bool { return t.fault || t.usual > 0 || n.Learnt >= coldSeconds }

// note counts a step into its block.
func (n *normal) note(at int64, x, e float64, spoilt bool) {
	number := at / blockSteps
	held := &n.Blocks[number%heldBlocks]
	if held.At != number {
		*held = block{At: number}
	}
	held.Events += float32(x)
	held.Exposure += float32(e)
	held.Seconds += StepSeconds
	held.Spoilt = held.Spoilt || spoilt
}

// advance learns the blocks that are due in the step at.
func (n *normal) advance(at int64, t terms) {
	current := at / blockSteps
	if n.Blocks[current%heldBlocks].At == current {
		return // the block is under way: what is due was learnt when it began
	}
	for i := range n.Blocks {
		held := &n.Blocks[(current+1+int64(i))%heldBlocks] // the oldest first
		if held.At == 0 || held.At+behindBlocks >= current {
			continue
		}
		if !held.Spoilt && held.Exposure > 0 {
			n.learn(*held, t)
		}
		*held = block{}
	}
}

// learn adds a block. Of a wild one, which must not move the rate, only a part
// counts. While expected codes are cold there is nothing to call a block
// wild by. A fault on trial counts up to faultShare: what a service always had
// is normal, an outage it was born in is not.
func (n *normal) learn(k block, t terms) {
	y, e := float64(k.Events), float64(k.Exposure)
	mu := n.expect(e, float64(k.Seconds), t)
	most := 2*mu + 4*math.Sqrt(n.Dispersion.value()*mu) + 2
	if n.Learnt >= coldSeconds {
		n.Dispersion.learn(residue{k.At, min(y, 2*most) - mu, mu})
	}
	trial := n.trial(t)
	switch {
	case trial:
		y = min(y, max(most, faultShare*t.plays*e))
	case t.fault || n.Learnt >= coldSeconds:
		y = min(y, most)
	}
	keep := fade(halfLife)
	n.Events, n.Exposure, n.Seconds = n.Events*keep+y, n.Exposure*keep+e, n.Seconds*keep+float64(k.Seconds)
	if trial {
		n.Events = min(n.Events, faultShare*t.plays*n.Exposure+1)
	}
	n.Prior *= keep
	n.Learnt += float64(k.Seconds)
	if n.Events < faultShare*t.plays*n.Exposure {
		n.Allowed = 0 // what was accepted is over
	}
}

// trial reports whether a fault is learnt although it fires.
func (n *normal) trial(t terms) bool { return t.fault && n.Learnt < trialSeconds }

// spoil keeps everything from an onset on from being learnt.
func (n *normal) spoil(onset int64) {
	for i := range n.Blocks {
		if n.Blocks[i].At >= onset/blockSteps {
			n.Blocks[i].Spoilt = true
		}
	}
}

// settle makes a level normal.
func (n *normal) settle(events, exposure, seconds float64) {
	n.Events, n.Exposure, n.Seconds = events, exposure, seconds
	n.Prior = 0
	n.Learnt = max(n.Learnt, seconds)
	n.Blocks = [heldBlocks]block{}
}

func (n *normal) sound() bool {
	for _, b := range n.Blocks {
		if b.At < 0 || !finite(float64(b.Events), float64(b.Exposure), float64(b.Seconds)) || b.Events < 0 || b.Exposure < 0 || b.Seconds < 0 {
			return false
		}
	}
	return finite(n.Events, n.Exposure, n.Seconds, n.Prior, n.Allowed, n.Learnt) && n.Dispersion.sound() &&
		n.Events >= 0 && n.Exposure >= 0 && n.Seconds >= 0 && (n.Exposure == 0) == (n.Seconds == 0) &&
		n.Prior >= 0 && n.Prior <= 1 && n.Allowed >= 0 && n.Learnt >= 0
}
