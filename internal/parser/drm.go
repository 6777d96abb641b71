package parser

import (
	"bytes"

	"wvwatch/internal/codes"
)

// Which server a code is from: a licence path on the record, what, the
// component, a text that only one server has, the source's setting. The first
// that speaks decides.

var fairplayWords = words("RCTOTVSDK", "OTVDRMNetworkHandler", "FPS license server", "OPYSDKFPS")

// identify reads what the whole record says of its server.
func (s *scan) identify() {
	switch {
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
	case c.speaker == sessionServer:
		return codes.SSM
	case c.speaker == licenceServer && s.component == codes.SSM:
		return s.p.format.drm
	case s.component != codes.Unknown:
		return s.component
	}
	for _, u := range s.p.cat.UniqueTexts(c.code) {
		if (u.DRM != codes.SSM || c.speaker != licenceServer) && hasFold(s.raw, [][]byte{[]byte(u.Text)}) {
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
	url := t[start:end]
	if i := bytes.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	segments := url
	if i := bytes.Index(segments, []byte("//")); i >= 0 { // scheme and host, or host alone
		segments = segments[i+2:]
		if j := bytes.IndexByte(segments, '/'); j >= 0 {
			segments = segments[j:]
		} else {
			segments = nil
		}
	}
	drm, before := serverOfPath(segments)
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
	if at.request {
		s.requestAt(t, from, start, end, segments, drm, at)
	}
	return end
}

// serverOfPath names the server of a path and the segment before its own.
func serverOfPath(p []byte) (drm codes.DRM, before []byte) {
	if bytes.Contains(p, []byte(renewal)) {
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
		if p != nil { // a server's segment is followed by more
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
	switch c {
	case ' ', '\t', '\n', '\r', '"', '\'', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', '|', '`':
		return false
	}
	return c > ' '
}
