package tailer

import (
	"os"
	"testing"
	"time"
)

// once waits until each line is counted once over all sources, and fails if one
// is counted by two of them.
func (w *world) once() {
	w.Helper()
	all := func() (lost, doubled []int) {
		w.ledger.mu.Lock()
		defer w.ledger.mu.Unlock()
		sum := map[int]int{}
		for line, n := range w.ledger.counts {
			sum[line.n] += n
		}
		for n := 1; n <= w.count(); n++ {
			switch {
			case sum[n] == 0:
				lost = append(lost, n)
			case sum[n] > 1:
				doubled = append(doubled, n)
			}
		}
		return lost, doubled
	}
	for range 2 {
		w.until("each line counted by one source", func() bool { lost, _ := all(); return len(lost) == 0 })
		if _, doubled := all(); len(doubled) > 0 {
			w.Fatalf("%d lines counted twice: %v", len(doubled), brief(doubled))
		}
		<-w.tailer.CaughtUp()
		time.Sleep(4 * w.options.PollInterval)
	}
	for n := 1; n <= w.count(); n++ {
		w.maybe[n] = true // not every source counts every line
	}
}

// counted returns how many lines the source has counted.
func (w *world) counted(source string) (n int) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	for line := range w.ledger.counts {
		if line.source == source {
			n++
		}
	}
	return n
}

// A file moves to another source in the configuration: what was counted stays
// with the old source, and new lines count for the new one.
func TestSourceChanges(t *testing.T) {
	source := func(w *world, name string, files ...string) Config {
		c := Config{Name: name}
		for _, f := range files {
			c.Files = append(c.Files, w.path(f))
		}
		return c
	}
	for name, change := range map[string]struct {
		before, after func(w *world) []Config
	}{
		"renamed": {
			func(w *world) []Config { return []Config{source(w, "old", "*.log")} },
			func(w *world) []Config { return []Config{source(w, "new", "*.log")} },
		},
		"split": {
			func(w *world) []Config { return []Config{source(w, "all", "*.log")} },
			func(w *world) []Config { return []Config{source(w, "a", "a.log"), source(w, "b", "b.log")} },
		},
		"split in part": {
			func(w *world) []Config { return []Config{source(w, "all", "*.log")} },
			func(w *world) []Config { return []Config{source(w, "all", "a.log"), source(w, "b", "b.log")} },
		},
		"joined": {
			func(w *world) []Config { return []Config{source(w, "a", "a.log"), source(w, "b", "b.log")} },
			func(w *world) []Config { return []Config{source(w, "all", "*.log")} },
		},
		"swapped": {
			func(w *world) []Config { return []Config{source(w, "x", "a.log"), source(w, "y", "b.log")} },
			func(w *world) []Config { return []Config{source(w, "x", "b.log"), source(w, "y", "a.log")} },
		},
		"path to glob": {
			func(w *world) []Config { return []Config{source(w, "x", "a.log", "b.log")} },
			func(w *world) []Config { return []Config{source(w, "y", "**/*.log*")} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			variants(t, []string{"*.log"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
				w.sources = change.before(w)
				a, b := w.open("a.log").write(50), w.open("b.log").write(60)
				w.start()
				w.once()
				w.ledger.save()
				w.down(v.down)
				before := w.ledger.total()
				w.shift("a.log")
				a.write(10).close()
				w.pack("a.log.1", v.pack)
				a = w.open("a.log").write(10)
				b.write(10)
				w.sources = change.after(w)
				w.start()
				w.once()
				a.write(10)
				b.write(10)
				w.once()
				after := 0
				for _, s := range w.sources {
					after += w.counted(s.Name)
				}
				if name != "swapped" && name != "split in part" && after != w.count()-before {
					w.Errorf("the new sources counted %d lines, want the %d new ones", after, w.count()-before)
				}
				w.noLoss()
				w.restart()
				a.write(1)
				w.once()
			})
		})
	}
}

// The tree of logs is moved, or copied, to another path, and the configuration
// with it.
func TestTreeMoves(t *testing.T) {
	for how, move := range map[string]func(w *world){
		"moved": func(w *world) { w.rename("logs", "new") },
		"copied": func(w *world) {
			if err := os.CopyFS(w.path("new"), os.DirFS(w.path("logs"))); err != nil {
				w.Fatal(err)
			}
		},
		"copied, the old one removed": func(w *world) {
			if err := os.CopyFS(w.path("new"), os.DirFS(w.path("logs"))); err != nil {
				w.Fatal(err)
			}
			if err := os.RemoveAll(w.path("logs")); err != nil {
				w.Fatal(err)
			}
		},
	} {
		for _, source := range []string{"test", "renamed"} {
			t.Run(how+" to the source "+source, func(t *testing.T) {
				variants(t, []string{"app.log", "*.log", "app.log*", "**/*.log"}, []string{"stop", "kill"}, []string{"", "gzip"}, func(w *world, v variant) {
					w.mkdir("logs")
					w.sources[0].Files = []string{w.path("logs/" + v.files)}
					w.put("logs/app.log", 50)
					w.start()
					w.once()
					w.shift("logs/app.log")
					w.put("logs/app.log", 50)
					w.once()
					w.ledger.save()
					w.down(v.down)
					w.pack("logs/app.log.1", v.pack)
					move(w)
					w.sources[0] = Config{Name: source, Files: []string{w.path("new/" + v.files)}}
					l := w.open("new/app.log").write(10)
					w.start()
					l.write(10)
					w.once()
					w.shift("new/app.log")
					l.close()
					w.put("new/app.log", 10)
					w.once()
					w.restart()
					w.put("new/app.log", 10)
					w.once()
					w.noLoss()
				})
			})
		}
	}
}
