package detect

import (
	"math/rand/v2"
	"slices"
)

// lines makes the lines of a source.
type lines struct {
	name    string
	perHour float64
	clump   float64 // lines of a clump on average; 1 for none
	batch   int64   // steps between batches of 30; 0 for none
}

func sources() []lines {
	return []lines{
		{"39 lines/h", 39, 1, 0},
		{"refusals of 0.2/s, clumped", 60, 3, 0},
		{"40 lines/h in clumps of 6", 40, 6, 0},
		{"refusals of 0.02/s", 5, 2, 0},
		{"requests 0.02/s", 72, 1, 0},
		{"requests 0.2/s", 720, 1, 0},
		{"requests 2/s", 7200, 1, 0},
		{"30 lines each 10 min", 0, 1, 60},
	}
}

// silences is how a source that is dead for 6 h once a week is judged.
type silences struct {
	false, n, found int
	days            float64
	delays, pages   []float64 // minutes
}

func (l lines) hold(seeds int) silences {
	var r silences
	for seed := range uint64(seeds) {
		t := newTraffic(service{seed: 600 + seed, rate: 2, quiet: true})
		rng := rand.New(rand.NewPCG(seed, 3))
		s := NewSilence(0, true)
		later := make([]float64, 64)
		dead, hit, last := int64(0), true, None
		for at := t.start; at < t.start+28*daySteps; at++ {
			if d := at - t.start; d > 0 && d%(7*daySteps) == 0 {
				dead, hit = at+rng.Int64N(6*daySteps), false
				r.n++
			}
			n := later[at%64]
			later[at%64] = 0
			for range int(poisson(rng, l.perHour/hourSteps/l.clump*t.busy(at))) {
				n++
				for range int(poisson(rng, l.clump-1)) {
					later[(at+1+rng.Int64N(12))%64]++
				}
			}
			if l.batch > 0 && at%l.batch == 7 {
				n = 30
			}
			if at >= dead && at < dead+6*hourSteps {
				n = 0
			}
			s.Step(at, 7200, n)
			level := s.Gap().Level
			if level > last {
				minutes := float64(at-dead) / minute
				switch {
				case dead == 0 || at > dead+7*hourSteps:
					r.false++
				case level == Page:
					r.pages = append(r.pages, minutes)
				}
				if !hit && at >= dead {
					hit = true
					r.found++
					r.delays = append(r.delays, minutes)
				}
			}
			last = level
		}
		r.days += 28
	}
	return r
}

// falls are what a Collapse is judged by.
func falls() []trouble {
	return []trouble{
		{name: "90 % gone for 30 m", to: 30 * minute, traffic: -0.9},
		{name: "all gone for 30 m", to: 30 * minute, traffic: -1},
		{name: "70 % gone for 1 h", to: 60 * minute, traffic: -0.7},
		{name: "40 % gone for 1 h", to: 60 * minute, traffic: -0.4},
		{name: "90 % gone for 5 h", to: 300 * minute, traffic: -0.9},
	}
}

// collapse is how a Collapse does in a service.
type collapse struct {
	Collapse
	life   *life
	paused func(at int64) bool // the daemon is stopped; nil for never
	result *result
	on     bool
	hit    int // index of the trouble that was found
}

// hold watches a service.
func (c *collapse) hold(src source, start, days int64) {
	c.Collapse, c.result, c.hit = NewCollapse(), newResult(), -1
	c.result.days = float64(days)
	for i := range c.life.troubles {
		if c.life.troubles[i].traffic < 0 {
			c.result.of(c.life.troubles[i].name).n++
		}
	}
	for at := start; at < start+days*daySteps; at++ {
		t := src.next(at)
		if c.paused != nil && c.paused(at) {
			continue
		}
		c.Step(at, t.offset, t.plays)
		if f := c.Fall().Firing; f != c.on {
			c.on = f
			c.note(at)
		}
	}
}

// note records that the alarm began or ended.
func (c *collapse) note(at int64) {
	i := slices.IndexFunc(c.life.troubles, func(tr trouble) bool {
		return tr.traffic < 0 && at >= tr.from && at <= tr.to+hourSteps
	})
	if i < 0 {
		if c.on {
			c.result.false["nothing"]++
		}
		return
	}
	tr := c.life.troubles[i]
	f := c.result.of(tr.name)
	switch {
	case !c.on:
		f.clears = append(f.clears, float64(at-tr.to)/minute)
	case c.hit != i:
		c.hit = i
		f.alerts++
		f.paged++
		f.pages = append(f.pages, float64(at-tr.from+1)*StepSeconds)
	default:
		f.alerts++
	}
}

// holdFalls watches services of a rate: with matches at fixed and at random
// hours, with a stop of the daemon every five days, with a change of the clock,
// and with weekends that are hardly watched.
func holdFalls(rate float64, days int64) *result {
	sum := newResult()
	for seed := range uint64(5) {
		s := service{seed: 700 + seed, rate: rate, start: monday, random: seed == 1}
		if seed < 3 {
			s.planned = spread(falls())(seed, s.start, days)
		}
		c := &collapse{}
		switch seed {
		case 2:
			s.zone = func(at int64) int { return 7200 - 3600*min(1, int(max(0, at-monday-14*daySteps))) }
		case 3:
			c.paused = func(at int64) bool { d := at - monday; return d%(5*daySteps) > 4*daySteps-d/50 }
		case 4:
			s.weekend = 0.15
		}
		src, l := s.simulate(false)
		c.life = l
		c.hold(src, s.start, days)
		sum.add(c.result)
	}
	return sum
}
