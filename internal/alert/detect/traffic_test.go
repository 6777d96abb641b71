package detect

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The first of two simulations of a television service: rates by the hour,
// from which plays are drawn. See audience_test.go for the second.

// The categories of the simulation, and what part of the plays they normally
// refuse.
const (
	entitlement = iota
	account
	device
	session
	token
	challenge
	content
	contentKey
	offline
	outputProtection
	request
	keyManager
	internalFault
	drmSDK
	configuration
	categories
)

var kinds = [categories]struct {
	name  string
	fault bool
	pages bool
	share float64
}{
	{"entitlement", false, false, 0.012},
	{"account", false, false, 0.003},
	{"device", false, false, 0.0025},
	{"session", false, false, 0.0015},
	{"token", false, false, 0.0015},
	{"challenge", true, false, 0.0003},
	{"content", false, false, 0.0005},
	{"content-key", true, false, 0.0002},
	{"offline", false, false, 0.0005},
	{"output-protection", false, false, 0.0008},
	{"request", true, false, 0.0002},
	{"key-manager", true, true, 0.00003},
	{"internal", true, true, 0.0002},
	{"drm-sdk", true, true, 0.0002},
	{"configuration", true, true, 0.00005},
}

// trouble is an incident: a part of the plays that fails in some categories, or
// a factor on what normally does.
type trouble struct {
	name       string
	from, to   int64 // steps
	share      float64
	factor     float64
	in         []int // categories, of which each takes an equal part
	on, off    int64 // steps; 0 for always on
	ramp       int64 // steps until the share is reached
	traffic    float64
	late       float64 // part of the first step that passes before it begins
	background bool    // an event of ordinary life: neither searched for nor a false alarm
}

// part is how much of the trouble there is in a step, from 0 to 1.
func (t *trouble) part(at int64) float64 {
	switch {
	case at < t.from || at >= t.to:
		return 0
	case t.on > 0 && (at-t.from)%(t.on+t.off) >= t.on:
		return 0
	case t.ramp > 0:
		return min(1, float64(at-t.from+1)/float64(t.ramp))
	case at == t.from:
		return 1 - t.late
	}
	return 1
}

// service is how a simulated service is set up.
type service struct {
	seed      uint64
	rate      float64 // plays a second on average
	addresses int     // instead of clients: those of load balancers
	quiet     bool    // no football, devices, deploys or month ends
	weekend   float64 // level of the weekend; 0 for as others
	random    bool    // matches are at any hour
	share     [categories]float64
	zone      func(at int64) int
	planned   []trouble
	start     int64
}

// monday is when the simulations begin: 1 June 2026, 00:00 UTC.
const monday = 20605 * daySteps

// traffic draws the steps of a service.
type traffic struct {
	service
	life
	counter
	rng     *rand.Rand
	clients int
	noise   float64 // of the level, in nats
	retries [512][]retry
}

// life is what happens in a service.
type life struct {
	troubles []trouble
	matches  []trouble
	devices  []stuck
}

// retry is a play that is tried again.
type retry struct {
	client   int32
	category int8
	trouble  int8 // index, or -1 for a refusal that is final
	left     int8
	same     bool // with the correlation id of the first try
}

// stuck is a device that tries again for hours.
type stuck struct {
	client   int32
	category int
	from, to int64
	every    int64
}

func newTraffic(s service) *traffic {
	t := &traffic{service: s, rng: rand.New(rand.NewPCG(s.seed, 0xa1e7))}
	if t.zone == nil {
		t.zone = func(int64) int { return 7200 }
	}
	if t.start == 0 {
		t.start = monday
	}
	for k := range kinds {
		if t.share[k] == 0 {
			t.share[k] = kinds[k].share
		}
	}
	t.clients = max(300, int(s.rate*8640))
	if s.addresses > 0 {
		t.clients = s.addresses
	}
	t.counter = newCounter(t.start, t.clients)
	t.life = plan(t.service, t.rng, t.clients)
	return t
}

// plan lays out 60 days of ordinary life, with the troubles of the service.
func plan(s service, rng *rand.Rand, clients int) life {
	l := life{troubles: slices.Clone(s.planned)}
	if s.quiet {
		return l
	}
	at := func(day int, hour float64) int64 { return s.start + int64(day)*daySteps + int64(hour*hourSteps) }
	for day := range 60 {
		for _, h := range [7][]float64{1: {21}, 2: {21}, 5: {15.5, 18.5}, 6: {17.5}}[day%7] {
			if rng.Float64() < 0.25 {
				continue
			}
			if s.random {
				h = 10 + 13*rng.Float64()
			}
			h -= 2 // local to UTC
			size := 0.6 + 1.2*rng.Float64()
			l.matches = append(l.matches,
				trouble{from: at(day, h), to: at(day, h+2), traffic: size},
				trouble{from: at(day, h-0.1), to: at(day, h+0.15), traffic: size})
		}
		if rng.Float64() < 2.0/7 {
			from := at(day, 8+8*rng.Float64())
			l.troubles = append(l.troubles, trouble{name: "deploy", background: true, from: from, to: from + 4, share: 0.05, in: []int{internalFault}})
		}
		if rng.Float64() < 0.3 {
			from := at(day, 24*rng.Float64())
			l.devices = append(l.devices, stuck{int32(rng.IntN(clients)), rng.IntN(categories), from, from + int64(hourSteps*(0.2+6*rng.Float64())), 1 + rng.Int64N(6)})
		}
		if day%30 == 20 { // the first of a month
			for i, factor := range []float64{4, 3, 2} {
				from := at(day, -2+float64(i)*1.5)
				l.troubles = append(l.troubles, trouble{name: "month end", background: true, from: from, to: from + 1.5*hourSteps, factor: factor, in: []int{entitlement}})
			}
		}
	}
	return l
}

var dayShape = [24]float64{0.55, 0.3, 0.18, 0.12, 0.1, 0.13, 0.3, 0.6, 0.75, 0.75, 0.75, 0.8, 0.95, 1, 0.95, 0.95, 1.05, 1.3, 1.6, 2, 2.6, 2.7, 2, 1.1}

// busy is the level of the traffic at a time of the local week.
func (t *traffic) busy(at int64) float64 {
	local := at + int64(t.zone(at)/StepSeconds)
	position := float64(local%daySteps)/hourSteps - 0.5
	h := int(math.Floor(position))
	part := position - float64(h)
	level := dayShape[(h+24)%24]*(1-part) + dayShape[(h+25)%24]*part
	if weekday := (local/daySteps + 3) % 7; weekday >= 5 && position > 8 && position < 19 {
		level *= 1.3
	}
	if t.weekend > 0 { // from four in the morning of Saturday to four of Monday, with four hours to change
		hours := math.Mod(float64(local%(7*daySteps))/hourSteps+72+168-120, 168)
		level *= math.Pow(t.weekend, max(0, min(1, hours/4, (52-hours)/4)))
	}
	return level
}

// next draws the step at. The result is overwritten by the next call.
func (t *traffic) next(at int64) *tick {
	t.begin(at, t.zone(at))
	t.noise += -t.noise/hourSteps/3 + 0.12*math.Sqrt(2.0/hourSteps/3)*t.rng.NormFloat64()
	level, football := t.busy(at)*math.Exp(t.noise), false
	for _, m := range t.matches {
		if at >= m.from && at < m.to {
			level *= 1 + m.traffic
			football = true
		}
	}
	share := t.share
	if football {
		share[entitlement] *= 1.5
	}
	for i := range t.troubles {
		tr := &t.troubles[i]
		if p := tr.part(at); p > 0 && tr.factor > 0 {
			for _, k := range tr.in {
				share[k] *= 1 + p*(tr.factor-1)
			}
		} else if p > 0 && tr.traffic != 0 {
			level *= 1 + tr.traffic
		}
	}
	plays := t.rate * level * StepSeconds
	left := 1.0
	for i := range t.troubles {
		tr := &t.troubles[i]
		if p := tr.part(at); p > 0 && tr.share > 0 {
			left -= min(left, p*tr.share)
			for range int(poisson(t.rng, plays*p*tr.share)) {
				t.try(retry{int32(t.rng.IntN(t.clients)), int8(tr.in[t.rng.IntN(len(tr.in))]), int8(i), 6, false})
			}
		}
	}
	final := 0.0
	for k, s := range share {
		final += s
		for range int(poisson(t.rng, plays*left*s)) {
			t.try(retry{int32(t.rng.IntN(t.clients)), int8(k), -1, 3, false})
		}
	}
	t.grant(poisson(t.rng, plays*left*(1-final)))
	t.again(at)
	for _, d := range t.devices {
		if at >= d.from && at < d.to && (at-d.from)%d.every == 0 {
			t.fail(d.client, d.category, false)
		}
	}
	return &t.out
}

// again tries what is due again. A refusal that is final is refused, what was
// in trouble is granted where that is over.
func (t *traffic) again(at int64) {
	due := &t.retries[at%int64(len(t.retries))]
	for _, r := range *due {
		if r.trouble >= 0 {
			tr := &t.troubles[r.trouble]
			if t.rng.Float64() >= tr.part(at)*tr.share {
				t.grant(1)
				continue
			}
		}
		t.try(r)
	}
	*due = (*due)[:0]
}

// try counts a play that fails, and plans the next try.
func (t *traffic) try(r retry) {
	t.fail(r.client, int(r.category), r.same)
	if r.left == 0 || t.rng.Float64() > 0.7 {
		return
	}
	wait := 1 + t.rng.ExpFloat64()*1.5 // 10 s and 15 s more on average
	if t.rng.Float64() < 0.3 {
		wait = 3 + t.rng.ExpFloat64()*15 // a person
	}
	r.left--
	r.same = t.rng.Float64() < 0.7
	slot := (t.out.at + min(int64(wait), int64(len(t.retries))-1)) % int64(len(t.retries))
	t.retries[slot] = append(t.retries[slot], r)
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
