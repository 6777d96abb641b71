package alert

import "math"

// What others use, to compare: each on the counts alone, as such rules are
// written for Prometheus, every 10 s.

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

func newWindowRatio() *windowRatio { return &windowRatio{newSliding(60), newSliding(60)} }

func (w *windowRatio) fires(_ int64, x, _ float64) bool {
	w.before.push(w.last.xs[w.last.i])
	w.last.push(x)
	return w.last.sum >= 5 && w.last.sum >= 3*w.before.sum
}

// zScore fires where the rate of five minutes is more than three standard
// deviations over its mean of a day, for so many steps.
type zScore struct {
	window sliding
	sums   sliding
	square sliding
	wait   int
	held   int
}

func newZScore(wait int) *zScore {
	return &zScore{window: newSliding(30), sums: newSliding(daySteps), square: newSliding(daySteps), wait: wait}
}

func (z *zScore) fires(_ int64, x, _ float64) bool {
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
	return z.held > z.wait
}

// fixed fires at three times the true mean, over five minutes.
type fixed struct {
	window sliding
	limit  float64
}

func newFixed(perMinute float64) *fixed {
	return &fixed{newSliding(30), max(1, 3*5*perMinute)}
}

func (f *fixed) fires(_ int64, x, _ float64) bool {
	f.window.push(x)
	return f.window.sum >= f.limit
}
