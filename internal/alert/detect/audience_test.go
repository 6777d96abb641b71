package detect

import (
	"math"
	"math/rand/v2"
)

// The second simulation, built of individuals: few watch very much and most
// little, each fails and tries again in its own way, plays come in bursts of
// channel surfing, and a trouble hits the same viewers again and again.

// viewer is one of them.
type viewer struct {
	clumsy float64 // how much more often than others it fails
	lapsed bool    // entitlement refuses much of what it asks for
	tries  int     // after a failure
	pause  float64 // steps between tries
}

// audience draws the steps of a service.
type audience struct {
	service
	life
	counter
	rng     *rand.Rand
	viewers []viewer
	later   [512][]play
	shape   traffic // for the level of the hour
}

// play is one that is yet to come.
type play struct {
	viewer int32
	left   int8 // channels, or tries
	cause  int8 // category of the failure that is tried again; -1 for none
}

func newAudience(s service) *audience {
	rng := rand.New(rand.NewPCG(s.seed, 0xface))
	s.start = monday
	a := &audience{service: s, rng: rng, viewers: make([]viewer, max(500, int(s.rate*20000)))}
	a.zone = func(int64) int { return 3600 }
	a.shape.service = a.service
	for i := range a.viewers {
		v := &a.viewers[i]
		v.clumsy = math.Exp(1.2*rng.NormFloat64() - 0.72)
		v.lapsed = rng.Float64() < 0.03
		switch u := rng.Float64(); {
		case u < 0.6: // a person who may give up
			v.tries, v.pause = rng.IntN(3), 4+10*rng.Float64()
		case u < 0.95: // a player with a policy
			v.tries, v.pause = 3, 0.5
		default: // a player without
			v.tries, v.pause = 30, 0.5+rng.Float64()
		}
	}
	a.counter = newCounter(a.start, len(a.viewers))
	a.life = plan(a.service, rng, len(a.viewers))
	return a
}

// pick draws a viewer: the n-th is n times as idle as the first, about.
func (a *audience) pick() int32 {
	n := float64(len(a.viewers))
	rank := math.Exp(a.rng.Float64() * math.Log(n))
	return int32(int(rank*7919) % len(a.viewers)) // the busy ones are not the first of a trouble
}

func (a *audience) next(at int64) *tick {
	const surfing = 3 // channels of a session
	a.begin(at, a.zone(at))
	level := a.shape.busy(at)
	for _, m := range a.matches {
		if at >= m.from && at < m.to {
			level *= 1 + m.traffic
		}
	}
	for i := range a.troubles {
		if tr := &a.troubles[i]; tr.traffic != 0 && tr.part(at) > 0 {
			level *= 1 + tr.traffic
		}
	}
	for range int(poisson(a.rng, a.rate*level*StepSeconds/surfing)) {
		left := int8(0)
		for a.rng.Float64() < 1-1.0/surfing && left < 20 {
			left++
		}
		a.play(at, play{a.pick(), left, -1})
	}
	due := &a.later[at%int64(len(a.later))]
	for _, p := range *due {
		a.play(at, p)
	}
	*due = (*due)[:0]
	for _, d := range a.devices {
		if at >= d.from && at < d.to && (at-d.from)%d.every == 0 {
			a.fail(d.client, d.category, false)
		}
	}
	return &a.out
}

// play asks for a licence, and plans what the viewer does next.
func (a *audience) play(at int64, p play) {
	k := a.refused(at, p.viewer)
	if k < 0 {
		a.grant(1)
		if p.cause < 0 && p.left > 0 {
			a.plan(at, 1+3*a.rng.ExpFloat64(), play{p.viewer, p.left - 1, -1})
		}
		return
	}
	a.fail(p.viewer, k, p.cause == int8(k) && a.rng.Float64() < 0.5)
	v := &a.viewers[p.viewer]
	left := p.left - 1
	if p.cause < 0 {
		left = int8(v.tries)
	}
	if left > 0 {
		a.plan(at, v.pause*(0.5+a.rng.Float64()), play{p.viewer, left, int8(k)})
	}
}

func (a *audience) plan(at int64, wait float64, p play) {
	slot := (at + 1 + min(int64(wait), int64(len(a.later))-2)) % int64(len(a.later))
	a.later[slot] = append(a.later[slot], p)
}

// refused draws the category that refuses a play of a viewer; -1 for none.
func (a *audience) refused(at int64, viewer int32) int {
	v := &a.viewers[viewer]
	more := 1.0
	for i := range a.troubles {
		tr := &a.troubles[i]
		p := tr.part(at)
		if p == 0 {
			continue
		}
		// The same viewers in all of a trouble: those with that model, or in that town.
		if hit := float64((uint32(viewer)*2654435761+uint32(i)*40503)%1000) / 1000; hit < p*tr.share {
			return tr.in[int(viewer)%len(tr.in)]
		}
		if tr.factor > 0 {
			more = 1 + p*(tr.factor-1)
		}
	}
	if v.lapsed && a.rng.Float64() < min(1, 0.3*more) {
		return entitlement
	}
	u := a.rng.Float64() / v.clumsy
	for k := 1; k < categories; k++ {
		if u -= kinds[k].share; u < 0 {
			return k
		}
	}
	return -1
}
