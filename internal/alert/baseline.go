package alert

import "math"

// baseline is what is usual of a stream: events per unit of exposure, and by
// how much more than chance they clump. Exposure is licence requests where
// there are any, else seconds.
type baseline struct {
	Events   float64           `json:"a"` // decayed
	Exposure float64           `json:"b"` // decayed
	Seconds  float64           `json:"t"` // decayed; equal to Exposure where that is in seconds
	Prior    float64           `json:"p"` // what is left of the operator's prior, from 1
	Squares  float64           `json:"so"`
	Expected float64           `json:"sm"`
	Before   residue           `json:"before"` // of the block that was learnt last
	Learnt   float64           `json:"learnt"` // seconds of exposure in all; not decayed
	Blocks   [heldBlocks]block `json:"blocks"`
}

// block counts five minutes; those of the last quarter of an hour wait to be
// learnt, so that the beginning of an incident is not.
type block struct {
	At       int64   `json:"at,omitempty"` // in blocks since 1970; 0 for none
	Events   float64 `json:"y,omitempty"`
	Exposure float64 `json:"e,omitempty"`
	Seconds  float64 `json:"t,omitempty"`
	Spoilt   bool    `json:"spoilt,omitempty"` // an incident lies in it: not to be learnt
}

// residue is by how much the count of a block was off what was expected.
type residue struct {
	At       int64   `json:"at,omitempty"` // the block; 0 for none
	Off      float64 `json:"off,omitempty"`
	Expected float64 `json:"mu,omitempty"`
}

const (
	blockSteps   = 30 // of which a block consists
	behindBlocks = 3  // a block is learnt when as many later ones have passed
	heldBlocks   = behindBlocks + 1
	coldSeconds  = 1800       // nothing is judged by less
	priorSeconds = 1800       // what the operator's prior weighs
	floorRate    = 1.0 / 3600 // events per second: nothing is rarer than one per hour
	leastD       = 1
	mostD        = 20
	priorD       = 2
	priorDWeight = 5
)

// fade returns what is left after one block of something with that half-life.
func fade(hours float64) float64 { return math.Exp2(-blockSteps * stepSeconds / (hours * 3600)) }

func newBaseline() baseline {
	return baseline{Prior: 1, Squares: priorD * priorDWeight, Expected: priorDWeight}
}

// expect returns the usual number of events under exposure e over seconds. The
// floor is of time, whatever the exposure is in; the operator's prior counts
// as half an hour of exposure at that rate, and fades as all that is learnt.
func (b *baseline) expect(e, seconds, usual float64) float64 {
	if b.Exposure == 0 { // nothing learnt: e may be in any unit
		return seconds * max(usual, floorRate)
	}
	perSecond := b.Exposure / b.Seconds
	prior := 0.0
	if usual > 0 {
		prior = b.Prior * priorSeconds
	}
	rate := (b.Events + prior*usual) / (b.Exposure + prior*perSecond)
	return e * max(rate, floorRate/perSecond)
}

// events is how many events the baseline is known from.
func (b *baseline) events(usual float64) float64 { return b.Events + b.Prior*priorSeconds*usual }

// dispersion is by how much more the counts vary than chance would have them.
func (b *baseline) dispersion() float64 { return min(max(b.Squares/b.Expected, leastD), mostD) }

// note counts a step into its block.
func (b *baseline) note(at int64, x, e float64, spoilt bool) {
	n := at / blockSteps
	held := &b.Blocks[n%heldBlocks]
	if held.At != n {
		*held = block{At: n}
	}
	held.Events += x
	held.Exposure += e
	held.Seconds += stepSeconds
	held.Spoilt = held.Spoilt || spoilt
}

// advance learns the blocks that are due in the step at. While paused, what is
// due is dropped; while resigned, it is learnt as it is: an alarm that has
// lasted for hours is no wild block but the new normal.
func (b *baseline) advance(at int64, paused, resigned bool, usual float64) {
	for i := range b.Blocks {
		held := &b.Blocks[(at/blockSteps+1+int64(i))%heldBlocks] // the oldest first
		if held.At == 0 || held.At+behindBlocks >= at/blockSteps {
			continue
		}
		if !paused && !held.Spoilt && held.Exposure > 0 {
			b.learn(*held, resigned, usual)
		}
		*held = block{}
	}
}

// learn takes in a block. While the baseline is cold there is nothing to call a
// block wild by, nor anything to measure how much they vary: the first half
// hour is taken as it is, and what is known of its clumping is the prior.
func (b *baseline) learn(k block, resigned bool, usual float64) {
	y, mu := k.Events, b.expect(k.Exposure, k.Seconds, usual)
	most := 2*mu + 4*math.Sqrt(b.dispersion()*mu) + 2
	if b.Learnt >= coldSeconds {
		b.vary(residue{k.At, min(y, 2*most) - mu, mu})
		if !resigned {
			y = min(y, most) // one wild block must not move the baseline
		}
	}
	f := fade(12)
	b.Events, b.Exposure, b.Seconds = b.Events*f+y, b.Exposure*f+k.Exposure, b.Seconds*f+k.Seconds
	b.Prior *= f
	b.Learnt += k.Seconds
}

// vary learns how much counts vary, from how far neighbouring blocks differ.
// Clumps last for seconds and show there; the hours of the day, a drift and an
// incident too small to be noticed lie in both of two neighbours, and must not
// make the detector deaf to the next incident.
func (b *baseline) vary(now residue) {
	if b.Before.At == now.At-1 {
		g := fade(84)
		apart := now.Off - b.Before.Off
		b.Squares = b.Squares*g + apart*apart/2
		b.Expected = b.Expected*g + (now.Expected+b.Before.Expected)/2
	}
	b.Before = now
}

// spoil keeps everything from an onset on from being learnt.
func (b *baseline) spoil(onset int64) {
	for i := range b.Blocks {
		if b.Blocks[i].At >= onset/blockSteps {
			b.Blocks[i].Spoilt = true
		}
	}
}
