package tailer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Files that are passed by until their directory reports a change: every kind of change
// is seen, though the next look of its own would be in an hour.
func TestDormantFilesAreWokenByTheirDirectory(t *testing.T) {
	for _, tt := range []struct {
		name   string
		files  string // that are followed
		change func(w *world, l *log)
	}{
		{"written", "a/app.log", func(_ *world, l *log) { l.write(10) }},
		{"written through the path of a glob", "*/*.log", func(_ *world, l *log) { l.write(10) }},
		{"renamed and replaced", "a/app.log", func(w *world, l *log) {
			w.shift("a/app.log")
			l.write(10)
			w.put("a/app.log", 10)
		}},
		{"a new file", "a/*.log", func(w *world, _ *log) { w.put("a/new.log", 10) }},
		{"a new directory", "**/*.log", func(w *world, _ *log) {
			w.mkdir("b/c")
			w.put("b/c/new.log", 10)
		}},
		{"its directory renamed and replaced", "a/app.log", func(w *world, _ *log) {
			w.rename("a", "old")
			w.mkdir("a")
			w.put("a/app.log", 10)
		}},
		{"a directory above renamed and replaced", "up/a/*.log", func(w *world, _ *log) {
			w.rename("up", "down")
			w.mkdir("up/a")
			w.put("up/a/app.log", 10)
		}},
		{"a matched sibling", "a/app.log*", func(w *world, _ *log) { w.append("a/app.log.1", 10) }},
		{"what a symlink leads to", "links/app.log", func(_ *world, l *log) { l.write(10) }},
		{"a symlink that leads elsewhere", "links/app.log", func(w *world, _ *log) {
			w.put("a/other.log", 10)
			w.link("../a/other.log", "links/app.log")
		}},
		{"a file that comes back", "a/app.log", func(w *world, l *log) {
			w.rename("a/app.log", "a/away")
			l.write(10)
			time.Sleep(300 * time.Millisecond)
			w.rename("a/away", "a/app.log")
			l.write(10)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			if !isLocal(w.dir) {
				t.Skip("this file system does not report every change")
			}
			w.options.IdleInterval, w.options.Drain = time.Hour, 500*time.Millisecond
			w.sources[0].Files = []string{w.path(tt.files)}
			name := "a/app.log"
			if strings.HasPrefix(tt.files, "up/") {
				name = "up/" + name
			}
			w.mkdir(filepath.Dir(name))
			l := w.open(name).write(5)
			switch tt.files {
			case "a/app.log*":
				w.put("a/app.log.1", 5)
			case "links/app.log":
				w.mkdir("links")
				w.link("../a/app.log", "links/app.log")
			}
			w.start()
			w.read()
			w.until("dormant", w.dormant)
			tt.change(w, l)
			w.check()
		})
	}
}

// dormant reports whether the poller passes every log path by.
func (w *world) dormant() bool {
	for _, s := range w.tailer.sources {
		if !s.scanned.Load() || len(s.list()) == 0 {
			return false
		}
		for _, l := range s.list() {
			if !l.sleeps(w.tailer.elapsed()) {
				return false
			}
		}
		for _, p := range s.patterns {
			if !p.busy.CompareAndSwap(false, true) { // rest is its matcher's
				return false
			}
			until := p.pause.until
			p.busy.Store(false)
			if time.Now().After(until) {
				return false
			}
		}
	}
	return true
}

// append adds n lines to a file.
func (w *world) append(name string, n int) {
	w.Helper()
	l := w.open(name)
	l.write(n).close()
}

// A directory that is watched under two paths, and one that is not local.
func TestWatchedDirectories(t *testing.T) {
	dir := t.TempDir()
	if !isLocal(dir) {
		t.Skip("this file system does not report every change")
	}
	real, alias := filepath.Join(dir, "real"), filepath.Join(dir, "alias")
	if err := os.Mkdir(real, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", alias); err != nil {
		t.Fatal(err)
	}
	var c changes
	defer c.close()
	if !c.watchNames(real) || !c.watchNames(alias) {
		t.Fatal("not watched")
	}
	before := c.names.Load()
	if err := os.WriteFile(filepath.Join(real, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.take()
	if n := c.names.Load() - before; n == 0 {
		t.Error("a new file was not reported")
	}
	for _, path := range []string{real, alias} {
		if d := c.dirs[path]; d == nil || d.others.Load() == 0 {
			t.Errorf("nothing reported at %s", path)
		}
	}
	if err := os.RemoveAll(real); err != nil {
		t.Fatal(err)
	}
	c.take()
	if c.watchesAll([]string{real}) || c.watchesAll([]string{alias}) {
		t.Error("a deleted directory is said to be watched")
	}
	if c.watchNames("/proc") {
		t.Error("/proc is said to be local")
	}
}
