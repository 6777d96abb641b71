package old

import (
	"bytes"
	"fmt"
	"strings"

	"wvwatch/internal/codes"
)

// LicencePath names a request path of the source's own under which a licence
// server is reached. In Path, * stands for any part of one segment and ** for
// any number of segments.
type LicencePath struct {
	Path string `mapstructure:"path" yaml:"path"`
	DRM  string `mapstructure:"drm" yaml:"drm"` // default: the source's
}

// licencePath is a compiled LicencePath.
type licencePath struct {
	segments []string
	literal  string // the longest segment without a star
	drm      codes.DRM
}

func compilePaths(paths []LicencePath, own codes.DRM, errs *faults) (out []licencePath) {
	for i, p := range paths {
		at := fmt.Sprintf("licence_paths[%d]", i)
		c := licencePath{drm: own}
		if p.DRM != "" {
			d, err := codes.ParseDRM(p.DRM)
			if err != nil {
				errs.add(at+".drm", "%v", err)
			}
			c.drm = d
		}
		if !strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?#\\ ") {
			errs.add(at+".path", "%q is no path: it begins with / and holds no query, for example /drm/wv/**", p.Path)
			continue
		}
		c.segments = strings.Split(strings.Trim(p.Path, "/"), "/")
		for _, s := range c.segments {
			if !strings.Contains(s, "*") && len(s) > len(c.literal) {
				c.literal = s
			}
		}
		if c.literal == "" {
			errs.add(at+".path", "%q names no path: at least one segment without * is needed", p.Path)
			continue
		}
		out = append(out, c)
	}
	return out
}

// matches reports whether the path p is one of those that l names.
func (l *licencePath) matches(p []byte) bool {
	return matchSegments(l.segments, bytes.Trim(p, "/\\"))
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
