package blame

import (
	"cmp"
	"math"
	"slices"
	"time"

	"wvwatch/internal/codes"
)

// Question is what a verdict is asked for.
type Question struct {
	Alert, By string
	Matches   func(codes.Entry) bool // the codes of the alert's rule; nil for all
	Onset     time.Time              // in the zone of the sentence
	Now       time.Time
	Catalogue *codes.Catalogue
}

// rising is a code that rose.
type rising struct {
	number  uint16
	entry   codes.Entry
	clients float64 // since the onset
	normal  float64 // of so many plays
	own     bool    // the alert's rule counts it
}

func (r *rising) rise() float64 { return r.clients - r.normal }

// Thresholds of a code that rose.
const (
	leastRise  = 6
	timesRise  = 1.8
	natsRise   = 8
	partOfRise = .08
)

// rose reports whether n of an expected number is a rise.
func rose(n, expected float64) bool {
	e := max(expected, .5)
	return n-expected >= leastRise && n >= timesRise*expected && n*math.Log(n/e)-(n-e) >= natsRise
}

// signals are what the rules of the verdict go by.
type signals struct {
	Question
	before    *before
	known     bool    // what was normal before
	minutes   float64 // since the onset, at most an hour
	plays     float64
	expected  float64 // plays
	failing   float64 // part of the plays
	gateway   float64 // likewise
	tries     float64 // requests a play
	usual     float64 // requests a play before the onset
	p95       float64 // seconds
	incidents uint64  // of the codes that rose
	clients   uint64  // that failed
	rising    []rising
	busiest   float64 // part of the incidents that the busiest client has
	lonely    *rising // the code that one client repeats
	silent    Value   // host
	silentFor float64 // plays that it should have had, in the sample
	finding   Finding
	boundary  bool // the onset is at midnight
	turn      bool // and a month begins
	started   time.Time
}

// measureSignals reads the book for a question.
func (b *Book) measureSignals(q Question) *signals {
	onset := q.Onset.UnixNano() / int64(time.Minute)
	n := b.normal(onset)
	s := &signals{Question: q, before: n, known: n.minutes >= 5 && n.plays > 0, started: time.Unix(0, b.started)}
	first := max(onset, b.newest-keptMinutes+1)
	s.minutes = max(q.Now.Sub(time.Unix(0, first*int64(time.Minute))).Minutes(), 1./6)
	var now sums
	b.each(first, b.newest, now.add)
	s.plays, s.expected = now.plays(), n.plays*s.minutes
	s.tries, s.usual, s.p95, s.clients = now.tries.each(), max(n.tries, 1), now.durations.p95(), now.failed
	if s.plays > 0 {
		s.failing, s.gateway = min(float64(now.failed)/s.plays, 1), min(float64(now.unanswered)/s.plays, 1)
	}
	b.findRising(s, &now)
	b.findBusiest(s, &now, first)
	s.finding = b.findContributors(s, first)
	b.findSilent(s, first)
	day := q.Onset.Add(10 * time.Minute)
	s.boundary = day.Hour() == 0 || day.Hour() == 1 && day.Minute() < 10
	s.turn = s.boundary && day.Day() == 1
	return s
}

// findRising finds the codes that rose, those with the most of the rise first.
func (b *Book) findRising(s *signals, now *sums) {
	unit := s.plays
	if !s.before.byPlay {
		unit = s.minutes
	}
	if !s.known && s.before.minutes < 5 && s.Alert == "" {
		return // no alert fired, and what is normal is not known
	}
	all := 0.
	for i := int(gatewayCode) + 1; i < len(now.codes); i++ {
		c := b.codes[i]
		r := rising{number: uint16(i), clients: float64(now.codes[i].clients), normal: of(s.before.clients, i) * unit}
		if !rose(r.clients, r.normal) || i == int(furtherCodes) {
			continue
		}
		r.entry = s.Catalogue.Resolve(c.drm, c.code)
		r.own = s.Matches == nil || s.Matches(r.entry)
		all += r.rise()
		s.rising = append(s.rising, r)
	}
	s.rising = slices.DeleteFunc(s.rising, func(r rising) bool { return r.rise() < partOfRise*all })
	slices.SortFunc(s.rising, func(x, y rising) int {
		return cmp.Or(cmp.Compare(y.rise(), x.rise()), cmp.Compare(x.number, y.number))
	})
	// The alert's own codes come first, and are all where they rose.
	if own := slices.DeleteFunc(slices.Clone(s.rising), func(r rising) bool { return !r.own }); len(own) > 0 && !refusals(s.rising) {
		s.rising = own
	}
	for _, r := range s.rising {
		s.incidents += now.codes[r.number].incidents
	}
}

// findBusiest finds a code with incidents that rose by one client.
func (b *Book) findBusiest(s *signals, now *sums, first int64) {
	unit := s.plays
	if !s.before.byPlay {
		unit = s.minutes
	}
	for i := int(furtherCodes) + 1; i < len(now.codes); i++ {
		c := b.codes[i]
		e := s.Catalogue.Resolve(c.drm, c.code)
		n, normal := float64(now.codes[i].incidents), of(s.before.events, i)*unit
		if !s.known || !rose(n, normal) || s.Matches != nil && !s.Matches(e) {
			continue
		}
		by := make(map[uint32]uint64)
		b.each(first, b.newest, func(m *minute) {
			for _, d := range m.busy[c.slot] {
				if d.client != 0 {
					by[d.client] += uint64(d.incidents)
				}
			}
		})
		most := uint64(0)
		for _, k := range by {
			most = max(most, k)
		}
		if share := min(float64(most)/n, 1); share > s.busiest {
			s.busiest = share
			s.lonely = &rising{number: uint16(i), entry: e, clients: float64(now.codes[i].clients), normal: normal, own: true}
			if len(s.rising) == 0 {
				s.incidents = now.codes[i].incidents
			}
		}
	}
}

// findContributors finds who carries the rise: of the codes that rose, or of plays
// without an answer.
func (b *Book) findContributors(s *signals, first int64) Finding {
	wanted, clients, normal := make(map[uint16]bool), 0., 0.
	for _, r := range s.rising {
		wanted[r.number] = true
		clients += r.clients
		normal += r.normal
	}
	if s.gatewayRose() {
		clear(wanted)
		wanted[gatewayCode] = true
		clients, normal = s.gateway*s.plays, s.before.gateway*s.plays
	}
	return b.contributors(s.before, first, b.newest, func(code uint16) bool { return wanted[code] }, clients, normal)
}

// contributors compares the clients that failed with some codes with the requests.
func (b *Book) contributors(n *before, first, last int64, wanted func(uint16) bool, clients, normal float64) Finding {
	r := Rise{Before: n.sample}
	for i := range b.dimensions {
		r.Dimensions = append(r.Dimensions, b.dimensions[i].name)
	}
	seen := make(map[uint32]bool)
	b.each(first, last, func(m *minute) {
		for i := range m.slots {
			for _, w := range m.slots[i].kept {
				if !wanted(w.Code) || w.Client != 0 && seen[w.Client] {
					continue
				}
				seen[w.Client] = true
				r.Witnesses = append(r.Witnesses, w)
			}
		}
	})
	// The requests of the first minute may be from before the onset.
	b.each(first+1, last, func(m *minute) { r.Now = append(r.Now, m.sample.kept...) })
	for i := range n.habit {
		for _, w := range n.habit[i] {
			if wanted(w.Code) {
				r.Habit = append(r.Habit, w)
			}
		}
	}
	r.Normal = normal
	if k := float64(len(r.Witnesses)); clients > k { // the witnesses are a sample
		r.Normal *= k / clients
	}
	f := Find(r)
	for i := range f.Named {
		p := &f.Named[i]
		p.first = b.dimensions[p.Dimension].list[p.Value].first
	}
	return f
}

// findSilent finds a host without a request since the onset that should have had 20 of
// the sample.
func (b *Book) findSilent(s *signals, first int64) {
	for d := range b.dimensions {
		if name := b.dimensions[d].name; !slices.Contains(hostDimensions, name) {
			continue
		}
		before, now, all := make(map[uint16]int), make(map[uint16]int), 0
		for i := range s.before.sample {
			before[s.before.sample[i].Places[d]]++
		}
		b.each(first+1, b.newest, func(m *minute) {
			for i := range m.sample.kept {
				now[m.sample.kept[i].Places[d]]++
				all++
			}
		})
		for v, k := range before {
			expected := float64(k) / float64(len(s.before.sample)) * float64(all)
			if v >= firstPlace && now[v] == 0 && expected >= 20 && expected > s.silentFor {
				s.silent, s.silentFor = Value{b.dimensions[d].name, shown(b.dimensions[d].text(v))}, expected
			}
		}
	}
}

// gatewayRose reports whether plays without an answer are far more than normal.
func (s *signals) gatewayRose() bool {
	return s.gateway >= .05 && s.gateway >= 4*s.before.gateway && s.gateway*s.plays >= leastRise
}

// fewerPlays is the evidence that fewer plays came than expected, in nats.
func (s *signals) fewerPlays() float64 {
	if s.plays >= s.expected {
		return 0
	}
	n := max(s.plays, .5)
	return n*math.Log(n/s.expected) - (n - s.expected)
}

// slow reports whether answers take much longer than normal.
func (s *signals) slow(times float64) bool {
	return s.before.p95 > 0 && s.p95 > times*s.before.p95 && s.p95 > s.before.p95+.05
}

// timesPlays is how many times the expected plays there are.
func (s *signals) timesPlays() float64 {
	if s.expected <= 0 {
		return 1
	}
	return s.plays / s.expected
}

// timesFailing is how many times the normal part of plays fails.
func (s *signals) timesFailing() float64 {
	if s.before.failing <= 0 {
		return 1 + s.failing*s.plays/leastRise
	}
	return s.failing / s.before.failing
}
