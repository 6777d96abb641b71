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
	Dimension string                 // of which By is a value: its traffic is judged; "" for all traffic
	Matches   func(codes.Entry) bool // the codes of the alert's rule; nil for all
	Onset     time.Time              // in the zone of the sentence
	Now       time.Time
	Recent    time.Duration // only so long before Now is compared with before the onset; 0 for all since the onset
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

// backMinutes is how long before an onset a collapse may be from which players come back.
const backMinutes = 15

// Thresholds of a code that rose.
const (
	leastRise  = 6
	timesRise  = 1.8
	natsRise   = 8
	partOfRise = .08
)

// rose reports whether n of an expected number is a rise, where a part of them was seen
// and most is as many as may be expected by what little is known.
func rose(n, expected, most, part float64) bool {
	n, expected, most = n*part, expected*part, most*part
	e := max(most, .5)
	return n-expected >= leastRise && n >= timesRise*expected && n > e && n*math.Log(n/e)-(n-e) >= natsRise
}

// signals are what the rules of the verdict go by.
type signals struct {
	Question
	scope       *scope // nil for all traffic
	within      Value  // the scope's
	before      *before
	known       bool  // what was normal before
	counted     bool  // plays are known well enough to compare their number
	first       int64 // minute since the onset, and the last one
	last        int64
	window      []*minute // these, from the onset on
	part        float64   // of the plays that is in the sample they are known from
	minutes     float64   // since the onset, at most an hour
	plays       float64
	expected    float64 // plays
	failing     float64 // part of the plays
	gateway     float64 // likewise
	tries       float64 // requests a play
	usual       float64 // requests a play before the onset
	triesSeen   bool    // often enough to know tries
	triesKnown  bool    // likewise, or the log never showed them
	p95         float64 // seconds
	incidents   uint64  // of the codes that rose
	clients     uint64  // that failed
	rising      []rising
	besides     bool    // codes that are not the alert's rose, too
	busiest     float64 // part of the incidents that the busiest client has
	clientsSeen bool    // failures name their clients
	lonely      *rising // the code that one client repeats
	silent      Value   // host
	silentFor   float64 // plays that it should have had, in the sample
	returning   bool    // players come back from a collapse
	finding     Finding
	own         *Place // of the scope, where only there failures rose
	boundary    bool   // the onset is at midnight
	turn        bool   // and a month begins
	started     time.Time
}

// measureSignals reads the book for a question, in a scope.
func (b *Book) measureSignals(q Question, at *scope) *signals {
	onset := q.Onset.UnixNano() / int64(time.Minute)
	n := b.normal(onset, at)
	s := &signals{Question: q, scope: at, before: n, known: n.minutes >= leastCalm && n.plays > 0, started: time.Unix(0, b.started), part: 1}
	s.first, s.last = max(onset, b.newest-keptMinutes+1), min(q.Now.UnixNano()/int64(time.Minute), b.newest)
	if q.Recent > 0 {
		s.first = max(s.first, q.Now.Add(-q.Recent).UnixNano()/int64(time.Minute))
	}
	s.minutes = max(min(q.Now.Sub(time.Unix(60*s.first, 0)), q.Now.Sub(q.Onset)).Minutes(), 1./6)
	s.window = b.since(q.Onset, s.first, s.last)
	now := sum(s.window, at)
	if q.Recent > 0 { // few minutes hold a part of which tries are counted
		now.tries = sum(b.span(onset, b.newest), nil).tries
	}
	s.triesSeen = now.tries.seen >= leastTries
	s.triesKnown = s.triesSeen || !n.triesKnown
	s.plays, s.expected = now.plays(), n.plays*s.minutes
	s.counted = s.known && n.byPlay
	if at != nil {
		s.within = Value{b.dimensions[at.dimension].name, shown(b.dimensions[at.dimension].text(at.value))}
		s.counted = s.counted && n.samples >= leastInside
		s.part = min(float64(n.samples)/max(n.plays*float64(n.minutes), 1), 1)
	}
	s.tries, s.usual, s.p95, s.clients = now.tries.each(), max(n.tries, 1), now.durations.p95(), uint64(round(now.failed))
	if s.plays > 0 {
		s.failing, s.gateway = min(now.failed/s.plays, 1), min(now.unanswered/s.plays, 1)
	}
	s.clientsSeen = slices.ContainsFunc(s.window, (*minute).namesClients)
	b.findRising(s, &now)
	b.findBusiest(s, &now)
	s.finding = b.findContributors(s)
	b.findOwn(s, &now)
	b.findSilent(s)
	s.returning = s.comesBack(b)
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
	if !s.known && s.before.minutes < leastCalm && s.Alert == "" {
		return // no alert fired, and what is normal is not known
	}
	all := 0.
	for i := int(gatewayCode) + 1; i < len(now.codes); i++ {
		c := b.codes[i]
		r := rising{number: uint16(i), clients: now.codes[i].clients, normal: of(s.before.clients, i) * unit}
		if !rose(r.clients, r.normal, s.before.most(of(s.before.clients, i))*unit, now.codes[i].part()) || i == int(furtherCodes) {
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
	if own := slices.DeleteFunc(slices.Clone(s.rising), func(r rising) bool { return !r.own }); len(own) > 0 && len(own) < len(s.rising) && !refusals(s.rising) {
		s.rising, s.besides = own, true
		s.leaveOut()
	}
	for _, r := range s.rising {
		s.incidents += uint64(round(now.codes[r.number].incidents))
	}
}

// leaveOut takes what rose besides the alert's codes out of what fails.
func (s *signals) leaveOut() {
	clients, rise := 0., 0.
	for _, r := range s.rising {
		clients, rise = clients+r.clients, rise+r.rise()
	}
	s.clients = min(s.clients, uint64(round(clients)))
	if s.plays > 0 {
		s.failing = min(s.failing, s.before.failing+rise/s.plays)
	}
}

// findBusiest finds a code with incidents that rose by one client.
func (b *Book) findBusiest(s *signals, now *sums) {
	unit := s.plays
	if !s.before.byPlay {
		unit = s.minutes
	}
	for i := int(furtherCodes) + 1; i < len(now.codes); i++ {
		c := b.codes[i]
		e := s.Catalogue.Resolve(c.drm, c.code)
		n, normal := now.codes[i].incidents, of(s.before.events, i)*unit
		if !s.known || !rose(n, normal, s.before.most(of(s.before.events, i))*unit, now.codes[i].part()) || s.Matches != nil && !s.Matches(e) {
			continue
		}
		by, here := make(map[uint32]uint64), b.clientsOf(s, c.slot)
		for _, m := range s.window {
			for _, d := range m.busy[c.slot] {
				if d.client != 0 && (here == nil || here[d.client]) {
					by[d.client] += uint64(d.incidents)
				}
			}
		}
		most := uint64(0)
		for _, k := range by {
			most = max(most, k)
		}
		if share := min(float64(most)/n, 1); share > s.busiest {
			s.busiest = share
			s.lonely = &rising{number: uint16(i), entry: e, clients: now.codes[i].clients, normal: normal, own: true}
			if len(s.rising) == 0 {
				s.incidents = uint64(round(now.codes[i].incidents))
			}
		}
	}
}

// findContributors finds who carries the rise: of the codes that rose, or of plays
// without an answer.
func (b *Book) findContributors(s *signals) Finding {
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
	return b.contributors(s.before, s.scope, s.window, func(code uint16) bool { return wanted[code] }, clients, normal)
}

// clientsOf returns the clients in the sample of a slot that failed in a scope; nil for
// all traffic.
func (b *Book) clientsOf(s *signals, slot int) map[uint32]bool {
	if s.scope == nil {
		return nil
	}
	here := make(map[uint32]bool)
	for _, m := range s.window {
		for _, w := range s.scope.of(m.slots[slot].kept) {
			here[w.Client] = true
		}
	}
	return here
}

// contributors compares the clients that failed with some codes with the requests.
func (b *Book) contributors(n *before, at *scope, window []*minute, wanted func(uint16) bool, clients, normal float64) Finding {
	r := Rise{Before: n.sample}
	for i := range b.dimensions {
		r.Dimensions = append(r.Dimensions, b.dimensions[i].name)
	}
	seen := make(map[uint32]bool)
	for _, m := range window {
		for i := range m.slots {
			for _, w := range at.of(m.slots[i].kept) {
				if !wanted(w.Code) || w.Client != 0 && seen[w.Client] {
					continue
				}
				seen[w.Client] = true
				r.Witnesses = append(r.Witnesses, w)
			}
		}
		if m.at > window[0].at { // the requests of the first minute may be from before the onset
			r.Now = append(r.Now, at.of(m.sample.kept)...)
		}
	}
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
func (b *Book) findSilent(s *signals) {
	for d := range b.dimensions {
		if name := b.dimensions[d].name; !slices.Contains(hostDimensions, name) {
			continue
		}
		before, now, all := make(map[uint16]int), make(map[uint16]int), 0
		for i := range s.before.sample {
			before[s.before.sample[i].Places[d]]++
		}
		first := s.first + 1 // which may be from before the onset
		if s.Recent > 0 {
			first = s.first
		}
		b.each(first, s.last, func(m *minute) {
			for _, w := range s.scope.of(m.sample.kept) {
				now[w.Places[d]]++
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

// comesBack reports whether players come back from a collapse: in the time before the
// onset, or since, an alert was on and far fewer plays came than expected.
func (s *signals) comesBack(b *Book) bool {
	few := false
	b.each(s.before.onset-backMinutes, s.last, func(m *minute) {
		at := sums{tries: m.tries}
		at.granted, at.failed = float64(m.granted), float64(m.failed)
		few = few || m.alert && at.plays() < s.before.plays/2
	})
	return s.counted && few
}

// seen reports whether the traffic has several values of one of the dimensions, and
// enough of it is known to compare them.
func (s *signals) seen(dimensions []string) bool {
	return s.finding.Known && slices.ContainsFunc(s.finding.Bars, func(b Bars) bool { return slices.Contains(dimensions, s.finding.names[b.Dimension]) })
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
	n, expected := max(s.plays*s.part, .5), s.expected*s.part
	return n*math.Log(n/expected) - (n - expected)
}

// slow reports whether answers take much longer than normal.
func (s *signals) slow(times float64) bool {
	return s.before.p95 > 0 && s.p95 > times*s.before.p95 && s.p95 > s.before.p95+.05
}

// timesPlays is how many times the expected plays there are.
func (s *signals) timesPlays() float64 {
	if s.expected <= 0 || !s.counted {
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
