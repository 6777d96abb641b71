package parser

import (
	"fmt"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
	"wvwatch/internal/parser/servers"
)

// LicencePath names a request path of the source's own under which a licence
// server is reached. In Path, * matches any part of one segment and ** for
// any number of segments.
type LicencePath struct {
	Path string `mapstructure:"path" yaml:"path"`
	DRM  string `mapstructure:"drm" yaml:"drm"` // default: the source's
}

func compilePaths(paths []LicencePath, own codes.DRM, errs *fault.List) (out servers.Paths) {
	for i, p := range paths {
		at := fmt.Sprintf("licence_paths[%d]", i)
		c := servers.Path{DRM: own}
		if p.DRM != "" {
			d, err := codes.ParseDRM(p.DRM)
			if err != nil {
				errs.Add(at+".drm", "%v", err)
			}
			c.DRM = d
		}
		if !strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?#\\ ") {
			errs.Add(at+".path", "%q is no path: it begins with / and holds no query, for example /drm/wv/**", p.Path)
			continue
		}
		c.Segments = strings.Split(strings.Trim(p.Path, "/"), "/")
		for _, s := range c.Segments {
			if !strings.Contains(s, "*") && len(s) > len(c.Literal) {
				c.Literal = s
			}
		}
		if c.Literal == "" {
			errs.Add(at+".path", "%q names no path: at least one segment without * is needed", p.Path)
			continue
		}
		out = append(out, c)
	}
	return out
}
