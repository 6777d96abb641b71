package alert

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A simulated stream, by which detectors are judged: seeded, in steps of 10 s,
// with one incident of half an hour a day.

const (
	daySteps      = 24 * 3600 / stepSeconds
	incidentSteps = 1800 / stepSeconds
	warmUpDays    = 2
	// After an incident a detector may go on firing for so long before that
	// counts against it: its windows are up to ten minutes, its hold too.
	graceSteps = 5400 / stepSeconds
)

// scenario is what a stream does while nothing is wrong. All of them drift.
type scenario struct {
	name     string
	cycle    float64 // of the day, as a part of the mean
	clump    float64 // events in a clump on average; 1 for none
	requests float64 // per minute on average: the exposure; 0 for seconds
}

func scenarios() []scenario {
	return []scenario{
		{"steady", 0, 1, 0},
		{"daily cycle", 0.8, 1, 0},
		{"daily cycle, requests", 0.8, 1, 600},
		{"retry clumps", 0, 3, 0},
		{"clumps, cycle, requests", 0.8, 3, 600},
	}
}

func baseRates() []float64 { return []float64{0.02, 0.2, 2, 20, 200} }

// stream makes the steps of one scenario.
type stream struct {
	scenario
	rng     *rand.Rand
	perStep float64
	phase   float64
	drift   float64   // in nats, around 0
	tails   []float64 // of clumps: events of the steps to come
}

func newStream(s scenario, perMinute float64, seed uint64) *stream {
	rng := rand.New(rand.NewPCG(seed, 20_49))
	return &stream{scenario: s, rng: rng, perStep: perMinute * stepSeconds / 60, phase: rng.Float64(), tails: make([]float64, 32)}
}

// next returns the events and the exposure of a step, with more events by an
// incident of the given size.
func (s *stream) next(at int64, factor, least float64) (x, e float64) {
	s.drift += -s.drift/(2*daySteps) + 0.2*math.Sqrt(1.0/daySteps)*s.rng.NormFloat64()
	busy := 1 + s.cycle*math.Sin(2*math.Pi*(float64(at)/daySteps+s.phase))
	usual := s.perStep * busy * math.Exp(s.drift)
	rate := usual
	if factor > 0 {
		rate = max(factor*usual, usual+least*stepSeconds/60)
	}
	e = stepSeconds
	if s.requests > 0 {
		e = poisson(s.rng, s.requests*busy*stepSeconds/60)
	}
	n := poisson(s.rng, rate/s.clump)
	if s.clump == 1 {
		return n, e
	}
	i := int(at % int64(len(s.tails)))
	x, s.tails[i] = s.tails[i], 0
	for range int(n) {
		x++
		// A client that retries: a geometric number of times, seconds apart.
		for after := 0.0; s.rng.Float64() >= 1/s.clump; {
			if after += s.rng.ExpFloat64() * 6; after < stepSeconds {
				x++
			} else if later := int(after / stepSeconds); later < len(s.tails) {
				s.tails[(i+later)%len(s.tails)]++
			}
		}
	}
	return x, e
}

// poisson draws from the distribution; of a large mean from its normal limit.
func poisson(rng *rand.Rand, mean float64) float64 {
	if mean > 50 {
		return max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
	}
	limit, n := math.Exp(-mean), 0.0
	for p := rng.Float64(); p > limit; p *= rng.Float64() {
		n++
	}
	return n
}

// judgement is what became of a detector.
type judgement struct {
	days, falseAlarms       float64
	incidents, found, early float64
	delays                  []float64 // minutes
}

func (j *judgement) add(o judgement) {
	j.days, j.falseAlarms = j.days+o.days, j.falseAlarms+o.falseAlarms
	j.incidents, j.found, j.early = j.incidents+o.incidents, j.found+o.found, j.early+o.early
	j.delays = append(j.delays, o.delays...)
}

func (j *judgement) falsePerDay() float64 { return j.falseAlarms / j.days }
func (j *judgement) foundPart() float64   { return j.found / j.incidents }
func (j *judgement) earlyPart() float64   { return j.early / j.incidents }

// median of the delays, in minutes; NaN where nothing was found.
func (j *judgement) median() float64 {
	if len(j.delays) == 0 {
		return math.NaN()
	}
	slices.Sort(j.delays)
	return j.delays[len(j.delays)/2]
}

// rival is a detector under test: it says for each step whether it fires.
type rival interface {
	fires(at int64, x, e float64) bool
}

// size is how large an incident is: the usual rate times so much, and at least
// so many events per minute more.
type size struct{ factor, least float64 }

func small() size { return size{4, 1} }
func large() size { return size{20, 6} }

// judge lets rivals watch the same stream for some days.
func judge(s *stream, days int, incident size, rivals []rival) []judgement {
	js := make([]judgement, len(rivals))
	before := make([]bool, len(rivals))
	caught := make([]bool, len(rivals))
	first := int64(1_000_000 * blockSteps)
	begins, ends := int64(-1), int64(math.MinInt32)
	for i := range int64(days+warmUpDays) * daySteps {
		if i%daySteps == 0 && i >= warmUpDays*daySteps {
			begins = i + s.rng.Int64N(daySteps-incidentSteps-graceSteps)
		}
		factor := size{}
		if i >= begins && begins > 0 && i < begins+incidentSteps {
			factor = incident
			ends = begins + incidentSteps
		}
		x, e := s.next(i, factor.factor, factor.least)
		for k, r := range rivals {
			fires := r.fires(first+i, x, e)
			j := &js[k]
			switch {
			case i < warmUpDays*daySteps:
			case i == begins:
				j.incidents++
				caught[k] = before[k]
				if before[k] {
					j.early++
				}
				fallthrough
			case i > begins && i < begins+incidentSteps:
				if fires && !caught[k] {
					caught[k] = true
					j.found++
					// The middle of what the first step may mean.
					j.delays = append(j.delays, (float64(i-begins)+0.5)*stepSeconds/60)
				}
			case fires && !before[k] && i > ends+graceSteps:
				j.falseAlarms++
			}
			before[k] = fires
		}
	}
	for k := range js {
		js[k].days = float64(days)
	}
	return js
}

// ours is the detector as a rival.
type ours struct{ detector }

func newOurs(threshold float64) *ours { return &ours{newDetector(threshold, 0)} }

func (o *ours) fires(at int64, x, e float64) bool {
	o.step(at, x, e)
	return o.Alarm.on()
}
