package detect

import "math"

// dispersion is by how much more than chance the counts of blocks vary. It is
// learnt from how far neighbouring blocks differ: clumps last for seconds and
// show there; the hours of the day, a drift and an incident too small to be
// noticed occur in both neighbours and cancel out.
type dispersion struct {
	Squares  float64 `json:"so"` // decayed
	Expected float64 `json:"sm"` // decayed
	Before   residue `json:"before,omitzero"`
}

// residue is by how much the count of a block was off what was expected.
type residue struct {
	At       int64   `json:"at,omitempty"` // the block; 0 for none
	Off      float64 `json:"off,omitempty"`
	Expected float64 `json:"mu,omitempty"`
}

const (
	priorD       = 2 // events counted once per client
	priorLooseD  = 2.5
	priorDWeight = 5
	leastD       = 1
	mostD        = 20
	waveExpected = 5 // from so many events a block on, a wave of traffic is no clumping
)

// newDispersion returns the prior.
func newDispersion(prior float64) dispersion {
	return dispersion{Squares: prior * priorDWeight, Expected: priorDWeight}
}

// value returns variance by mean, from 1 to 20.
func (d *dispersion) value() float64 { return min(max(d.Squares/d.Expected, leastD), mostD) }

// learn adds the next block.
func (d *dispersion) learn(now residue) {
	if d.Before.At != 0 && d.Before.At == now.At-1 {
		apart, mu := now.Off-d.Before.Off, (now.Expected+d.Before.Expected)/2
		square := apart * apart / 2
		if mu >= waveExpected {
			square = min(square, 4*d.value()*mu)
		}
		keep := fade(84)
		d.Squares, d.Expected = d.Squares*keep+square, d.Expected*keep+mu
	}
	d.Before = now
}

func (d *dispersion) sound() bool {
	return finite(d.Squares, d.Expected, d.Before.Off, d.Before.Expected) && d.Squares >= 0 && d.Expected > 0 && d.Before.Expected >= 0
}

// fade returns what is left after a block of something with that half-life.
func fade(hours float64) float64 { return math.Exp2(-blockSteps * StepSeconds / (hours * 3600)) }

// finite reports whether all numbers are.
func finite(ns ...float64) bool {
	for _, n := range ns {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return false
		}
	}
	return true
}
