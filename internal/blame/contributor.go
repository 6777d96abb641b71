package blame

import (
	"cmp"
	"math"
	"slices"
)

// Thresholds of the search for contributors.
const (
	leastWitnesses = 10  // fewer are no evidence
	leastRequests  = 200 // requests without which the traffic is unknown
	leastNow       = 50  // requests since the onset that show where the traffic is now
	leastInside    = 30  // requests inside a value without which no second one is looked for
	leastNats      = 4
	fewNats        = 6 // with fewer than enough witnesses
	enough         = 20
	leastShare     = .5
	leastDrill     = .85
	mostFair       = .995
	mostNamed      = .95 // a value with more of the traffic is nearly all there is
	maxSet         = 3
	sureNats       = 10
	equalNats      = 2 // within which the preferred dimension is taken
)

// Rise is what a search for contributors goes by. The witnesses are a sample of the
// clients that failed since the onset, one of each client.
type Rise struct {
	Dimensions []string
	Witnesses  []Witness
	Normal     float64   // of the witnesses, how many would be there without the rise
	Habit      []Witness // of the same codes, from before the onset
	Before     []Witness // requests from before the onset
	Now        []Witness // requests since the onset
}

// Place is one value of a dimension, with its share of the rise.
type Place struct {
	Dimension int
	Value     uint16
	Share     float64 // of the rise, 0 to 1
	Usual     float64 // of the traffic before the onset, 0 to 1
	nats      float64
	rest      float64
	fair      float64
	calm      bool  // the others fail about as often as is normal
	usual     bool  // the others fail as often as is normal, and not a part of the rise
	few       bool  // of the rise's witnesses
	first     int64 // when the value was first seen, Unix nanoseconds; 0 where it is not known
}

// Finding is who carries a rise. Named is empty where no value carries it.
type Finding struct {
	Known     bool // there was enough traffic to compare with
	Named     []Place
	Set       bool    // Named are two or three values of one dimension, otherwise they hold together
	Share     float64 // of the rise, of all of Named
	Usual     float64 // of the traffic
	Others    bool    // the others fail as often as is normal
	Nats      float64 // evidence
	Witnesses int
	Bars      []Bars
	names     []string // of the dimensions
}

// Bars are the values of one dimension with the largest shares of the rise.
type Bars struct {
	Dimension int
	Values    int // of the witnesses and requests
	Alike     bool
	Top       []Place
}

// counts of one dimension, by value.
type counts struct {
	rise, habit, before, now     map[uint16]int
	riseN, habitN, beforeN, nowN int // with any value
}

func countPlaces(r *Rise, d int) counts {
	by := func(ws []Witness) (m map[uint16]int, n int) {
		m = make(map[uint16]int)
		for i := range ws {
			if v := ws[i].Places[d]; v != noPlace {
				m[v]++
				n++
			}
		}
		return m, n
	}
	var c counts
	c.rise, c.riseN = by(r.Witnesses)
	c.habit, c.habitN = by(r.Habit)
	c.before, c.beforeN = by(r.Before)
	c.now, c.nowN = by(r.Now)
	return c
}

// Find searches for the values that carry the rise: one, two or three of one
// dimension, or one inside another. It is a pure function.
func Find(r Rise) Finding {
	f := Finding{Witnesses: len(r.Witnesses), names: r.Dimensions}
	tables := make([]counts, len(r.Dimensions))
	for d := range r.Dimensions {
		tables[d] = countPlaces(&r, d)
		f.Known = f.Known || tables[d].beforeN+tables[d].nowN >= leastRequests
	}
	if len(r.Witnesses) < leastWitnesses || float64(len(r.Witnesses)) <= r.Normal || !f.Known {
		f.Bars = bars(r, tables, nil)
		return f
	}
	one, ok := best(r, tables, leastShare)
	if set, better := bestSet(r, tables, one, ok); better {
		f.Named, f.Set = set.places, true
		f.take(set.Place)
	} else if ok {
		f.Named = []Place{one}
		f.take(one)
		if inner, found := drill(r, one); found {
			f.Named = append(f.Named, inner)
			f.Share *= inner.Share
			f.Usual = both(r.Before, one, inner)
		}
		slices.SortStableFunc(f.Named, func(a, b Place) int {
			return cmp.Compare(preference(r.Dimensions[a.Dimension]), preference(r.Dimensions[b.Dimension]))
		})
	}
	f.Bars = bars(r, tables, f.Named)
	return f
}

func (f *Finding) take(p Place) {
	f.Share, f.Usual, f.Others, f.Nats = p.Share, p.Usual, p.usual, p.nats
}

// measure compares the part of the rise at some values with what their traffic and
// habit explain. x, habit, before and now count them together.
func measure(r Rise, c *counts, x, habit, before, now int) (p Place) {
	n := float64(c.riseN)
	if n == 0 {
		return p
	}
	normal := min(r.Normal*n/float64(len(r.Witnesses)), n) // of the witnesses with a value
	q := part(before, c.beforeN)
	if c.nowN >= leastNow || c.beforeN == 0 {
		q = max(q, part(now, c.nowN))
	}
	u := (float64(habit) + 10*q) / (float64(c.habitN) + 10)
	fair := min(max(q, u), mostFair)
	p.fair = fair
	if n <= normal {
		return p
	}
	p.Share = min(max((float64(x)-normal*u)/(n-normal), 0), 1)
	p.rest = (1 - p.Share) / (1 - fair)
	if c.beforeN > 0 {
		p.Usual = float64(before) / float64(c.beforeN)
	}
	above := min(u+math.Sqrt(u*(1-u)/(float64(c.habitN)+10)), 1) // a standard deviation, as q has
	expected := (normal*above + (n-normal)*fair) / n
	if at := float64(x) / n; at > expected {
		p.nats = n*divergence(at, expected) - math.Log(2*float64(len(r.Dimensions)))
	}
	others := normal * (1 - u)
	p.calm = n-float64(x) <= 1.2*others+2*math.Sqrt(others)+2
	p.usual = p.rest <= .1 || p.rest <= .25 && n-float64(x) <= others+1.5*math.Sqrt(others)+1
	p.few = n < enough
	return p
}

// part estimates k of m from above: a standard deviation over the mean.
func part(k, m int) float64 {
	p := (float64(k) + .5) / (float64(m) + 1)
	return min(p+math.Sqrt(p*(1-min(p, 1))/(float64(m)+1)), 1)
}

// divergence is Kullback's, of two probabilities, in nats.
func divergence(p, q float64) float64 {
	d := 0.
	if p > 0 {
		d += p * math.Log(p/q)
	}
	if p < 1 {
		d += (1 - p) * math.Log((1-p)/(1-q))
	}
	return d
}

// stands reports whether a value carries the rise.
func (p *Place) stands(c *counts, least float64) bool {
	if p.fair > mostNamed || p.few && p.nats < fewNats {
		return false
	}
	return p.Share >= least && p.nats >= leastNats && (p.rest <= .5 && p.calm || p.rest <= .25 && c.nowN >= leastNow)
}

// best returns the value that carries the rise with the most evidence. Where
// several do, as an app and its platform, it is that of the preferred dimension.
func best(r Rise, tables []counts, least float64) (found Place, ok bool) {
	for d := range tables {
		c := &tables[d]
		if c.beforeN+c.nowN < leastInside {
			continue
		}
		for v, x := range c.rise {
			if v < firstPlace {
				continue
			}
			p := measure(r, c, x, c.habit[v], c.before[v], c.now[v])
			p.Dimension, p.Value = d, v
			if p.stands(c, least) && (!ok || p.before(found, r.Dimensions)) {
				found, ok = p, true
			}
		}
	}
	return found, ok
}

// before reports whether p is to be named rather than o.
func (p Place) before(o Place, names []string) bool {
	if math.Abs(p.nats-o.nats) > equalNats {
		return p.nats > o.nats
	}
	if a, b := preference(names[p.Dimension]), preference(names[o.Dimension]); a != b {
		return a < b
	}
	return p.nats > o.nats || p.nats == o.nats && p.Value < o.Value
}

// set is two or three values of one dimension, measured together.
type set struct {
	Place
	places []Place
}

// bestSet returns two or three values of one dimension that together explain more of
// the rise, with more evidence, than one.
func bestSet(r Rise, tables []counts, one Place, named bool) (found set, better bool) {
	for d := range tables {
		c := &tables[d]
		if c.beforeN+c.nowN < leastRequests {
			continue
		}
		var candidates []Place
		for v, x := range c.rise {
			p := measure(r, c, x, c.habit[v], c.before[v], c.now[v])
			if p.Dimension, p.Value = d, v; v >= firstPlace && p.Share >= .15 && p.Share >= 2*p.fair {
				candidates = append(candidates, p)
			}
		}
		slices.SortFunc(candidates, func(a, b Place) int {
			return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Value, b.Value))
		})
		for size := 2; size <= min(maxSet, len(candidates)); size++ {
			var x, habit, before, now int
			for _, p := range candidates[:size] {
				v := p.Value
				x, habit, before, now = x+c.rise[v], habit+c.habit[v], before+c.before[v], now+c.now[v]
			}
			s := set{Place: measure(r, c, x, habit, before, now), places: candidates[:size]}
			s.Dimension = d
			s.nats -= choices(len(c.rise), size) // the largest were chosen
			if s.Share >= .8 && s.rest <= .4 && s.stands(c, leastShare) && (!better || s.nats > found.nats) &&
				(!named || s.Share > one.Share && s.nats > one.nats) {
				found, better = s, true
			}
		}
	}
	return found, better
}

// choices returns the logarithm of the number of ways to choose size of n.
func choices(n, size int) (nats float64) {
	for i := range size {
		nats += math.Log(float64(n-i) / float64(i+1))
	}
	return nats
}

// drill looks inside a value for one of another dimension that carries what
// happened there.
func drill(r Rise, in Place) (inner Place, ok bool) {
	at := func(ws []Witness) (list []Witness) {
		for i := range ws {
			if ws[i].Places[in.Dimension] == in.Value {
				list = append(list, ws[i])
			}
		}
		return list
	}
	inside := r
	inside.Witnesses, inside.Habit, inside.Before, inside.Now = at(r.Witnesses), at(r.Habit), at(r.Before), at(r.Now)
	inside.Normal = max(float64(len(inside.Witnesses))-in.Share*(float64(len(r.Witnesses))-r.Normal), 0)
	if len(inside.Witnesses) < leastWitnesses || len(inside.Before)+len(inside.Now) < leastInside {
		return inner, false
	}
	tables := make([]counts, len(r.Dimensions))
	for d := range tables {
		if d != in.Dimension {
			tables[d] = countPlaces(&inside, d)
		}
	}
	return best(inside, tables, leastDrill)
}

// both returns the part of the requests that are at both values.
func both(ws []Witness, a, b Place) float64 {
	n := 0
	for i := range ws {
		if ws[i].Places[a.Dimension] == a.Value && ws[i].Places[b.Dimension] == b.Value {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(ws))
}

// maxBars bounds the values of one dimension in a finding.
const maxBars = 5

// bars returns the largest values of each dimension that has two.
func bars(r Rise, tables []counts, named []Place) (all []Bars) {
	for d := range tables {
		c := &tables[d]
		met := make(map[uint16]bool)
		for _, m := range []map[uint16]int{c.rise, c.before, c.now} {
			for v := range m {
				met[v] = true
			}
		}
		b := Bars{Dimension: d, Values: len(met), Alike: c.beforeN+c.nowN >= leastRequests}
		for v, x := range c.rise {
			p := measure(r, c, x, c.habit[v], c.before[v], c.now[v])
			p.Dimension, p.Value = d, v
			if c.riseN > 0 && float64(c.riseN) <= r.Normal {
				p.Share = float64(x) / float64(c.riseN)
			}
			if p.Share > 0 {
				b.Top = append(b.Top, p)
			}
			b.Alike = b.Alike && !(p.nats >= leastNats && p.rest <= .75)
		}
		slices.SortFunc(b.Top, func(a, b Place) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Value, b.Value)) })
		b.Top = b.Top[:min(len(b.Top), maxBars)]
		if slices.ContainsFunc(named, func(p Place) bool { return p.Dimension == d }) {
			b.Alike = false
		}
		if b.Values > 1 {
			all = append(all, b)
		}
	}
	return all
}
