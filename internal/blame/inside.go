package blame

import (
	"math"
	"slices"
	"time"
)

// scopeOf returns the scope of a question, nil for all traffic. known is false where the
// value was not met.
func (b *Book) scopeOf(q Question) (at *scope, known bool) {
	d := slices.IndexFunc(b.dimensions, func(v values) bool { return v.name == q.Dimension })
	if d < 0 {
		return nil, true
	}
	v := slices.IndexFunc(b.dimensions[d].list, func(v value) bool { return v.text != "" && shown(v.text) == shown(q.By) })
	if v < 0 {
		return nil, false
	}
	return &scope{d, uint16(v)}, true
}

// findOwn finds whether failures rose only in the scope: the same failures elsewhere are
// as usual.
func (b *Book) findOwn(s *signals, here *sums) {
	if s.scope == nil {
		return
	}
	gateway := s.gatewayRose()
	if !gateway && len(s.rising) == 0 {
		return
	}
	all, before := sum(s.window, nil), b.normal(s.before.onset, nil)
	unit, x, normal, others, othersNormal := all.plays(), 0., 0., 0., 0.
	if !before.byPlay {
		unit = s.minutes
	}
	add := func(clients, usual, everywhere, usualEverywhere float64) {
		x, normal = x+clients, normal+usual
		others, othersNormal = others+max(everywhere-clients, 0), othersNormal+max(usualEverywhere-usual, 0)
	}
	if gateway {
		add(here.unanswered, s.before.gateway*s.plays, all.unanswered, before.gateway*all.plays())
	} else {
		for _, r := range s.rising {
			add(r.clients, r.normal, all.codes[r.number].clients, of(before.clients, int(r.number))*unit)
		}
	}
	if others > 1.2*othersNormal+2*math.Sqrt(othersNormal)+2 {
		return
	}
	list := &b.dimensions[s.scope.dimension].list[s.scope.value]
	s.own = &Place{
		Dimension: s.scope.dimension, Value: s.scope.value, first: list.first,
		Share: (x - normal) / (x - normal + max(others-othersNormal, 0)),
		nats:  x*math.Log(x/max(normal, .5)) - (x - normal),
	}
	if n := len(before.sample); n > 0 {
		s.own.Usual = float64(len(s.scope.of(before.sample))) / float64(n)
	}
}

// insideNats is the evidence that a tenant needs of which the rise does not move the
// total, beyond that of the choice among all tenants and codes.
const insideNats = 10

// findInside returns the tenant in which a code rose that did not rise as a whole; nil for
// none.
func (b *Book) findInside(s *signals) *scope {
	var found *scope
	most := 0.
	for d := range b.dimensions {
		if !s.known || !slices.Contains(tenantDimensions, b.dimensions[d].name) {
			continue
		}
		now, codes := b.countInside(s, d)
		for c := range codes {
			normal := of(s.before.clients, int(c)) * s.plays
			if !s.before.byPlay {
				normal = of(s.before.clients, int(c)) * s.minutes
			}
			habit, habitN := make(map[uint16]int), 0
			for _, list := range s.before.habit {
				for i := range list {
					if list[i].Code == c {
						habit[list[i].Places[d]]++
						habitN++
					}
				}
			}
			traffic := make(map[uint16]int)
			for i := range s.before.sample {
				traffic[s.before.sample[i].Places[d]]++
			}
			for key, n := range now {
				if key.code != c {
					continue
				}
				q := part(traffic[key.value], len(s.before.sample))
				expected := normal * (float64(habit[key.value]) + 10*q) / (float64(habitN) + 10)
				x, e := n.seen, max(expected*n.part(), .5)
				nats := x*math.Log(x/e) - (x - e) - math.Log(float64(len(now)))
				if rose(n.clients, expected, expected, n.part()) && nats > max(most, insideNats) {
					found, most = &scope{d, key.value}, nats
				}
			}
		}
	}
	return found
}

// valueCode is a code at a value of a dimension.
type valueCode struct {
	value, code uint16
}

// countInside counts the clients that failed by value of a dimension and code, each once.
func (b *Book) countInside(s *signals, d int) (counts map[valueCode]codeSum, codes map[uint16]bool) {
	type failure struct {
		client uint32
		code   uint16
	}
	counts, codes = make(map[valueCode]codeSum), make(map[uint16]bool)
	counted := make(map[failure]bool)
	for _, m := range s.window {
		for slot := range m.slots[:gatewaySlot] {
			kept := m.slots[slot].kept
			for i := range kept {
				w := &kept[i]
				key := failure{w.Client, w.Code}
				if w.Places[d] < firstPlace || w.Code <= furtherCodes || w.Client != 0 && counted[key] {
					continue
				}
				counted[key], codes[w.Code] = true, true
				at := valueCode{w.Places[d], w.Code}
				n := counts[at]
				n.clients, n.seen = n.clients+float64(m.slots[slot].seen)/float64(len(kept)), n.seen+1
				counts[at] = n
			}
		}
	}
	return counts, codes
}

// places are the values that the verdict names: of the scope, and inside it.
func (s *signals) places() []Place {
	if s.own == nil {
		return s.finding.Named
	}
	return append([]Place{*s.own}, s.finding.Named...)
}

// fresh reports whether something was first seen so long ago at most, Unix nanoseconds.
// What was seen at the start of the book is not new.
func (s *signals) fresh(first int64, within time.Duration) bool {
	at := time.Unix(0, first)
	return first > 0 && s.Now.Sub(at) < within && at.Sub(s.started) > time.Hour/2
}
