package tailer

import (
	"fmt"
	"testing"
)

// A symlink leads to a dated file, and is switched several times while the daemon
// is down.
func TestDatedTargetSwitched(t *testing.T) {
	variants(t, []string{"current.log", "app.*.log", "*.log"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
		name := func(n int) string { return fmt.Sprintf("app.20261130T1015%02d.log", n) }
		l := w.open(name(0)).write(50)
		w.link(name(0), "current.log")
		w.start()
		w.read()
		w.ledger.save()
		n := 0
		for range 3 {
			w.down(v.down)
			for range 3 {
				l.write(20).close()
				if n++; v.files == "current.log" {
					w.pack(name(n-1), v.pack)
				}
				l = w.open(name(n)).write(10)
				w.link(name(n), "current.log")
			}
			w.up(v.down)
			w.check()
			w.ledger.save()
		}
		w.restart()
		l.write(5)
		w.check()
		w.noLoss()
	})
}
