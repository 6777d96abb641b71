package servers

import (
	"bytes"
	"strings"

	"wvwatch/internal/codes"
)

// Paths are the request paths that the user named.
type Paths []Path

// Path is a compiled LicencePath.
type Path struct {
	Segments []string
	Literal  string // the longest segment without a star
	DRM      codes.DRM
}

// matches reports whether the path p is one of those that l names.
func (l *Path) matches(p []byte) bool {
	return matchSegments(l.Segments, bytes.Trim(p, "/\\"))
}

func matchSegments(pattern []string, p []byte) bool {
	for i, want := range pattern {
		if want == "**" {
			for rest := p; ; {
				if matchSegments(pattern[i+1:], rest) {
					return true
				}
				n := bytes.IndexByte(rest, '/')
				if n < 0 {
					return i == len(pattern)-1 || matchSegments(pattern[i+1:], nil)
				}
				rest = rest[n+1:]
			}
		}
		if p == nil {
			return false
		}
		segment := p
		if n := bytes.IndexByte(p, '/'); n >= 0 {
			segment, p = p[:n], p[n+1:]
		} else {
			p = nil
		}
		if !matchStar(want, bytes.TrimSuffix(segment, []byte{'\\'})) {
			return false
		}
	}
	return len(p) == 0
}

// matchStar matches one segment.
func matchStar(pattern string, t []byte) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == string(t)
	}
	if len(t) < len(before) || string(t[:len(before)]) != before {
		return false
	}
	for t = t[len(before):]; ; t = t[1:] {
		if matchStar(after, t) {
			return true
		}
		if len(t) == 0 {
			return false
		}
	}
}

// Server names the server of a path, by the user's names and by the
// servers' own, the segment before its own, and whether the user named it.
func (u Paths) Server(p []byte) (drm codes.DRM, before []byte, named bool) {
	for i := range u {
		if u[i].matches(p) {
			return u[i].DRM, nil, true
		}
	}
	drm, before = Of(p)
	return drm, before, false
}
