package detect

import "math"

// The detector before this package, as a contestant: incidents by requests, or
// by seconds; three scores; a half-life of 12 h; all clear after five tolerable
// minutes by the counts of ten; what fires for six hours is learnt. See
// docs/decisions/0002-spike-detector.md.
type before struct {
	events, exposure, seconds, squares, expected, learnt float64
	last                                                 residue
	blocks                                               [heldBlocks]block
	scores                                               [len(ratios)]score
	recent                                               [60][2]float64 // events and tolerated
	fired, quiet                                         int64          // step, steps
	evidence                                             float64
}

func newBefore() *before { return &before{squares: 10, expected: 5} }

func (b *before) mean(e, seconds float64) float64 {
	if b.exposure == 0 {
		return seconds * floorRate
	}
	perSecond := b.exposure / b.seconds
	return e * max(b.events/b.exposure, floorRate/perSecond)
}

func (b *before) dispersion() float64 { return min(max(b.squares/b.expected, 1), 20) }

func (b *before) step(at int64, x, e float64) {
	firing := b.fired > 0
	resigned := firing && at-b.fired > 2160
	b.advance(at, firing && !resigned, resigned)
	m := 2 * b.mean(e, StepSeconds)
	n := at / blockSteps
	held := &b.blocks[n%heldBlocks]
	if held.At != n {
		*held = block{At: n}
	}
	held.Events, held.Exposure, held.Seconds = held.Events+float32(x), held.Exposure+float32(e), held.Seconds+StepSeconds
	held.Spoilt = held.Spoilt || firing && !resigned
	b.recent[at%60] = [2]float64{x, m}
	if b.learnt < 1800 {
		return
	}
	for i := range b.scores {
		b.scores[i].add(i, reading{at: at, x: x, fresh: x, m: m}, nil, 20, uncertainty{dispersion: b.dispersion(), known: b.events})
	}
	b.decide(at)
}

func (b *before) decide(at int64) {
	b.evidence = 0
	onset := at
	for _, s := range b.scores {
		if (s.Events >= 5 || b.fired > 0) && s.Evidence > b.evidence {
			b.evidence, onset = s.Evidence, s.Onset
		}
	}
	if b.fired == 0 {
		if b.evidence > 10 {
			b.fired, b.quiet = at, 0
			for i := range b.blocks {
				b.blocks[i].Spoilt = b.blocks[i].Spoilt || b.blocks[i].At >= onset/blockSteps
			}
		}
		return
	}
	var x, m float64
	for _, r := range b.recent {
		x, m = x+r[0], m+r[1]
	}
	b.quiet++
	if x > m+2*math.Sqrt(b.dispersion()*m)+1 {
		b.quiet = 0
	}
	if b.quiet >= 30 {
		b.fired, b.scores = 0, [len(ratios)]score{}
	}
}

func (b *before) advance(at int64, paused, resigned bool) {
	for i := range b.blocks {
		held := &b.blocks[(at/blockSteps+1+int64(i))%heldBlocks]
		if held.At == 0 || held.At+behindBlocks >= at/blockSteps {
			continue
		}
		if !paused && !held.Spoilt && held.Exposure > 0 {
			b.learn(*held, resigned)
		}
		*held = block{}
	}
}

func (b *before) learn(k block, resigned bool) {
	y, mu := float64(k.Events), b.mean(float64(k.Exposure), float64(k.Seconds))
	most := 2*mu + 4*math.Sqrt(b.dispersion()*mu) + 2
	if b.learnt >= 1800 {
		now := residue{k.At, min(y, 2*most) - mu, mu}
		if b.last.At == now.At-1 {
			g, apart := fade(84), now.Off-b.last.Off
			b.squares, b.expected = b.squares*g+apart*apart/2, b.expected*g+(now.Expected+b.last.Expected)/2
		}
		b.last = now
		if !resigned {
			y = min(y, most)
		}
	}
	f := fade(12)
	b.events, b.exposure, b.seconds = b.events*f+y, b.exposure*f+float64(k.Exposure), b.seconds*f+float64(k.Seconds)
	b.learnt += float64(k.Seconds)
}

// today are the detectors before this package, one for each category.
type today struct {
	requests  bool
	detectors [categories]*before
}

func newToday(requests bool) *today {
	t := &today{requests: requests}
	for k := range t.detectors {
		t.detectors[k] = newBefore()
	}
	return t
}

func (t *today) step(s *tick) {
	e := float64(StepSeconds)
	if t.requests {
		e = s.requests
	}
	for k, d := range t.detectors {
		d.step(s.at, s.failed[k].incidents, e)
	}
}

func (t *today) level(k int) Level {
	d := t.detectors[k]
	switch {
	case d.fired == 0:
		return None
	case kinds[k].pages && d.evidence > 12:
		return Page
	}
	return Ticket
}

func (t *today) ended(int) End { return NotEnded }
