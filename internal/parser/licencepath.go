package parser

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
)

// The paths by which licence servers are known, and requests for licences.

// path reads the licence path of which the anchor at t[a] is a part. The host
// does not count, nor does what follows the path.
func (s *scan) path(t []byte, from, a int, at place) int {
	start, assigned := a, -1
	for start > from && lex.InURL(t[start-1]) {
		if start--; t[start] == '=' && assigned < 0 {
			assigned = start
		}
	}
	if assigned >= 0 && (bytes.IndexByte(t[start:assigned], '?') < 0 || bytes.HasPrefix(t[assigned+1:], []byte("http"))) {
		start = assigned + 1 // path=/..., or a beacon's url=https://...
	}
	l, end := s.lookedUp.find(t, start, a, &s.p.format)
	if l.drm == codes.Unknown || at.under == fieldnames.StreamURL || bytes.Contains(t[max(from, start-32):start], []byte("serverUrl")) {
		return end
	}
	s.paths[l.drm] = true
	s.lastPath = l.drm
	if s.firstPath == codes.Unknown {
		s.firstPath = l.drm
	}
	if s.tenant == nil && l.tenant[1] > 0 {
		s.tenant = t[start+l.tenant[0] : start+l.tenant[1]]
	}
	if at.request && l.licence {
		s.requestAt(t, from, start, end, l.drm, at)
	}
	return end
}

// escapedPath looks for a path whose slashes are escaped as \u002F, in a record
// that shows no other: no anchor can tell of it.
func (s *scan) escapedPath() {
	if s.firstPath != codes.Unknown || !bytes.Contains(s.raw, []byte(`\u002`)) {
		return
	}
	start := len(s.arena)
	s.arena, _ = lex.Unescape(s.arena, s.raw, 0)
	t := s.arena[start:len(s.arena):len(s.arena)]
	in := &s.nest[0]
	in.reset(t, s.p.format.groups)
	for a := in.next(0); a < len(t); a = in.next(a + 1) {
		if l := in.nearest.row.literal; l[len(l)-1] == '/' {
			s.path(t, 0, a, place{})
		}
	}
}

// lookedUp remembers the URLs that were looked up last: a proxy's are few.
type lookedUp struct {
	recent  [16]location
	last    *location
	nowhere location
}

// location is what a URL says by its path.
type location struct {
	url     []byte // without its query
	drm     codes.DRM
	tenant  [2]int // where it stands in the URL
	licence bool   // licences are requested there
}

// find looks up the URL that begins at t[start] and holds t[a], and says where
// it ends.
func (l *lookedUp) find(t []byte, start, a int, f *format) (*location, int) {
	if m := l.last; m != nil && bytes.HasPrefix(t[start:], m.url) {
		end := start + len(m.url)
		if end > a && (end == len(t) || t[end] == '?' || !lex.InURL(t[end])) {
			return m, lex.EndOfURL(t, end)
		}
	}
	end := lex.EndOfURL(t, a)
	url := t[start:end]
	if i := bytes.IndexByte(url, '?'); i >= 0 {
		url = url[:i]
	}
	if len(url) == 0 {
		return &l.nowhere, end
	}
	m := &l.recent[(len(url)+int(url[len(url)/2]))%len(l.recent)]
	if !bytes.Equal(m.url, url) {
		m.look(url, f)
	}
	l.last = m
	return m, end
}

// look reads url, which it keeps a copy of.
func (m *location) look(url []byte, f *format) {
	path := lex.PathOf(url)
	drm, before, named := f.paths.Server(path)
	if !named && (lex.IsMedia(path) || len(url) == len(path) && lex.IsFile(path)) {
		drm = codes.Unknown
	}
	*m = location{url: append(m.url[:0], url...), drm: drm, licence: named || servers.IsRequest(path)}
	if lex.IsName(before) {
		i := bytes.Index(url, before) // wherever it stands, it is the same text
		m.tenant = [2]int{i, i + len(before)}
	}
}
