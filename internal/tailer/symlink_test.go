package tailer

import (
	"fmt"
	"testing"
)

// Two paths of one source lead to the same file by a symlink, as those of the
// kubelet do: what it rotates and packs counts once.
func TestTwoPathsToRotatedFiles(t *testing.T) {
	variants(t, []string{"containers/*.log", "**/*.log", "**/*.log*"}, everyDown, everyPack, func(w *world, v variant) {
		w.mkdir("pods/p/c")
		w.mkdir("containers")
		w.sources[0].Files = append(w.sources[0].Files, w.path("pods/*/*/*.log"))
		l := w.open("pods/p/c/0.log").write(100)
		w.link("../pods/p/c/0.log", "containers/x.log")
		w.start()
		w.read()
		w.ledger.save()
		for i := range 4 {
			w.down(v.down)
			l.write(20).close()
			rotated := fmt.Sprintf("pods/p/c/0.log.20261130-10150%d", i)
			w.rename("pods/p/c/0.log", rotated)
			l = w.open("pods/p/c/0.log").write(20)
			if v.down == "" {
				w.read()
			}
			w.pack(rotated, v.pack)
			w.up(v.down)
			l.write(5)
			w.check()
			w.ledger.save()
		}
		w.noLoss()
	})
}

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
