package tailer

import (
	"fmt"
	"strings"
	"testing"
)

// A program that always begins alike, and writes no times, is started again and
// again; its log is rotated at each start. Each run counts.
func TestRunsThatAreAlike(t *testing.T) {
	for _, down := range []bool{false, true} {
		t.Run(map[bool]string{false: "up", true: "down"}[down], func(t *testing.T) {
			story(t, func(w *world) {
				var run strings.Builder
				for i := range 30 {
					fmt.Fprintf(&run, "step %d of the start\n", i)
				}
				w.open("app.log").raw([]byte(run.String())).close()
				w.start()
				for n := 1; n <= 4; n++ {
					w.until(fmt.Sprint(30*n, " lines"), func() bool { return len(w.ledger.others()) == 30*n })
					if down {
						w.stop()
					}
					w.shift("app.log")
					w.open("app.log").raw([]byte(run.String())).close()
					if down {
						w.start()
					}
				}
				w.until("150 lines", func() bool { return len(w.ledger.others()) == 150 })
			})
		})
	}
}
