package blame

import (
	"math"
	"slices"
	"time"
)

// The minutes before an onset from which what is normal is taken.
const (
	nearMinutes = 15 // plays, shares and durations: a quarter of an hour
	apartBy     = 3  // minutes before the onset that may be of the incident
	leastCalm   = 5  // minutes without which what is normal is not known
	maxBefore   = 8  // onsets that are remembered of all traffic
	maxScoped   = 64 // onsets and scopes that are remembered
)

// before is what was normal before an onset. It is made at the first judgement and
// kept, because the ring forgets.
type before struct {
	onset      int64 // minute
	scope      scope // zero for all traffic
	minutes    int   // that plays are known of
	samples    int   // requests in the sample that plays are known from; of a scope
	plays      float64
	failing    float64 // part of the plays
	gateway    float64
	tries      float64 // requests a granted play
	triesKnown bool
	p95        float64 // seconds
	slow       int     // minutes in a row before the onset with slow answers
	clients    []float64
	events     []float64 // incidents; both by code, for each play or minute
	unit       float64   // plays or minutes that these are from
	byPlay     bool
	sample     []Witness
	habit      [numSlots][]Witness
}

// normal returns what was normal before the minute of an onset, in a scope.
func (b *Book) normal(onset int64, at *scope) *before {
	key, most := scope{}, maxBefore
	if at != nil {
		key, most = *at, maxScoped
	}
	same := 0
	for _, known := range b.befores {
		if known.onset == onset && known.scope == key {
			return known
		}
		if (known.scope == scope{}) == (at == nil) {
			same++
		}
	}
	n := b.measureBefore(onset, at)
	if n.scope = key; same == most {
		oldest := slices.IndexFunc(b.befores, func(o *before) bool { return (o.scope == scope{}) == (at == nil) })
		b.befores = slices.Delete(b.befores, oldest, oldest+1)
	}
	b.befores = append(b.befores, n)
	return n
}

// measureBefore makes what was normal before the minute of an onset.
func (b *Book) measureBefore(onset int64, at *scope) *before {
	n := &before{onset: onset, clients: make([]float64, len(b.codes)), events: make([]float64, len(b.codes))}
	hour := b.calm(onset-keptMinutes, onset-apartBy-1)
	quarter := hour[max(len(hour)-nearMinutes, 0):]
	near := sum(quarter, at)
	n.minutes = len(quarter)
	n.samples = near.samples
	n.tries = near.tries.each()
	n.p95 = near.durations.p95()
	if plays := near.plays(); plays > 0 {
		n.plays = plays / float64(n.minutes)
		n.failing, n.gateway = near.failed/plays, near.unanswered/plays
	}
	for _, m := range hour {
		n.sample = append(n.sample, at.of(m.sample.kept)...)
		for i := range m.slots {
			if len(n.habit[i]) < usualSize {
				n.habit[i] = append(n.habit[i], at.of(m.slots[i].kept)...)
			}
		}
	}
	all := sum(hour, at)
	n.triesKnown = all.tries.seen >= leastTries
	n.rates(all, float64(max(len(hour), 1)))
	if at != nil {
		n.scoped(b.normal(onset, nil))
	}
	for i := range n.habit {
		n.habit[i] = append(n.habit[i], at.of(b.usual[i])...)
	}
	b.slowBefore(n, at)
	return n
}

// calm returns the minutes from first to last since the book began, without those of
// alerts where enough others are left: what is normal is not learnt from an outage. A
// minute without anything counts, too.
func (b *Book) calm(first, last int64) []*minute {
	var all, calm []*minute
	for at := max(first, b.newest-keptMinutes+1, b.started/int64(time.Minute)); at <= min(last, b.newest); at++ {
		m := &b.minutes[at%keptMinutes]
		if m.at != at {
			m = &minute{at: at}
		}
		if all = append(all, m); !m.alert {
			calm = append(calm, m)
		}
	}
	if len(calm) < leastCalm {
		return all
	}
	return calm
}

// rates sets how often each code occurs for each play, or minute where no request is
// logged.
func (n *before) rates(all sums, minutes float64) {
	unit := all.plays()
	if n.byPlay = all.granted > 0; !n.byPlay {
		unit = minutes
	}
	n.unit = unit
	for i := range all.codes {
		if unit > 0 {
			n.clients[i], n.events[i] = all.codes[i].clients/unit, all.codes[i].incidents/unit
		}
	}
}

// most returns how often a code may occur, of the rate that was measured: a standard
// deviation more.
func (n *before) most(rate float64) float64 {
	if n.unit <= 0 {
		return rate
	}
	k := rate * n.unit
	return (k + math.Sqrt(k+1)) / n.unit
}

// scoped adds to the rates of a scope one occurrence of each code at the rate of all
// traffic: the few failures of a small tenant do not show what is rare there.
func (n *before) scoped(all *before) {
	if n.byPlay != all.byPlay {
		return
	}
	one := func(rate, everywhere float64) float64 {
		if everywhere == 0 {
			return rate
		}
		return (rate*n.unit + 1) / (n.unit + 1/everywhere)
	}
	for i := range n.clients {
		n.clients[i], n.events[i] = one(n.clients[i], of(all.clients, i)), one(n.events[i], of(all.events, i))
	}
}

// slowBefore counts the minutes in a row before the onset with answers of more than
// twice the normal time.
func (b *Book) slowBefore(n *before, in *scope) {
	for at := n.onset - 1; n.p95 > 0 && at > n.onset-nearMinutes-apartBy; at-- {
		minute := sum(b.span(at, at), in)
		if minute.durations.p95() <= 2*n.p95 {
			return
		}
		n.slow++
	}
}

// of returns a rate of a code that may be newer than n.
func of(rates []float64, code int) float64 {
	if code < len(rates) {
		return rates[code]
	}
	return 0
}
