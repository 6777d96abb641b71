package state

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A disk that is full, and then has room again.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("disk", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := open(t, filepath.Join(dir, "state"))
	load(t, s)
	save(t, s, older())
	save(t, s, checkpoint(t))
	fails := func(want string) {
		t.Helper()
		before := s.Stats()
		for range 2 {
			if err := s.Save(Checkpoint{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), s.Path()) {
				t.Errorf("save: %v, want %q", err, want)
			}
		}
		same(t, load(t, s), checkpoint(t))
		before.Failures, before.Loaded = before.Failures+2, Newest
		if got := s.Stats(); got != before {
			t.Errorf("stats %+v, want %+v", got, before)
		}
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = filler.Write(make([]byte, 1024))
	}
	filler.Close()
	fails("no space left on device")
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	save(t, s, older())
	same(t, load(t, s), older())
}
