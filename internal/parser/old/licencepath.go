package old

import (
	"bytes"

	"wvwatch/internal/codes"
)

// The paths by which licence servers are known, and requests for licences.

// licencePaths are the path segments of the licence servers.
var licencePaths = [...]struct {
	segment string
	drm     codes.DRM
}{{"wvls", codes.Widevine}, {"prls", codes.PlayReady}, {"fpls", codes.FairPlay}, {"tkls", codes.TVKey}, {"ssm", codes.SSM}}

// renewal is a Widevine licence renewal, which stands on the session server's host.
const renewal = "renewal-license-wv"

// path reads the licence path of which the anchor at t[a] is a part. The host
// does not count, nor does what follows the path.
func (s *scan) path(t []byte, from, a int, at place) int {
	start, assigned := a, -1
	for start > from && inURL(t[start-1]) {
		if start--; t[start] == '=' && assigned < 0 {
			assigned = start
		}
	}
	if assigned >= 0 && (bytes.IndexByte(t[start:assigned], '?') < 0 || bytes.HasPrefix(t[assigned+1:], []byte("http"))) {
		start = assigned + 1 // path=/..., or a beacon's url=https://...
	}
	l, end := s.lookedUp.find(t, start, a, &s.p.format)
	if l.drm == codes.Unknown || at.under == keyStreamURL || bytes.Contains(t[max(from, start-32):start], []byte("serverUrl")) {
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
	s.arena, _ = unescape(s.arena, s.raw, 0)
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
		if end > a && (end == len(t) || t[end] == '?' || !inURL(t[end])) {
			return m, endOfURL(t, end)
		}
	}
	end := endOfURL(t, a)
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

func endOfURL(t []byte, i int) int {
	for i < len(t) && inURL(t[i]) {
		i++
	}
	return i
}

// look reads url, which it keeps a copy of.
func (m *location) look(url []byte, f *format) {
	path := pathOf(url)
	drm, before, named := f.serverOfPath(path)
	if !named && (isMedia(path) || len(url) == len(path) && isFile(path)) {
		drm = codes.Unknown
	}
	*m = location{url: append(m.url[:0], url...), drm: drm, licence: named || isLicenceRequest(path)}
	if isTenant(before) {
		i := bytes.Index(url, before) // wherever it stands, it is the same text
		m.tenant = [2]int{i, i + len(before)}
	}
}

// serverOfPath names the server of a path, by the user's names and by the
// servers' own, the segment before its own, and whether the user named it.
func (f *format) serverOfPath(p []byte) (drm codes.DRM, before []byte, named bool) {
	for i := range f.paths {
		if f.paths[i].matches(p) {
			return f.paths[i].drm, nil, true
		}
	}
	drm, before = serverOfPath(p)
	return drm, before, false
}

// isMedia tells the path of content by its ending.
func isMedia(path []byte) bool {
	switch string(path[bytes.LastIndexByte(path, '.')+1:]) {
	case "mpd", "m3u8", "mp4", "m4s", "m4a", "m4v", "cmfv", "cmfa", "ism", "isml", "Manifest", "vtt", "webm":
		return true
	}
	return false
}

// isFile tells the path of a file, which may hold a server's name, from a URL's.
func isFile(path []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimPrefix(path, []byte{'/'}), []byte{'/'})
	switch string(first) {
	case "var", "srv", "usr", "home", "opt", "etc", "tmp", "mnt", "proc", "run", "root", "Users", "node_modules":
		return true
	}
	last := path[bytes.LastIndexByte(path, '/')+1:]
	if i := bytes.IndexByte(last, ':'); i >= 0 {
		last = last[:i] // of a line
	}
	switch string(last[bytes.LastIndexByte(last, '.')+1:]) {
	case "log", "js", "ts", "mjs", "cjs", "jsx", "tsx", "py", "rb", "go", "java", "kt", "php", "rs", "swift", "so", "jar", "conf", "yaml", "yml":
		return len(last) > 4
	}
	return false
}

// pathOf cuts scheme, host and query off a URL.
func pathOf(url []byte) []byte {
	if i := bytes.IndexByte(url, '?'); i >= 0 {
		url = url[:i]
	}
	if i := bytes.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	if len(url) > 1 && url[0] == '/' && url[1] != '/' {
		return url
	}
	host := -1
	for i := 0; i+1 < len(url); i++ {
		if url[i] == '/' && url[i+1] == '/' { // scheme and host, or host alone
			host = i + 2
			break
		}
		if url[i] == '\\' && i+3 < len(url) && string(url[i:i+4]) == `\/\/` {
			host = i + 4
			break
		}
	}
	if host < 0 {
		return url
	}
	if i := bytes.IndexByte(url[host:], '/'); i >= 0 {
		return url[host+i:]
	}
	return nil
}

// serverOfPath names the server of a path and the segment before its own.
func serverOfPath(p []byte) (drm codes.DRM, before []byte) {
	if bytes.IndexByte(p, renewal[7]) >= 0 && bytes.Contains(p, []byte(renewal)) {
		drm = codes.Widevine
	}
	last := []byte(nil)
	for len(p) > 0 {
		segment := p
		if i := bytes.IndexByte(p, '/'); i >= 0 {
			segment, p = p[:i], p[i+1:]
		} else {
			p = nil
		}
		segment = bytes.TrimSuffix(segment, []byte{'\\'})
		if p != nil && (len(segment) == 4 || len(segment) == 3) { // a server's segment is followed by more
			for _, l := range licencePaths {
				if string(segment) == l.segment {
					if drm == codes.Unknown {
						drm = l.drm
					}
					return drm, last
				}
			}
		}
		last = segment
	}
	return drm, nil
}

// inURL reports whether c may stand in a URL as logs print it; a backslash is
// the escape of a slash.
func inURL(c byte) bool {
	if c < 64 {
		return notInURL0>>c&1 == 0
	}
	return c >= 128 || notInURL64>>(c-64)&1 == 0
}

// The bytes below 64, and from there to 127, that end a URL.
const (
	notInURL0  uint64 = 1<<33 - 1 | 1<<'"' | 1<<'\'' | 1<<'(' | 1<<')' | 1<<'<' | 1<<'>' | 1<<',' | 1<<';'
	notInURL64 uint64 = 1<<('['-64) | 1<<(']'-64) | 1<<('{'-64) | 1<<('}'-64) | 1<<('|'-64) | 1<<('`'-64)
)
