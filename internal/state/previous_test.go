package state

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wvwatch/internal/metrics"
)

// older returns a checkpoint that is not that of checkpoint.
func older() Checkpoint {
	return Checkpoint{Metrics: metrics.State{Sources: []metrics.SourceState{{Name: "proxy", Created: 1, Lines: 2}}}}
}

// twice returns a directory with older as the previous and checkpoint as the
// newest checkpoint.
func twice(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	load(t, s)
	save(t, s, older())
	save(t, s, checkpoint(t))
	s.Close()
	return dir
}

func TestPreviousIsUsed(t *testing.T) {
	replace := func(content string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(f func([]byte) []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// The previous one may be the same file.
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			replace(string(f(bytes.Clone(content))))(t, path)
		}
	}
	remade := func(f func(path string) error) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), f(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, path string)
	}{
		{"missing", remade(func(string) error { return nil })},
		{"empty", change(func([]byte) []byte { return nil })},
		{"half", change(func(b []byte) []byte { return b[:len(b)/2] })},
		{"a bit flipped", change(func(b []byte) []byte { b[len(b)-9] ^= 4; return b })},
		{"zeroes at the end", change(func(b []byte) []byte { clear(b[len(b)-100:]); return b })},
		{"all zeroes", change(func(b []byte) []byte { clear(b); return b })},
		{"written twice", change(func(b []byte) []byte { return append(b, b...) })},
		{"another file", change(func([]byte) []byte { return []byte("hello\n") })},
		{"JSON of something else", change(func([]byte) []byte {
			text := `{"metrics":[1,2]}`
			return append(header(1, []byte(text)), text...)
		})},
		{"a FIFO", remade(func(path string) error { return syscall.Mkfifo(path, 0o600) })},
		{"a symlink to an endless device", remade(func(path string) error { return os.Symlink("/dev/zero", path) })},
		{"a symlink to nothing", remade(func(path string) error { return os.Symlink("/nowhere/at/all", path) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := twice(t)
			tt.damage(t, filepath.Join(dir, fileName))
			s := open(t, dir)
			cp, err := s.Load()
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Used != Previous || !strings.Contains(err.Error(), "the previous one is used") {
				t.Fatalf("load: %v", err)
			}
			same(t, cp, older())
			if got := s.Stats().Loaded; got != Previous {
				t.Errorf("loaded %v", got)
			}

			// And it goes on with two of them.
			save(t, s, checkpoint(t))
			s.Close()
			same(t, load(t, open(t, dir)), checkpoint(t))
			if _, err := os.Stat(filepath.Join(dir, previousName)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBothDamaged(t *testing.T) {
	dir := twice(t)
	for _, name := range []string{fileName, previousName} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("hello\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	cp, err := s.Load()
	var damaged *DamagedError
	if !errors.As(err, &damaged) || damaged.Used != None || strings.Count(err.Error(), "is damaged") != 2 {
		t.Errorf("load: %v", err)
	}
	same(t, cp, Checkpoint{})
	if got := s.Stats().Loaded; got != None {
		t.Errorf("loaded %v", got)
	}
	if got := names(t, dir); len(got) != 3 { // the lock, and both set aside
		t.Errorf("in the directory: %q", got)
	}
	save(t, s, checkpoint(t))
}

// A checkpoint of a newer version is refused, though it is only the previous one.
func TestNewerPreviousIsRefused(t *testing.T) {
	dir := twice(t)
	if err := errors.Join(os.Remove(filepath.Join(dir, fileName)),
		os.WriteFile(filepath.Join(dir, previousName), []byte("wvwatch-state 3 unknown\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	_, err := s.Load()
	var newer *VersionError
	if !errors.As(err, &newer) || !strings.Contains(err.Error(), previousName) {
		t.Errorf("load: %v", err)
	}
	if err := s.Save(Checkpoint{}); err == nil {
		t.Error("saved over it")
	}
}

// A kill between any two steps of a save leaves a whole checkpoint.
func TestCrashWithinSave(t *testing.T) {
	path := func(dir, name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		name  string
		steps func(dir string) error
		want  Checkpoint
	}{
		{"linked", func(dir string) error { return os.Link(path(dir, fileName), path(dir, linkName)) }, checkpoint(t)},
		{"the link renamed", func(dir string) error {
			return errors.Join(os.Link(path(dir, fileName), path(dir, linkName)), os.Rename(path(dir, linkName), path(dir, previousName)))
		}, checkpoint(t)},
		{"renamed where there are no links", func(dir string) error { return os.Rename(path(dir, fileName), path(dir, previousName)) }, checkpoint(t)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := twice(t)
			if err := tt.steps(dir); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			cp, err := s.Load()
			if damaged := (*DamagedError)(nil); err != nil && !errors.As(err, &damaged) {
				t.Fatal(err)
			}
			same(t, cp, tt.want)
			save(t, s, older())
			save(t, s, older())
			same(t, load(t, s), older())
			if got := names(t, dir); len(got) != 3 {
				t.Errorf("in the directory: %q", got)
			}
		})
	}
}

// Files of ours are no way to another's: a symlink in the place of one is not
// written through.
func TestSymlinksAreNotFollowed(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	untouched := func() {
		t.Helper()
		if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
			t.Errorf("the target of the symlink is now %q, %v", b, err)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink(victim, filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(dir, nil); err == nil {
		s.Close()
		t.Error("locked the target of a symlink")
	}
	untouched()
	dir = t.TempDir()
	if err := os.Symlink(victim, filepath.Join(dir, tempName)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	untouched()
	load(t, s)
	for _, name := range []string{tempName, linkName, previousName, fileName} {
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	save(t, s, checkpoint(t))
	untouched()
	same(t, load(t, s), checkpoint(t))
}

func TestDeletedDirectoryIsMadeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "state")
	s := open(t, dir)
	load(t, s)
	save(t, s, older())
	if err := os.RemoveAll(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	save(t, s, checkpoint(t))
	same(t, load(t, s), checkpoint(t))
	if second, err := Open(dir, nil); err == nil {
		second.Close()
		t.Error("the new directory is not locked")
	}

	// One that another has taken meanwhile stays that one's.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	other := open(t, dir)
	load(t, other)
	save(t, other, older())
	if err := s.Save(checkpoint(t)); err == nil || !strings.Contains(err.Error(), "used by another wvwatch") {
		t.Errorf("save into the directory of another: %v", err)
	}
	same(t, load(t, other), older())
}

// A socket can not be opened, which is no reason to stop.
func TestSocketInThePlaceOfACheckpoint(t *testing.T) {
	dir, err := os.MkdirTemp("", "s") // the name of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := open(t, dir)
	var damaged *DamagedError
	if _, err := s.Load(); !errors.As(err, &damaged) || damaged.Used != None {
		t.Errorf("load: %v", err)
	}
	save(t, s, checkpoint(t))
}
