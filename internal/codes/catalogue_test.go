package codes

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

func load(t testing.TB, cfg Config) *Catalogue {
	t.Helper()
	c, err := Load(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// categories is every category that a table may use. One more means a new
// value of a label on dashboards and in rules: add it knowingly.
var categories = []string{
	"account", "challenge", "configuration", "content", "content-key", "device", "drm-sdk", "entitlement",
	"internal", "key-manager", "offline", "output-protection", "request", "session", "token",
}

func TestTablesAreWhole(t *testing.T) {
	c := load(t, Config{})
	owners := []string{"client-app", "content-ops", "drm-platform", "infrastructure", "operator-backend", "operator-config", "viewer"}
	count := make(map[DRM]int)
	for i := range c.Len() {
		e := c.At(i)
		count[e.DRM]++
		name := fmt.Sprintf("%s %d", e.DRM, e.Code)
		if !e.Listed || e.Description == "" || e.Hint == "" {
			t.Errorf("%s: not listed, or without description or hint: %+v", name, e)
		}
		if !strings.HasSuffix(e.Description, ".") || !strings.HasSuffix(e.Hint, ".") {
			t.Errorf("%s: description and hint end in a full stop: %q, %q", name, e.Description, e.Hint)
		}
		if want := familyOf(e.Code); e.Family != want {
			t.Errorf("%s: family %q, want %q", name, e.Family, want)
		}
		for what, pair := range map[string]struct {
			got      string
			accepted []string
		}{
			"category": {e.Category, categories},
			"severity": {e.Severity, Severities()},
			"owner":    {e.Owner, owners},
			"outcome":  {e.Outcome, Outcomes()},
		} {
			if !slices.Contains(pair.accepted, pair.got) {
				t.Errorf("%s: %s %q is none of %v", name, what, pair.got, pair.accepted)
			}
		}
		if got := c.Index(e.DRM, e.Code); got != i {
			t.Errorf("Index(%s) = %d, want %d: the code stands twice", name, got, i)
		}
	}
	want := map[DRM]int{Widevine: 97, PlayReady: 40, PRM: 38, SSM: 18}
	if !maps.Equal(count, want) {
		t.Errorf("codes by server: %v, want %v", count, want)
	}
	if !slices.Equal(c.Categories(), categories) {
		t.Errorf("Categories() = %v", c.Categories())
	}
}

func TestWidevineByCategory(t *testing.T) {
	c := load(t, Config{})
	got := make(map[string]int)
	for i := range c.Len() {
		if e := c.At(i); e.DRM == Widevine {
			got[e.Category]++
		}
	}
	want := map[string]int{
		"account":           2,
		"challenge":         4,
		"configuration":     6,
		"content":           9,
		"content-key":       6,
		"device":            10,
		"drm-sdk":           2,
		"entitlement":       5,
		"internal":          2,
		"key-manager":       5,
		"offline":           2,
		"output-protection": 4,
		"request":           13,
		"session":           6,
		"token":             21,
	}
	if !maps.Equal(got, want) {
		t.Errorf("Widevine codes by category:\n got %v\nwant %v", got, want)
	}
}

func TestResolve(t *testing.T) {
	c := load(t, Config{})
	tests := []struct {
		drm         DRM
		code        int
		listed      bool
		category    string
		description string
	}{
		{Widevine, 4025, true, "entitlement", "The subscribed product has expired."},
		{PlayReady, 4025, true, "configuration", "The tenant is not Active."},
		{Widevine, 1007, true, "request", "Invalid date."},
		{SSM, 1007, true, "session", "Max active sessions are exceeded."},
		{Widevine, 4400, false, CategoryUnlisted, "Invalid request (seen in the field; not in the SSP 20.49 table)."},
		{PlayReady, 4400, false, CategoryUnlisted, ""},
		{Widevine, 9999, false, CategoryUnlisted, ""},
		{FairPlay, 4006, false, CategoryUnlisted, ""},
	}
	for _, tt := range tests {
		e := c.Resolve(tt.drm, tt.code)
		if e.DRM != tt.drm || e.Code != tt.code || e.Listed != tt.listed || e.Category != tt.category || e.Description != tt.description {
			t.Errorf("Resolve(%s, %d) = %+v", tt.drm, tt.code, e)
		}
		if e.Severity == "" || e.Owner == "" || e.Outcome == "" || e.Hint == "" {
			t.Errorf("Resolve(%s, %d) leaves fields empty: %+v", tt.drm, tt.code, e)
		}
		if got := c.Index(tt.drm, tt.code) >= 0; got != tt.listed {
			t.Errorf("Index(%s, %d) >= 0 is %t, want %t", tt.drm, tt.code, got, tt.listed)
		}
	}
}

func TestIndexIsSafeOnAnyInput(t *testing.T) {
	c := load(t, Config{})
	for _, code := range []int{math.MinInt, -4006, -1, 0, 999, 10000, 44006, math.MaxInt} {
		for d := range 256 {
			if got := c.Index(DRM(d), code); got != -1 {
				t.Errorf("Index(%d, %d) = %d, want -1", d, code, got)
			}
		}
		if c.Known(code) || c.ByCode(code) != nil || c.UniqueTexts(code) != nil || c.Collisions(code) != nil {
			t.Errorf("%d is taken for a code", code)
		}
	}
	for _, d := range []DRM{Unknown, DRM(NumDRM), 255} {
		if got := c.Index(d, 4006); got != -1 {
			t.Errorf("Index(%d, 4006) = %d, want -1", d, got)
		}
	}
}

func TestLookupsAllocateNothing(t *testing.T) {
	c := load(t, Config{})
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		n += c.Index(Widevine, 4006) + c.Index(SSM, 44006) + len(c.UniqueTexts(1007))
		if c.Known(4400) {
			n++
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestByCode(t *testing.T) {
	c := load(t, Config{})
	var got []string
	for _, e := range c.ByCode(1005) {
		got = append(got, e.DRM.String())
	}
	if want := []string{"widevine", "playready", "ssm", "prm"}; !slices.Equal(got, want) {
		t.Errorf("ByCode(1005) is of %v, want %v", got, want)
	}
	if c.Known(4400) || !c.Known(1000) {
		t.Error("4400 is in no table, 1000 in SSM's")
	}
}

func TestCollisions(t *testing.T) {
	c := load(t, Config{})
	n := 0
	for code := range c.collisions {
		if c.Index(Widevine, code) < 0 {
			t.Errorf("a collision with %d, which is no Widevine code", code)
		}
		for _, col := range c.Collisions(code) {
			if col.Code != code || col.System == "" || col.Meaning == "" {
				t.Errorf("bad collision of %d: %+v", code, col)
			}
			n++
		}
	}
	// The survey has 256 pairs; 28 are the sibling servers' and are in their tables.
	if n != 228 {
		t.Errorf("%d collisions, want 228", n)
	}
	if !slices.ContainsFunc(c.Collisions(6007), func(col Collision) bool { return col.Meaning == "LICENSE_REQUEST_FAILED" }) {
		t.Error("6007 is Shaka's LICENSE_REQUEST_FAILED too")
	}
}

func BenchmarkIndex(b *testing.B) {
	c := load(b, Config{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if c.Index(Widevine, i&0x3fff) > c.Len() {
			b.Fatal("index beyond the end")
		}
	}
}
