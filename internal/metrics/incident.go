package metrics

import (
	"hash/maphash"
	"time"

	"wvwatch/internal/codes"
)

// incidentGap is how far from an incident an event of the same id may lie and
// still belong to it.
const incidentGap = 10 * time.Second

const (
	incidentBuckets = 8192 // a power of two
	incidentWays    = 8
)

// incidents joins events into incidents: events with the same correlation id,
// drm and code belong together while none lies further than incidentGap from
// the others, whichever source they come from. A client that retries for a
// minute under one id is one incident; it counts for the source that was read
// first.
//
// It remembers 65,536 ids (1.5 MB, taken when the first id is seen) by their
// hash; within a bucket of 8 the first to come gives way. An id that was
// forgotten, or was seen before a restart, begins a new incident.
type incidents struct {
	seed    maphash.Seed
	buckets []incidentBucket
	turns   []uint8 // by bucket: the entry that gives way next
}

// incidentBucket keeps the hashes together: most events ask for no more than
// whether theirs is there.
type incidentBucket struct {
	hash [incidentWays]uint64                      // of one id with one code
	seen [incidentWays]struct{ first, last int64 } // Unix nanoseconds
}

func newIncidents() incidents { return incidents{seed: maphash.MakeSeed()} }

// begins reports whether an event at time t begins a new incident. An event
// without an id always does.
func (s *incidents) begins(id []byte, d codes.DRM, code int, t int64) bool {
	if len(id) == 0 {
		return true
	}
	if s.buckets == nil {
		s.buckets, s.turns = make([]incidentBucket, incidentBuckets), make([]uint8, incidentBuckets)
	}
	h := maphash.Bytes(s.seed, id) ^ (uint64(d)<<32|uint64(uint32(code)))*0x9E3779B97F4A7C15
	at := h % incidentBuckets
	b := &s.buckets[at]
	for i := range b.hash {
		if b.hash[i] != h {
			continue
		}
		if in := &b.seen[i]; t >= in.first-int64(incidentGap) && t <= in.last+int64(incidentGap) {
			in.first, in.last = min(in.first, t), max(in.last, t)
			return false
		}
	}
	turn := s.turns[at] % incidentWays
	s.turns[at] = turn + 1
	b.hash[turn] = h
	b.seen[turn].first, b.seen[turn].last = t, t
	return true
}
