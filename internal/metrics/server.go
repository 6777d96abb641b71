package metrics

import (
	"cmp"

	"wvwatch/internal/codes"
)

// server is whether the listed codes of a licence server are exported for a source:
// from the beginning for the servers that it is configured for, and for others once
// anything of theirs was met.
type server struct {
	open     bool
	created  int64 // when its series began to exist; 0 for as long as those of the source
	exposure exposure
}

// meet exports the codes of a server from now on, and reports whether they were not
// exported before.
func (s *source) meet(d codes.DRM, now int64, since exposure) bool {
	if s.servers[d].open {
		return false
	}
	s.servers[d] = server{true, now, since}
	return true
}

// remeet exports the codes of a server of which an earlier run exported something.
func (s *source) remeet(d codes.DRM, created int64, since exposure) {
	if !s.meet(d, created, since) {
		s.servers[d].exposure = min(s.servers[d].exposure, since)
	}
}

// server reports whether series of a server's codes are exported, since which
// publication with their count, and when they began to exist.
func (v *sourceSnapshot) server(d codes.DRM) (since exposure, created int64, exported bool) {
	s := &v.servers[d]
	return s.exposure, cmp.Or(s.created, v.created), s.open
}

// exported is the server's for series i.
func (v *sourceSnapshot) exported(i int) (since exposure, created int64, exported bool) {
	c := v.series.at(i)
	if i < v.listed {
		since, created, exported = v.server(c.entry.DRM)
		return since, cmp.Or(c.created, created), exported
	}
	return c.exposure, cmp.Or(c.created, v.created), true
}
