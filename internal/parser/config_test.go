package parser

import (
	"strings"
	"testing"

	"wvwatch/internal/parser/read"
)

// TestConfigFaults wants each fault of a configuration reported with its place and
// what to do.
func TestConfigFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		want string // "" is no fault
	}{
		{"zero", Config{}, ""},
		{"multiline word", Config{Multiline: MultilineConfig{Mode: "on"}}, `multiline: unknown "on": auto, off or {first: REGEX}`},
		{"multiline both", Config{Multiline: MultilineConfig{Mode: "off", First: "^x"}}, "multiline: mode and first exclude one another"},
		{"multiline pattern", Config{Multiline: MultilineConfig{First: "("}}, "multiline.first: "},
		{"path", Config{LicencePaths: []LicencePath{{Path: "/drm/wv/**", DRM: "widevine"}}}, ""},
		{"path without slash", Config{LicencePaths: []LicencePath{{Path: "drm"}}}, `licence_paths[0].path: "drm" is no path`},
		{"path of stars", Config{LicencePaths: []LicencePath{{Path: "/*/**"}}}, "licence_paths[0].path: \"/*/**\" names no path"},
		{"path drm", Config{LicencePaths: []LicencePath{{Path: "/x", DRM: "wv"}}}, "licence_paths[0].drm: "},
		{"extra name", Config{ExtraFields: []string{"ok", "a b"}}, `extra_fields[1]: "a b" is no field's name`},
		{"what", Config{WhatValues: []WhatValue{{What: -1400, DRM: "x"}}}, "what_values[0].drm: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.cfg.Validate()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("said %v, want %q", err, c.want)
			}
		})
	}
}

// TestLiteral finds the text that whatever a pattern matches must hold.
func TestLiteral(t *testing.T) {
	for pattern, want := range map[string]string{
		`refused with (?P<code>\d{4})`:       "refused with ",
		`(?i)refused (?P<code>\d{4})`:        "",
		`^(\S+) drm=(?P<code>\d{4})\b`:       " drm=",
		`(a|b)(?P<code>\d{4})`:               "",
		`(?P<code>\d{4})`:                    "",
		`(?:extra refused )+(?P<code>\d{4})`: "extra refused ",
	} {
		if got := read.Literal(pattern); got != want {
			t.Errorf("literal(%q) = %q, want %q", pattern, got, want)
		}
	}
}
