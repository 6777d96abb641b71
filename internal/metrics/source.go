package metrics

import (
	"time"

	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// maxUnlisted is how many unlisted codes of one drm a source counts by number;
// the rest is Other.
const maxUnlisted = 100

// sourceCounts holds the counts of a source other than codes and requests.
type sourceCounts struct {
	lines      uint64
	records    uint64
	vetoed     [parser.NumReasons]uint64
	unlisted   [codes.NumDRM]uint64
	outOfRange uint64 // times further ahead of the clock than maxAhead
	late       uint64 // events and requests of steps that had passed

	withoutCode [parser.NumMissing]uint64
	bounded     [parser.NumBounds]uint64
}

// outcomeCount counts the requests of one drm that ended in one way.
type outcomeCount struct {
	count     uint64
	history   history
	durations *durations // nil until a record has the duration of one
}

// requests counts the requests of one drm.
type requests struct {
	outcomes [parser.NumOutcomes]outcomeCount
	created  int64
	exposure exposure

	failed     history // clients that were not granted a licence, by requests and codes
	unanswered history // clients with requests that ended as parser.Gateway
}

// source is the part of the ledger that belongs to one source.
type source struct {
	name    string
	text    []byte   // name, for the values of a dimension
	labels  []string // of its parser
	places  []int    // their dimensions
	active  bool     // configured; the others are kept, but not exported
	created int64
	counts  sourceCounts
	family  uint64 // of all its failures, to see how many different clients it has

	// series begins with one for each catalogue index, for events without
	// labels. The others follow, in the order in which they were
	// created, found by late.
	series   pages
	late     map[seriesKey]int32
	unlisted [codes.NumDRM]map[int32]struct{} // the codes that are counted by number

	requests  [codes.NumDRM]requests
	servers   [codes.NumDRM]server
	days      days
	watermark watermark
	identity  identity

	snapshot *sourceSnapshot // what snapshots see; nil after a change
}

func newSource(name string, listed []*seriesLabels) *source {
	s := &source{
		name: name, text: []byte(name), family: xxhash.Sum64String(name),
		late: make(map[seriesKey]int32), days: newDays(len(listed)),
	}
	for _, id := range listed {
		s.series.add(codeSeries{seriesLabels: id})
	}
	return s
}

// seriesOf returns the series of a code and tuple, which it adds where it is
// missing; fits is false where the code is over the limit and counts as Other.
// The pointer holds until the next call.
func (s *source) seriesOf(cat *codes.Catalogue, l *labels, d codes.DRM, code int, tuple int32, now int64) (c *codeSeries, fits bool) {
	i := cat.Index(d, code)
	if i >= 0 && tuple == noTuple {
		return s.series.own(i), true
	}
	key := seriesKey{codeKey{d, int32(code)}, tuple}
	if i, ok := s.late[key]; ok {
		return s.series.own(int(i)), true
	}
	if i < 0 && code != otherCode && !s.numbered(key.codeKey) {
		c, _ = s.seriesOf(cat, l, d, otherCode, tuple, now)
		return c, false
	}
	if to := l.room(tuple); to != tuple {
		return s.seriesOf(cat, l, d, code, to, now)
	}
	s.late[key] = int32(s.series.n)
	id := &seriesLabels{labels: l.values[tuple]}
	if i >= 0 {
		id.codeLabels = s.series.at(i).codeLabels
	} else {
		id.codeLabels = newCodeLabels(cat.Resolve(d, code), -1)
	}
	return s.series.add(codeSeries{seriesLabels: id, created: now}), true
}

// move adds the series of tuples to those of others. A series that is made for it is
// exported with its count at once: its events are days old, and must not look like
// new ones.
func (s *source) move(cat *codes.Catalogue, l *labels, tuples map[int32]int32, now int64) {
	listed := cat.Len()
	keys := make([]seriesKey, s.series.n)
	moved := false
	for k, i := range s.late {
		keys[i] = k
		_, gone := tuples[k.tuple]
		moved = moved || gone
	}
	if !moved {
		return
	}
	before := s.series
	l.series -= before.n - listed
	s.series, s.late, s.snapshot = pages{}, make(map[seriesKey]int32, len(s.late)), nil
	for i := range listed {
		s.series.add(*before.at(i))
	}
	for i := listed; i < before.n; i++ {
		if _, gone := tuples[keys[i].tuple]; !gone {
			s.late[keys[i]] = int32(s.series.n)
			s.series.add(*before.at(i))
			l.series++
		}
	}
	for i := listed; i < before.n; i++ {
		if to, gone := tuples[keys[i].tuple]; gone {
			k := keys[i]
			c, _ := s.seriesOf(cat, l, k.drm, int(k.code), to, now)
			c.take(before.at(i))
		}
	}
}

// numbered reports whether an unlisted code is counted by its number, as the
// first of a drm are.
func (s *source) numbered(k codeKey) bool {
	known := s.unlisted[k.drm]
	if _, ok := known[k.code]; ok {
		return true
	}
	if len(known) >= maxUnlisted {
		return false
	}
	if known == nil {
		known = make(map[int32]struct{})
		s.unlisted[k.drm] = known
	}
	known[k.code] = struct{}{}
	return true
}

// born notes when the series began to exist, and reports whether that is now.
func (r *requests) born(now int64) bool {
	if r.created != 0 {
		return false
	}
	r.created = now
	return true
}

// count adds one licence request that ended with o at time t, and took so long
// where that is known.
func (r *requests) count(o parser.Outcome, t, now, unjudged int64, took time.Duration) {
	a := &r.outcomes[o]
	a.count++
	if at, read := stepOf(t), stepOf(now); at == unjudged {
		a.history.add(at, read, counts{occurrences: 1, clients: 1})
	} else {
		a.history.add(at, read, counts{occurrences: 1})
		a.history.add(unjudged, read, counts{clients: 1})
	}
	if took > 0 {
		a.durations = a.durations.observe(took)
	}
}

// begin notes when the source's series began to exist.
func (s *source) begin(now int64) {
	if s.created == 0 {
		s.created = now
		s.snapshot = nil
	}
}

// when returns the time at which something happened: now where the record has
// no time, or an impossible one.
func (s *source) when(t, now int64) int64 {
	switch {
	case t == 0:
		return now
	case t > now+int64(maxAhead) || t < earliest:
		s.counts.outOfRange++
		return now
	}
	return t
}
