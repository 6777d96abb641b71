package metrics

import (
	"cmp"

	"wvwatch/internal/codes"
)

// server is whether the listed codes of a licence server are exported for a source:
// from the beginning for the servers that it is configured for, and for others once
// anything of theirs was met.
type server struct {
	open    bool
	created int64 // when its series began to exist; 0 for as long as those of the source
	sight   sight
}

// meet exports the codes of a server from now on, and reports whether they were not
// exported before.
func (s *source) meet(d codes.DRM, now int64, since sight) bool {
	if s.servers[d].open {
		return false
	}
	s.servers[d] = server{true, now, since}
	return true
}

// remeet exports the codes of a server of which an earlier run exported something.
func (s *source) remeet(d codes.DRM, created int64, since sight) {
	if !s.meet(d, created, since) {
		s.servers[d].sight = min(s.servers[d].sight, since)
	}
}

// server reports whether series of a server's codes are exported, since which
// publication with their count, and when they began to exist.
func (v *view) server(d codes.DRM) (since sight, created int64, exported bool) {
	s := &v.servers[d]
	return s.sight, cmp.Or(s.created, v.created), s.open
}

// exported is server for the cell i.
func (v *view) exported(i int) (since sight, created int64, exported bool) {
	c := v.cells.at(i)
	if i < v.listed {
		since, created, exported = v.server(c.entry.DRM)
		return since, cmp.Or(c.created, created), exported
	}
	return c.sight, cmp.Or(c.created, v.created), true
}
