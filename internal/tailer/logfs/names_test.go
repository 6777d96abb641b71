package logfs

import (
	"slices"
	"testing"
	"time"
)

func TestOrigins(t *testing.T) {
	for path, live := range map[string]string{
		"/l/app.log.1":                           "/l/app.log",
		"/l/app.log.12.gz":                       "/l/app.log",
		"/l/app.log.gz":                          "/l/app.log",
		"/l/app.log-20261123":                    "/l/app.log",
		"/l/app.log-20261123-1763861000.zst":     "/l/app.log",
		"/l/app-20261123.log":                    "/l/app.log",
		"/l/app-2026-11-23.log.gz":               "/l/app.log",
		"/l/app-2026-11-23T10-15-00.000.log":     "/l/app.log",
		"/l/0.log.20261123-101500":               "/l/0.log",
		"/l/app.log.old":                         "/l/app.log",
		"/l/access_log.1":                        "/l/access_log",
		"/l/app.log.2026-11-23T10:15:00Z":        "/l/app.log",
		"/l.1/app.log.3":                         "/l.1/app.log",
		"/l/app_20261123.log":                    "/l/app.log",
		"/l/catalina.2026-11-23.log":             "/l/catalina.log",
		"/l/licence-proxy.log.20261123T101500.1": "/l/licence-proxy.log",
	} {
		if !RotatedFrom(live, path) {
			t.Errorf("%s is not taken for a rotated %s: %q", path, live, Origins(path))
		}
	}
	for path, live := range map[string]string{
		"/l/worker-1.log":    "/l/worker.log",
		"/l/app.log":         "/l/app.log",
		"/l/app.log.save":    "/l/app.log",
		"/l/application.log": "/l/app.log",
		"/l/app.log1":        "/l/app.log",
		"/x/app.log.1":       "/l/app.log",
	} {
		if RotatedFrom(live, path) {
			t.Errorf("%s is taken for a rotated %s", path, live)
		}
	}
}

func TestFamilies(t *testing.T) {
	got := Families([]string{"/l/app.log", "/l/app.log.1", "/l/app.log.2.gz", "/l/app.log-x", "/l/worker-1.log", "/l/worker.log", "/l/b.log.1"}, []string{"/l/b.log"})
	want := map[string][]string{
		"/l/app.log":      {"/l/app.log-x", "/l/app.log.1", "/l/app.log.2.gz"},
		"/l/worker.log":   {},
		"/l/worker-1.log": {},
		"/l/b.log":        {"/l/b.log.1"},
	}
	if len(got) != len(want) {
		t.Errorf("got %q", got)
	}
	for live, matched := range want {
		if !slices.Equal(got[live], matched) {
			t.Errorf("%s has %q, want %q", live, got[live], matched)
		}
	}
}

func TestFamiliesAcrossDirectories(t *testing.T) {
	for _, c := range []struct {
		path, live string
		others     []string
	}{
		{"/l/old/app.log.1", "/l/app.log", []string{"/m/app.log"}},      // the directory above
		{"/archive/app.log-20261123.gz", "/l/app.log", nil},             // the only one
		{"/pods/b/0.log.1", "", []string{"/pods/a/0.log", "/m/0.log"}},  // may be of any
		{"/l/old/app.log.1", "/l/old/app.log", []string{"/l/app.log"}},  // its own is there
		{"/archive/worker-1.log", "", []string{"/l/worker.log"}},        // no rotated name
		{"/archive/app.log.save", "", []string{"/l/app.log", "/m/app"}}, // nor is that one
	} {
		all := append(c.others, c.path)
		want := c.path
		if c.live != "" {
			all, want = append(all, c.live), c.live
		}
		if got := Families(all, nil)[want]; c.live != "" && !slices.Equal(got, []string{c.path}) || c.live == "" && got == nil {
			t.Errorf("%s is not of %s: %q", c.path, want, Families(all, nil))
		}
	}
}

func TestSortSiblings(t *testing.T) {
	at := func(path string, age int) Sibling {
		return Sibling{Info: Info{Mod: int64(age) * int64(time.Minute)}, Path: path, Ordinal: number("app.log", path)}
	}
	for name, order := range map[string][]Sibling{
		"numbers":          {at("app.log.10.gz", 1), at("app.log.2", 1), at("app.log.1", 1)},
		"a late writer":    {at("app.log.2", 9), at("app.log.1", 8)},
		"counting upwards": {at("app.log.1", 1), at("app.log.2", 2), at("app.log.3", 3)},
		"dates":            {at("app.log-20261121", 1), at("app.log-20261122", 2)},
		"one time":         {at("app.log-20261121", 1), at("app.log-20261122", 1)},
		"mixed":            {at("app.log-20261121", 1), at("app.log.2", 2), at("app.log-20261122", 3), at("app.log.1", 4)},
	} {
		if name == "a late writer" {
			order[0].Mod = order[1].Mod + 1
		}
		got := slices.Clone(order)
		slices.Reverse(got)
		SortSiblings(got)
		for i := range got {
			if got[i].Path != order[i].Path {
				t.Errorf("%s: place %d is %s, want %s", name, i, got[i].Path, order[i].Path)
			}
		}
	}
}
