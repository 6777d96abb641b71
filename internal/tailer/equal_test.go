package tailer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
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
