package metrics

import (
	"wvwatch/internal/codes"
)

// sourceSnapshot is a source's part of a snapshot. It is immutable, so that snapshots of
// a source that did nothing in between share it.
type sourceSnapshot struct {
	name      string
	created   int64
	counts    sourceCounts
	series    pages
	listed    int // series that are those of the catalogue, the first ones
	requests  [codes.NumDRM]requests
	servers   [codes.NumDRM]server
	days      days
	watermark watermark
	identity  Identity

	fewClients bool
}

// takeSnapshot returns the snapshot of the source; its histories are shared from now on.
func (s *source) takeSnapshot() *sourceSnapshot {
	if s.snapshot != nil {
		return s.snapshot
	}
	for d := range s.requests {
		for o := range s.requests[d].outcomes {
			s.requests[d].outcomes[o].history.shared = true
			s.requests[d].outcomes[o].durations.share()
		}
		s.requests[d].failed.shared, s.requests[d].unanswered.shared = true, true
	}
	s.snapshot = &sourceSnapshot{
		name: s.name, created: s.created, counts: s.counts,
		series: s.series.share(), listed: len(s.days.listed), requests: s.requests, servers: s.servers, days: s.days.share(),
		watermark: s.watermark, identity: s.identity.by(), fewClients: s.identity.diversity.few,
	}
	return s.snapshot
}
