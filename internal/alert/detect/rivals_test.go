package detect

import "math"

// What others use, to compare: each by incidents alone, as such rules are
// written for Prometheus, every 10 s. They know tickets only.

// alone is a watcher that judges each category by its incidents.
type alone struct {
	rules [categories]interface{ fires(x float64) bool }
	on    [categories]bool
}

func (a *alone) step(t *tick) {
	for k := range a.rules {
		a.on[k] = a.rules[k].fires(t.failed[k].incidents)
	}
}

func (a *alone) level(k int) Level {
	if a.on[k] {
		return Ticket
	}
	return None
}

func (a *alone) ended(int) End { return NotEnded }

// sliding is the sum of the last n steps.
type sliding struct {
	xs  []float64
	i   int
	sum float64
	n   int // steps seen, up to the length
}

func newSliding(n int) sliding { return sliding{xs: make([]float64, n)} }

func (s *sliding) push(x float64) {
	s.sum += x - s.xs[s.i]
	s.xs[s.i] = x
	s.i = (s.i + 1) % len(s.xs)
	s.n = min(s.n+1, len(s.xs))
}

// windowRatio fires where the last ten minutes are three times the ten before
// them and hold at least five events.
type windowRatio struct{ last, before sliding }

func newWindowRatio() *alone {
	a := &alone{}
	for k := range a.rules {
		a.rules[k] = &windowRatio{newSliding(60), newSliding(60)}
	}
	return a
}

func (w *windowRatio) fires(x float64) bool {
	w.before.push(w.last.xs[w.last.i])
	w.last.push(x)
	return w.last.sum >= 5 && w.last.sum >= 3*w.before.sum
}

// zScore fires where the rate of five minutes is more than three standard
// deviations over its mean of a day, for five minutes.
type zScore struct {
	window, sums, square sliding
	held                 int
}

func newZScore() *alone {
	a := &alone{}
	for k := range a.rules {
		a.rules[k] = &zScore{window: newSliding(30), sums: newSliding(daySteps), square: newSliding(daySteps)}
	}
	return a
}

func (z *zScore) fires(x float64) bool {
	z.window.push(x)
	n := float64(z.sums.n)
	mean := z.sums.sum / n
	deviation := math.Sqrt(max(0, z.square.sum/n-mean*mean))
	holds := n > 1 && z.window.sum > mean+3*deviation
	z.sums.push(z.window.sum)
	z.square.push(z.window.sum * z.window.sum)
	if !holds {
		z.held = 0
		return false
	}
	z.held++
	return z.held > 30
}

// fixed fires at three times the true mean, over five minutes.
type fixed struct {
	window sliding
	limit  float64
}

func newFixed(s service) *alone {
	a := &alone{}
	for k := range a.rules {
		a.rules[k] = &fixed{newSliding(30), max(2, 3*300*s.rate*kinds[k].share)}
	}
	return a
}

func (f *fixed) fires(x float64) bool {
	f.window.push(x)
	return f.window.sum >= f.limit
}
