// Package servers knows the licence servers by the paths of their requests and by the
// programs that call them.
package servers

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/lex"
)

// LicenceWords are parts, in lower case, of addresses that may lead to a licence
// server, by whatever path an operator's proxy has.
var LicenceWords = lex.Words("licen", "drm", "widevine", "wvls", "wv", "cenc", "rights", "playready", "fairplay", "ssp", "/ls/")

// SessionWords are words of the programs that call the session server.
var SessionWords = lex.Words("SSM.ts", "OTVSSMService", "SSM Session-", "ssmsetuperror", "SSMSetupError", "ssmSetupError")

// segments are the path segments of the licence servers.
var segments = [...]struct {
	segment string
	drm     codes.DRM
}{{"wvls", codes.Widevine}, {"prls", codes.PlayReady}, {"fpls", codes.FairPlay}, {"tkls", codes.TVKey}, {"ssm", codes.SSM}}

// Renewal is a Widevine licence renewal, which is on the session server's host.
const Renewal = "renewal-license-wv"

// Of names the server of a path and the segment before its own.
func Of(p []byte) (drm codes.DRM, before []byte) {
	if bytes.IndexByte(p, Renewal[7]) >= 0 && bytes.Contains(p, []byte(Renewal)) {
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
			for _, l := range segments {
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

// IsRequest reports whether the path is that of a licence request: a server has others, too.
func IsRequest(path []byte) bool {
	return bytes.HasSuffix(bytes.TrimSuffix(path, []byte{'/'}), []byte("/licenses")) || bytes.Contains(path, []byte(Renewal))
}

// IsSegment reports whether a segment of a path is a licence server's own.
func IsSegment(segment []byte) bool {
	if len(segment) < 3 || len(segment) > 4 {
		return false
	}
	for _, l := range segments {
		if string(segment) == l.segment {
			return true
		}
	}
	return false
}
