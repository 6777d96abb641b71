package tailer

import (
	"fmt"
	"testing"
	"time"
)

// The name of a file looks like a glob.
func TestLiteralNameLikeAGlob(t *testing.T) {
	variants(t, []string{"app[1].log"}, everyDown, everyPack, func(w *world, v variant) {
		w.create("app1.log", older("app1.log", 10)) // the glob's match, if it were one
		l := w.open("app[1].log").write(20)
		w.start()
		w.read()
		w.ledger.save()
		for range 2 {
			w.down(v.down)
			l.write(10).close()
			w.shift("app[1].log")
			if v.down != "" {
				w.pack("app[1].log.1", v.pack)
			}
			l = w.open("app[1].log").write(10)
			w.up(v.down)
			w.check()
			w.ledger.save()
		}
		w.noLoss()
	})
}

// A program counts upwards in front of the extension: app.log becomes app.1.log,
// the next one app.2.log.
func TestInfixNumbers(t *testing.T) {
	variants(t, []string{"app.log"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
		l := w.open("app.log").write(50)
		w.start()
		w.read()
		w.ledger.save()
		n := 1
		for range 3 {
			w.down(v.down)
			for range 2 {
				l.write(20).close()
				name := fmt.Sprintf("app.%d.log", n)
				w.rename("app.log", name)
				w.pack(name, v.pack)
				n++
				l = w.open("app.log").write(5)
				time.Sleep(20 * time.Millisecond) // file systems keep times by the tick
			}
			w.up(v.down)
			w.check()
			w.ledger.save()
		}
		w.noLoss()
	})
}
