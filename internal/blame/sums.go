package blame

// sums are what happened in several minutes, in all or at one place; there they are
// estimates from the samples.
type sums struct {
	requests, granted, failed, unanswered float64
	samples                               int // requests that these are known from, at a place
	tries                                 tries
	durations                             durations
	codes                                 []codeSum // by number of the code
}

// codeSum is of one code. seen are the clients that it is known from.
type codeSum struct{ clients, incidents, seen float64 }

// part is that of the clients that were seen.
func (s codeSum) part() float64 {
	if s.clients == 0 {
		return 1
	}
	return s.seen / s.clients
}

// plays are granted plays and clients that failed.
func (s *sums) plays() float64 { return s.granted/s.tries.each() + s.failed }

func (s *sums) code(n int) *codeSum {
	for len(s.codes) <= n {
		s.codes = append(s.codes, codeSum{})
	}
	return &s.codes[n]
}

func (s *sums) add(m *minute) {
	s.requests += float64(m.requests)
	s.granted += float64(m.granted)
	s.failed += float64(m.failed)
	s.unanswered += float64(m.unanswered)
	s.tries.merge(m.tries)
	s.durations.merge(&m.durations)
	for i, c := range m.codes {
		of := s.code(i)
		of.clients += float64(c.clients)
		of.seen += float64(c.clients)
		of.incidents += float64(c.incidents)
	}
}

// scope is a value of a dimension whose traffic is judged; nil is all traffic.
type scope struct {
	dimension int
	value     uint16
}

func (p *scope) holds(w *Witness) bool { return p == nil || w.Places[p.dimension] == p.value }

// of returns the witnesses in the scope.
func (p *scope) of(list []Witness) []Witness {
	if p == nil {
		return list
	}
	var at []Witness
	for i := range list {
		if p.holds(&list[i]) {
			at = append(at, list[i])
		}
	}
	return at
}

// sum adds up minutes in a scope.
func sum(minutes []*minute, at *scope) sums {
	var all sums
	for _, m := range minutes {
		all.add(m)
	}
	if at == nil {
		return all
	}
	part := sums{tries: all.tries}
	type failure struct {
		client uint32
		slot   int // -1 for all
	}
	counted := make(map[failure]int64) // when, minutes; a client counts again after ten
	counts := func(client uint32, slot int, now int64) bool {
		key := failure{client, slot}
		was, ok := counted[key]
		if client != 0 && ok && now-was < clientGap {
			return false
		}
		counted[key] = now
		return true
	}
	for _, m := range minutes {
		part.sampled(m, at)
		for slot := range m.slots {
			kept := m.slots[slot].kept
			for i := range kept {
				w := &kept[i]
				if !at.holds(w) {
					continue
				}
				weight := float64(m.slots[slot].seen) / float64(len(kept))
				if counts(w.Client, slot, m.at) {
					c := part.code(int(w.Code))
					c.clients, c.seen = c.clients+weight, c.seen+1
					if slot == gatewaySlot {
						part.unanswered += weight
					}
				}
				if counts(w.Client, -1, m.at) {
					part.failed += weight
				}
			}
		}
	}
	for i := range part.codes {
		if c := all.codes[i]; c.clients > 0 {
			part.codes[i].incidents = part.codes[i].clients * c.incidents / c.clients
		}
	}
	return part
}

// clientGap is after how many minutes a client that fails counts again.
const clientGap = 10

// sampled adds the requests of a minute at a place.
func (s *sums) sampled(m *minute, at *scope) {
	kept := m.sample.kept
	for i := range kept {
		w := &kept[i]
		if !at.holds(w) {
			continue
		}
		weight := float64(m.requests) / float64(len(kept))
		s.samples++
		s.requests += weight
		if w.granted {
			s.granted += weight
		}
		if w.mark > 0 {
			s.durations[w.mark-1]++
		}
	}
}
