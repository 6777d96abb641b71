package metrics

import (
	"hash/maphash"
	"time"

	"wvwatch/internal/parser"
)

// incidentGap is how far from an incident an event of the same id may be and
// still belong to it.
const incidentGap = 10 * time.Second

const (
	incidentBuckets = 8192 // a power of two
	incidentWays    = 8
)

// incidents joins events into incidents: events with the same correlation id,
// drm and code belong together while none is further than incidentGap from
// the others, whichever source they come from. A client that retries for a
// minute under one id is one incident; it counts for the source that was read
// first.
//
// It remembers 65,536 ids (1.3 MB, taken when the first id is seen) by their
// hash; within a bucket of 8 the first to come gives way. An id that was
// forgotten, or was seen before a restart, begins a new incident; one in five
// hundred million is taken for another.
type incidents struct {
	seed    maphash.Seed
	hashes  []incidentHashes
	seen    [][incidentWays]incidentSpan
	turns   []uint8  // by bucket: the entry that gives way next
	asked   []uint64 // the ids of the events that were fetched
	fetched uint32
}

// incidentHashes are a bucket's ids, each with one code.
type incidentHashes [incidentWays]uint32

// incidentSpan is between which times an id was seen, Unix nanoseconds.
type incidentSpan struct{ first, last int64 }

func newIncidents() incidents { return incidents{seed: maphash.MakeSeed()} }

// fetch prepares for a question about each of the events. A bucket is seldom in
// the processor's cache: asked for without waiting for an answer, many of them
// come at the same time.
func (s *incidents) fetch(events []parser.Event) {
	s.asked = s.asked[:0]
	for i := range events {
		e := &events[i]
		if len(e.CorrelationID) == 0 {
			s.asked = append(s.asked, 0)
			continue
		}
		if s.hashes == nil {
			s.hashes = make([]incidentHashes, incidentBuckets)
			s.seen, s.turns = make([][incidentWays]incidentSpan, incidentBuckets), make([]uint8, incidentBuckets)
		}
		h := maphash.Bytes(s.seed, e.CorrelationID) ^ (uint64(known(e.DRM))<<32|uint64(uint32(e.Code)))*0x9E3779B97F4A7C15
		s.asked = append(s.asked, h)
		s.fetched += s.hashes[h%incidentBuckets][0]
	}
}

// begins reports whether event i of those fetched, which happened at time t,
// begins a new incident. An event without an id always does.
func (s *incidents) begins(i int, t int64) bool {
	h := s.asked[i]
	if h == 0 {
		return true
	}
	at, hash := h%incidentBuckets, uint32(h>>32)
	for k, known := range &s.hashes[at] {
		if known != hash {
			continue
		}
		if in := &s.seen[at][k]; t >= in.first-int64(incidentGap) && t <= in.last+int64(incidentGap) {
			in.first, in.last = min(in.first, t), max(in.last, t)
			return false
		}
	}
	turn := s.turns[at] % incidentWays
	s.turns[at] = turn + 1
	s.hashes[at][turn], s.seen[at][turn] = hash, incidentSpan{t, t}
	return true
}
