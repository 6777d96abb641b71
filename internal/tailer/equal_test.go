package tailer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// All lines are the same, so that nothing but their number shows what was read:
// content that is equal must not be taken for a copy.
func TestEqualLines(t *testing.T) {
	const line = "GET /health 200\n"
	for _, how := range []string{"copytruncate", "rename", "renames at once", "gzip", "removed"} {
		for _, down := range []bool{false, true} {
			if down && how == "removed" {
				continue // nothing is left to identify it by
			}
			t.Run(how+map[bool]string{false: "", true: ", down"}[down], func(t *testing.T) {
				story(t, func(w *world) {
					n := 0
					l := w.open("app.log")
					put := func(lines int) {
						l.raw([]byte(strings.Repeat(line, lines)))
						n += lines
					}
					reopen := func() {
						l.close()
						l = w.open("app.log")
					}
					count := func() {
						w.Helper()
						w.until(fmt.Sprint(n, " equal lines"), func() bool { return len(w.ledger.others()) >= n })
						time.Sleep(4 * w.options.PollInterval)
						if got := len(w.ledger.others()); got != n {
							w.Fatalf("%d lines counted of %d", got, n)
						}
					}
					put(200)
					w.start()
					count()
					for range 5 {
						if down {
							w.stop()
							put(100)
						}
						switch how {
						case "copytruncate":
							for k := 8; k > 0; k-- {
								_ = os.Rename(w.path(fmt.Sprintf("app.log.%d", k)), w.path(fmt.Sprintf("app.log.%d", k+1)))
							}
							w.copytruncate("app.log", "app.log.1")
						case "renames at once":
							for range 3 {
								w.shift("app.log")
								reopen()
								put(100)
								time.Sleep(10 * time.Millisecond) // file systems keep times by the tick
							}
						case "removed":
							w.remove("app.log")
							reopen()
						default:
							w.shift("app.log")
							reopen()
							if how == "gzip" {
								w.run("gzip", w.path("app.log.1"))
							}
							put(100)
						}
						put(100) // fewer than were read: more at once would look like a file that grew
						if down {
							w.start()
						}
						count()
						put(100)
						count()
					}
				})
			})
		}
	}
}

// A file that was rotated between the look at the path and the search for siblings is
// no copy of the one that was live at that look.
func TestEqualLinesRotatedMeanwhile(t *testing.T) {
	const lines = "GET /health 200\nGET /health 200\n"
	w := newWorld(t, false)
	w.create("app.log", []byte(lines+lines))
	w.start()
	w.until("the first lines", func() bool { return len(w.ledger.others()) == 4 })
	l := w.tailer.sources[0].list()[0]
	l.mu.Lock()
	w.shift("app.log")
	w.create("app.log", []byte(lines))
	w.shift("app.log")
	time.Sleep(10 * time.Millisecond) // file systems keep times by the tick
	w.create("app.log", []byte(lines))
	now, path := time.Now(), w.path("app.log.1")
	g, err := openGeneration(path, "", now)
	if err != nil {
		t.Fatal(err)
	}
	info, err := logfs.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := (comparison{l: l, g: g, s: logfs.SiblingOf(l.path, path, info), now: now}); !f.judge() {
		t.Error("it is taken for a copy of the file that is app.log.2 now")
	}
	g.close()
	l.mu.Unlock()
	w.until("all lines", func() bool { return len(w.ledger.others()) == 8 })
	w.stop()
}
