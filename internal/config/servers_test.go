package config

import (
	"reflect"
	"testing"

	"wvwatch/internal/codes"
)

func TestServers(t *testing.T) {
	c := load(t, `
sources:
- {name: proxy, files: [/var/log/a.log]}
- {name: tv, files: [/var/log/b.log], drm: playready}
- {name: both, files: [/var/log/c.log], drm: ssm, licence_paths: [{path: /wv/**, drm: widevine}, {path: /own/**}]}
`)
	want := map[string][]codes.DRM{"tv": {codes.PlayReady}, "both": {codes.SSM, codes.Widevine}}
	if !reflect.DeepEqual(c.Metrics.Servers, want) {
		t.Errorf("servers %v, want %v", c.Metrics.Servers, want)
	}
}

// No windows are no windows, and not the default ones.
func TestNoWindows(t *testing.T) {
	c := load(t, "metrics: {windows: [], all_codes: true}\nsources: [{name: proxy, files: [/var/log/a.log]}]\n")
	if len(c.Metrics.Windows) != 0 || !c.Metrics.AllCodes {
		t.Errorf("metrics %+v", c.Metrics)
	}
}
