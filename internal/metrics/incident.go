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

// incident is one id with one code, and the times between which it was seen.
type incident struct {
	hash        uint64
	first, last int64 // Unix nanoseconds
}

// incidents joins events into incidents: events with the same correlation id,
// drm and code belong together while none lies further than incidentGap from
// the others, whichever source they come from. A client that retries for a
// minute under one id is one incident; it counts for the source that was read
// first.
//
// It remembers 65,536 ids (1.5 MB, taken when the first id is seen) by their
// hash; within a bucket of 8 the oldest gives way. An id that was forgotten, or
// was seen before a restart, begins a new incident.
type incidents struct {
	seed    maphash.Seed
	buckets [][incidentWays]incident
}

func newIncidents() incidents { return incidents{seed: maphash.MakeSeed()} }

// begins reports whether an event at time t begins a new incident. An event
// without an id always does.
func (s *incidents) begins(id []byte, d codes.DRM, code int, t int64) bool {
	if len(id) == 0 {
		return true
	}
	if s.buckets == nil {
		s.buckets = make([][incidentWays]incident, incidentBuckets)
	}
	h := maphash.Bytes(s.seed, id) ^ (uint64(d)<<32|uint64(uint32(code)))*0x9E3779B97F4A7C15
	bucket := &s.buckets[h%incidentBuckets]
	oldest := &bucket[0]
	for i := range bucket {
		in := &bucket[i]
		if in.hash == h && t >= in.first-int64(incidentGap) && t <= in.last+int64(incidentGap) {
			in.first, in.last = min(in.first, t), max(in.last, t)
			return false
		}
		if in.last < oldest.last {
			oldest = in
		}
	}
	*oldest = incident{h, t, t}
	return true
}
