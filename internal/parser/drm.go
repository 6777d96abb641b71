package parser

import (
	"bytes"

	"wvwatch/internal/codes"
)

// Which server a code is from: a licence path on the record, what, the
// component, a text that only one server has, the source's setting. The first
// that speaks decides.

var fairplayWords = words("RCTOTVSDK", "OTVDRMNetworkHandler", "FPS license server", "OPYSDKFPS")

// componentParts are parts of all these words, so that most records are searched
// for few.
var componentParts = words("SSM", "ssm", "OTV", "FPS")

// identify reads what the whole record says of its server.
func (s *scan) identify() {
	switch {
	case !s.has(componentParts):
	case s.has(sessionWords):
		s.component = codes.SSM
	case s.has(fairplayWords):
		s.component = codes.FairPlay
	}
}

// drm decides whose code c is.
func (s *scan) drm(c candidate) codes.DRM {
	switch {
	case c.path != codes.Unknown:
		return c.path
	case s.firstPath != codes.Unknown:
		return s.firstPath
	case c.speaker >= userSaid:
		return codes.DRM(c.speaker - userSaid)
	case c.speaker == sessionServer:
		return codes.SSM
	case c.speaker == licenceServer && s.component == codes.SSM:
		return s.p.format.drm
	case s.component != codes.Unknown:
		return s.component
	}
	for _, u := range s.p.cat.UniqueTexts(c.code) {
		if (u.DRM != codes.SSM || c.speaker != licenceServer) && holdsFold(s.raw, u.Text) {
			return u.DRM
		}
	}
	return s.p.format.drm
}

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
	start, end := a, a
	for start > from && inURL(t[start-1]) {
		start--
	}
	if i := bytes.LastIndexByte(t[start:a], '='); i >= 0 && bytes.IndexByte(t[start:start+i], '?') < 0 {
		start += i + 1 // path=/...
	}
	for end < len(t) && inURL(t[end]) {
		end++
	}
	segments := pathOf(t[start:end])
	drm, before, named := s.p.format.serverOfPath(segments)
	if drm == codes.Unknown || at.under == keyStreamURL {
		return end
	}
	s.paths[drm] = true
	s.lastPath = drm
	if s.firstPath == codes.Unknown {
		s.firstPath = drm
	}
	if s.tenant == nil && isTenant(before) {
		s.tenant = before
	}
	if at.request && (named || isLicenceRequest(segments)) {
		s.requestAt(t, from, start, end, drm, at)
	}
	return end
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
