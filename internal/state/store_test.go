package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

var t0 = time.Date(2026, 11, 23, 8, 26, 40, 0, time.UTC)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, func() time.Time { return t0 })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// checkpoint returns one with something of every kind in it.
func checkpoint(t testing.TB) Checkpoint {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := metrics.Default()
	cfg.Labels = []string{"tenant"}
	l := metrics.New(cfg, cat, []string{"proxy"})
	l.Commit("proxy", t0, &parser.Result{
		Lines: 3, Records: 2,
		Events: []parser.Event{
			{Time: t0.UnixNano(), DRM: codes.Widevine, Code: 4025, Tenant: []byte("<alpha> & \u2028")},
			{Time: t0.UnixNano() - 1e11, DRM: codes.Widevine, Code: 4400},
		},
		Requests: []parser.Request{{DRM: codes.PlayReady, Outcome: parser.Failed}},
		Vetoed:   [parser.NumReasons]int{parser.Negative: 1},
	}, tailer.Position{Source: "proxy", Name: "/var/log/a.log", Device: 1 << 63, Inode: 7, Offset: 1 << 50, Head: 1<<64 - 1, HeadLen: 1024, Guard: 3, GuardLen: 512})
	return Checkpoint{Metrics: l.State(), Alerts: json.RawMessage(`{"KeyManagerFailing":"firing"}`)}
}

// same compares the encoded parts of two checkpoints.
func same(t *testing.T, got, want Checkpoint) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("checkpoint:\n%s\nwant:\n%s", g, w)
	}
}

func load(t *testing.T, s *Store) Checkpoint {
	t.Helper()
	cp, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func save(t testing.TB, s *Store, cp Checkpoint) {
	t.Helper()
	if err := s.Save(cp); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "the", "way")
	s := open(t, dir)
	same(t, load(t, s), Checkpoint{})
	cp := checkpoint(t)
	save(t, s, Checkpoint{})
	save(t, s, cp)
	same(t, load(t, s), cp)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(cp); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("save after Close: %v", err)
	}
	same(t, load(t, open(t, dir)), cp)
	if got := names(t, dir); !reflect.DeepEqual(got, []string{lockName, fileName, previousName}) {
		t.Errorf("left in the directory: %q", got)
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestSaveBeforeLoadIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	load(t, s)
	save(t, s, checkpoint(t))
	s.Close()
	s = open(t, dir)
	if err := s.Save(Checkpoint{}); err == nil {
		t.Error("a checkpoint that nobody read was overwritten")
	}
	same(t, load(t, s), checkpoint(t))
}

// A kill while the next checkpoint was written leaves the one before.
func TestCrashBeforeRename(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	load(t, s)
	save(t, s, checkpoint(t))
	s.Close()
	for _, torn := range []string{"", "wvwatch-state 1 99", strings.Repeat("x", 1<<20)} {
		if err := os.WriteFile(filepath.Join(dir, tempName), []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		same(t, load(t, s), checkpoint(t))
		save(t, s, checkpoint(t))
		same(t, load(t, s), checkpoint(t))
		s.Close()
	}
}

func TestUnencodableAlertsAreAnError(t *testing.T) {
	s := open(t, t.TempDir())
	load(t, s)
	if err := s.Save(Checkpoint{Alerts: json.RawMessage(`{"half":`)}); err == nil {
		t.Error("saved half an object")
	}
	save(t, s, checkpoint(t))
	same(t, load(t, s), checkpoint(t))
}

func TestUnusableDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := t.TempDir() // the lock is there and can be opened, nothing else can
	if err := os.MkdirAll(filepath.Join(locked, tempName, "with a file"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), "/proc/wvwatch", "/proc", locked} {
		s, err := Open(dir, nil)
		if err == nil {
			s.Close()
			t.Errorf("%s: opened", dir)
			continue
		}
		if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "set state.directory") {
			t.Errorf("%s: %v: names no directory or no cure", dir, err)
		}
	}
}

func TestTwoStoresOneDirectory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(dir, nil)
	if err == nil || !strings.Contains(err.Error(), "used by another wvwatch (process ") || !strings.Contains(err.Error(), dir) {
		t.Fatalf("the second one: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestStats(t *testing.T) {
	now := t0
	s, err := Open(t.TempDir(), func() time.Time { now = now.Add(time.Second); return now })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Stats(); got != (Stats{}) {
		t.Errorf("stats before: %+v", got)
	}
	load(t, s)
	save(t, s, checkpoint(t))
	info, err := os.Stat(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	want := Stats{LastSuccess: t0.Add(2 * time.Second), Size: info.Size(), Duration: time.Second, Loaded: None}
	if got := s.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}
