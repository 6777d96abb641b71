package read

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/tape"
)

// The paths by which licence servers are known, and requests for licences.

// pathText reads the licence path of which the anchor at t[a] is a part. The host
// does not count, nor does what follows the path.
func pathText(s *walker, t []byte, from, a int, at place) int {
	start, l, tenant, end := s.urls.again(t, from, a, len(s.options.Paths) == 0)
	if l == nil {
		start = urlStart(t, from, a)
		l, tenant, end = s.urls.find(t, start, a, s.options.Paths)
	}
	if l.drm == codes.Unknown || at.under == fieldnames.StreamURL || isServerURL(t[max(from, start-32):start]) {
		return end
	}
	tok := s.Add(tape.Path)
	tok.DRM = l.drm
	if tenant[1] > 0 {
		tok.Text = t[start+tenant[0] : start+tenant[1]]
	}
	if at.request && l.licence {
		requestAt(s, t, from, start, end, l.drm, at)
	}
	return end
}

// urlStart returns where the URL that holds t[a] begins.
func urlStart(t []byte, from, a int) int {
	start, assigned := a, -1
	for start > from && lex.InURL(t[start-1]) {
		if start--; t[start] == '=' && assigned < 0 {
			assigned = start
		}
	}
	if assigned >= 0 && (bytes.IndexByte(t[start:assigned], '?') < 0 || bytes.HasPrefix(t[assigned+1:], []byte("http"))) {
		return assigned + 1 // path=/..., or a beacon's url=https://...
	}
	return start
}

// isServerURL reports whether what is before a URL names the stream's.
func isServerURL(before []byte) bool {
	return bytes.IndexByte(before, 'U') >= 0 && bytes.Contains(before, []byte("serverUrl"))
}

// EscapedPath returns the tokens of licence paths in raw that have their slashes
// written as \u002F: no anchor is in them. They are borrowed until the next record.
func (s *Reader) EscapedPath(raw []byte) []tape.Token {
	if !bytes.Contains(raw, []byte(`\u002`)) {
		return nil
	}
	first, start := len(s.Tokens), len(s.arena)
	s.arena, _ = lex.Unescape(s.arena, raw, 0)
	t := s.arena[start:len(s.arena):len(s.arena)]
	s.Texts = append(s.Texts, t)
	in := &s.nest[0]
	in.reset(t, s.literals)
	for a := in.next(0); a < len(t); a = in.next(a + 1) {
		if l := in.nearest.row.literal; l[len(l)-1] == '/' {
			pathText(&s.walker, t, 0, a, place{})
		}
	}
	tokens := s.Tokens[first:]
	s.Tokens = s.Tokens[:first]
	return tokens
}

// lookedUp remembers the URLs that were looked up last: a proxy's are few.
type lookedUp struct {
	recent  [16]location
	last    *location
	nowhere location
}

// location is what a URL's path identifies.
type location struct {
	url     []byte // without its query
	drm     codes.DRM
	tenant  [2]int // its range in the URL
	licence bool   // licences are requested there
	anchor  int    // where the anchor is by which it was found; 0: not known
}

// again returns the location of the last URL, and where it begins and ends, if the anchor
// t[a] is at its place in the same URL or in one that differs in a tenant as long; else
// nil.
func (l *lookedUp) again(t []byte, from, a int, varied bool) (start int, m *location, tenant [2]int, end int) {
	m = l.last
	if m == nil || m.anchor == 0 {
		return 0, nil, tenant, 0
	}
	start = a - m.anchor
	if start < from || start > from && lex.InURL(t[start-1]) {
		return 0, nil, tenant, 0
	}
	if tenant, end = m.is(t[start:], m.anchor, varied); end == 0 {
		return 0, nil, tenant, 0
	}
	return start, m, tenant, lex.EndOfURL(t, start+end)
}

// find looks up the URL that begins at t[start] and holds t[a]. It returns where the
// tenant is in the URL, 0 and 0 for none, and where the URL ends.
func (l *lookedUp) find(t []byte, start, a int, paths servers.Paths) (m *location, tenant [2]int, end int) {
	if m := l.last; m != nil {
		if tenant, end := m.is(t[start:], a-start, len(paths) == 0); end > 0 {
			return m, tenant, lex.EndOfURL(t, start+end)
		}
	}
	end = lex.EndOfURL(t, a)
	url := t[start:end]
	if i := bytes.IndexByte(url, '?'); i >= 0 {
		url = url[:i]
	}
	if len(url) == 0 {
		return &l.nowhere, tenant, end
	}
	m = &l.recent[(len(url)+int(url[len(url)/2]))%len(l.recent)]
	if !bytes.Equal(m.url, url) {
		m.look(url, paths)
	}
	if m.anchor = a - start; bytes.IndexByte(t[start:a], '=') >= 0 {
		m.anchor = 0 // it may begin elsewhere, by what is before
	}
	l.last = m
	return m, m.tenant, end
}

// is reports whether t begins with the location's URL, which ends after t[a]: it returns
// where the tenant and the URL end, 0 where it is another. Where varied is true, the
// tenant may be another, too: nothing else depends on it.
func (m *location) is(t []byte, a int, varied bool) (tenant [2]int, end int) {
	if bytes.HasPrefix(t, m.url) {
		tenant, end = m.tenant, len(m.url)
	} else if varied && m.tenant[1] > 0 && bytes.HasPrefix(t, m.url[:m.tenant[0]]) {
		tenant[0], end = m.tenant[0], m.tenant[0]
		for end < len(t) && lex.InName[t[end]] {
			end++
		}
		tenant[1] = end
		behind, name := m.url[m.tenant[1]:], t[tenant[0]:end]
		if a < end || !bytes.HasPrefix(t[end:], behind) || !lex.IsName(name) || servers.IsSegment(name) || lex.IsRoot(name) {
			return tenant, 0
		}
		end += len(behind)
	}
	if end <= a || end < len(t) && t[end] != '?' && lex.InURL(t[end]) {
		return tenant, 0
	}
	return tenant, end
}

// look reads url, which it keeps a copy of.
func (m *location) look(url []byte, paths servers.Paths) {
	path := lex.PathOf(url)
	drm, before, named := paths.Server(path)
	if !named && (lex.IsMedia(path) || len(url) == len(path) && lex.IsFile(path)) {
		drm = codes.Unknown
	}
	*m = location{url: append(m.url[:0], url...), drm: drm, licence: named || servers.IsRequest(path)}
	if lex.IsName(before) {
		i := bytes.Index(url, before) // wherever it is, it is the same text
		m.tenant = [2]int{i, i + len(before)}
	}
}
