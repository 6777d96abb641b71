package codes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOverlay(t *testing.T) {
	plain := load(t, Config{})
	c := load(t, Config{Overlay: "testdata/overlay.yaml"})

	if got, want := c.Len(), plain.Len()+2; got != want {
		t.Errorf("Len() = %d, want %d", got, want)
	}
	tests := []Entry{
		{Widevine, 4400, true, "Request of an out-of-date CDM.", "44xx", "request", "warning", "client-app", "fault", "Have the browser updated."},
		{FairPlay, 4006, true, "Token already played.", "40xx", "token", "warning", "operator-backend", "mixed", ""},
	}
	changed := plain.Resolve(Widevine, 4021)
	changed.Severity, changed.Owner = "critical", "rights-team"
	untouched := plain.Resolve(Widevine, 4025)
	for _, want := range append(tests, changed, untouched) {
		if got := c.Resolve(want.DRM, want.Code); got != want {
			t.Errorf("Resolve(%s, %d) =\n%+v, want\n%+v", want.DRM, want.Code, got, want)
		}
	}
	for i := range c.Len() {
		e := c.At(i)
		if got := c.Index(e.DRM, e.Code); got != i {
			t.Errorf("Index(%s, %d) = %d, want %d", e.DRM, e.Code, got, i)
		}
		if i > 0 {
			if p := c.At(i - 1); p.DRM > e.DRM || p.DRM == e.DRM && p.Code >= e.Code {
				t.Errorf("%s %d stands before %s %d", p.DRM, p.Code, e.DRM, e.Code)
			}
		}
	}
}

// A listed 4400 keeps its own text even where the user gives only a category.
func TestOverlayKeepsObservedDescription(t *testing.T) {
	c, err := loadText(t, "codes: [{drm: widevine, code: 4400, category: request}]")
	if err != nil {
		t.Fatal(err)
	}
	if e := c.Resolve(Widevine, 4400); !e.Listed || !strings.HasPrefix(e.Description, "Invalid request") {
		t.Errorf("%+v", e)
	}
}

func TestOverlayNamesEveryFault(t *testing.T) {
	err := Config{Overlay: "testdata/bad-overlay.yaml"}.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	want, readErr := os.ReadFile("testdata/bad-overlay.txt")
	if readErr != nil {
		t.Fatal(readErr)
	}
	if got := err.Error() + "\n"; got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOverlayRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "holds no codes"},
		{"comment only", "# nothing\n", "holds no codes"},
		{"scalar", "hello", "o.yaml:1: the file is \"hello\"; want a mapping"},
		{"other key", "kodes: []", `o.yaml:1: kodes: unknown key, did you mean codes?`},
		{"no codes", "{}", "holds no codes"},
		{"no list", "codes: {drm: widevine}", "codes: is a mapping; want a list"},
		{"two documents", "codes: []\n---\ncodes: []\n", "a second document begins here"},
		{"damaged", "codes: [", "o.yaml:1: the line does not fit"},
		{"negative", "codes: [{drm: ssm, code: -1007, hint: x}]", `codes[0].code: bad code "-1007"`},
		{"not whole", "codes: [{drm: ssm, code: 1007.5, hint: x}]", `bad code "1007.5"`},
		{"unknown", "codes: [{drm: unknown, code: 1007, hint: x}]", `codes[0].drm: unknown drm "unknown"`},
		{"nothing", "codes: [{drm: ssm, code: 1007, hint: ''}]", "codes[0].hint: is empty"},
		{"long", "codes: [{drm: ssm, code: 1007, hint: " + strings.Repeat("x", 501) + "}]", "at most 500"},
		{"merge", "codes: [&a {drm: ssm, code: 1007, hint: x}, {<<: *a, code: 1008}]", "merge keys (<<) are not supported"},
		{"twice by alias", "codes: [&a {drm: ssm, code: 1007, hint: x}, *a]", "ssm 1007 is there twice, first in line 1"},
		{"control", `codes: [{drm: ssm, code: 1007, hint: "\e[31m"}]`, "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := loadText(t, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestOverlayFileMissing(t *testing.T) {
	for _, file := range []string{filepath.Join(t.TempDir(), "none.yaml"), t.TempDir()} {
		if err := (Config{Overlay: file}).Validate(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("error %v, want one that names %s", err, file)
		}
	}
}

func FuzzOverlay(f *testing.F) {
	for _, name := range []string{"overlay.yaml", "bad-overlay.yaml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("codes: [&a {drm: ssm, code: 1007, hint: x}, *a]"))
	base := load(f, Config{})
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseOverlay("o.yaml", text, base)
		if err != nil {
			return
		}
		for _, e := range entries {
			if !e.Listed || e.DRM == Unknown || e.Code < MinCode || e.Code > MaxCode || e.Description == "" || e.Category == "" {
				t.Errorf("accepted %+v", e)
			}
		}
	})
}

func loadText(t *testing.T, text string) (*Catalogue, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "o.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Config{Overlay: file})
}
