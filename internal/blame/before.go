package blame

import "time"

// The minutes before an onset from which what is normal is taken.
const (
	playsFrom = 18 // plays, shares and durations: a quarter of an hour
	apartBy   = 3  // minutes before the onset that may be of the incident
	maxBefore = 8  // onsets that are remembered
)

// before is what was normal before an onset. It is made at the first judgement and
// kept, because the ring forgets.
type before struct {
	onset   int64 // minute
	minutes int   // that plays are known of
	plays   float64
	failing float64 // part of the plays
	gateway float64
	tries   float64 // requests a granted play
	p95     float64 // seconds
	slow    int     // minutes in a row before the onset with slow answers
	clients []float64
	events  []float64 // incidents; both by code, for each play or minute
	byPlay  bool
	sample  []Witness
	habit   [numSlots][]Witness
}

// normal returns what was normal before the minute of an onset.
func (b *Book) normal(onset int64) *before {
	for _, known := range b.befores {
		if known.onset == onset {
			return known
		}
	}
	n := &before{onset: onset, clients: make([]float64, len(b.codes)), events: make([]float64, len(b.codes))}
	var near sums
	b.each(onset-playsFrom, onset-apartBy-1, func(m *minute) { near.add(m) })
	n.minutes = int(min(playsFrom-apartBy, onset-apartBy-b.started/int64(time.Minute)))
	n.tries = near.tries.each()
	n.p95 = near.durations.p95()
	if plays := near.plays(); plays > 0 && n.minutes > 0 {
		n.plays = plays / float64(n.minutes)
		n.failing, n.gateway = float64(near.failed)/plays, float64(near.unanswered)/plays
	}
	var all sums
	b.each(onset-keptMinutes, onset-apartBy-1, func(m *minute) {
		all.add(m)
		n.sample = append(n.sample, m.sample.kept...)
		for i := range m.slots {
			if len(n.habit[i]) < usualSize {
				n.habit[i] = append(n.habit[i], m.slots[i].kept...)
			}
		}
	})
	unit := all.plays()
	if n.byPlay = all.granted > 0; !n.byPlay {
		unit = float64(max(onset-apartBy-max(onset-keptMinutes, b.started/int64(time.Minute)), 1))
	}
	for i := range all.codes {
		if unit > 0 {
			n.clients[i], n.events[i] = float64(all.codes[i].clients)/unit, float64(all.codes[i].incidents)/unit
		}
	}
	for i := range n.habit {
		n.habit[i] = append(n.habit[i], b.usual[i]...)
	}
	b.slowBefore(n)
	if len(b.befores) == maxBefore {
		b.befores = append(b.befores[:0], b.befores[1:]...)
	}
	b.befores = append(b.befores, n)
	return n
}

// slowBefore counts the minutes in a row before the onset with answers of more than
// twice the normal time.
func (b *Book) slowBefore(n *before) {
	for at := n.onset - 1; n.p95 > 0 && at > n.onset-playsFrom; at-- {
		slow := false
		b.each(at, at, func(m *minute) { slow = m.durations.p95() > 2*n.p95 })
		if !slow {
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

// sums are of several minutes.
type sums struct {
	requests, granted, failed, unanswered uint64
	tries                                 tries
	durations                             durations
	codes                                 []struct{ clients, incidents uint64 }
}

func (s *sums) add(m *minute) {
	s.requests += uint64(m.requests)
	s.granted += uint64(m.granted)
	s.failed += uint64(m.failed)
	s.unanswered += uint64(m.unanswered)
	s.tries.merge(m.tries)
	s.durations.merge(&m.durations)
	for len(s.codes) < len(m.codes) {
		s.codes = append(s.codes, struct{ clients, incidents uint64 }{})
	}
	for i, c := range m.codes {
		s.codes[i].clients += uint64(c.clients)
		s.codes[i].incidents += uint64(c.incidents)
	}
}

// plays are granted plays and clients that failed.
func (s *sums) plays() float64 { return float64(s.granted)/s.tries.each() + float64(s.failed) }
