package metrics

import (
	"wvwatch/internal/codes"
)

// view is a source's part of a snapshot. It is immutable, so that snapshots of
// a source that did nothing in between share it.
type view struct {
	name     string
	created  int64
	tally    tally
	cells    pages
	listed   int // cells that are those of the catalogue, the first ones
	requests [codes.NumDRM]requests
	servers  [codes.NumDRM]server
	days     days
	water    watermark
	identity Identity

	fewClients bool
}

// look returns the source's view; its histories are shared from now on.
func (s *source) look() *view {
	if s.view != nil {
		return s.view
	}
	for d := range s.requests {
		for o := range s.requests[d].answers {
			s.requests[d].answers[o].history.shared = true
			s.requests[d].answers[o].durations.share()
		}
		s.requests[d].failed.shared, s.requests[d].unanswered.shared = true, true
	}
	s.view = &view{
		name: s.name, created: s.created, tally: s.tally,
		cells: s.cells.share(), listed: len(s.days.listed), requests: s.requests, servers: s.servers, days: s.days.look(),
		water: s.water, identity: s.identity.by(), fewClients: s.identity.crowd.few,
	}
	return s.view
}
