package tailer

import (
	"fmt"
	"testing"
)

// Files that are there at the first start begin at their end. Those that are born
// later, while the daemon runs or not, begin at their begin.
func TestStartAtTheEndOfWhatIsThere(t *testing.T) {
	variants(t, []string{"*.log", "app*"}, everyDown, []string{""}, func(w *world, v variant) {
		w.sources[0].Start = "end"
		w.create("app-20261129.log", older("app-20261129.log", 100))
		w.create("app-20261130.log", older("app-20261130.log", 100))
		w.start()
		<-w.tailer.CaughtUp()
		w.put("app-20261130.log", 10)
		w.read()
		w.ledger.save()
		for day := range 4 {
			w.down(v.down)
			w.put(fmt.Sprintf("app-2026120%d.log", day+1), 20)
			if day == 2 { // one that is gone for the daemon's whole run
				w.put("app-20261201.log", 5)
			}
			w.up(v.down)
			w.check()
			w.ledger.save()
		}
		w.put("app-20261129.log", 3)
		w.check()
		w.noOthers()
		w.noLoss()
	})
}

// A pattern that is added to a source later starts at the end of what is there
// then, and at the begin of what is born later.
func TestStartAtTheEndOfALaterPattern(t *testing.T) {
	for _, pattern := range []string{"later/app.log", "later/*.log", "later/app.log*"} {
		t.Run(pattern[len("later/"):], func(t *testing.T) {
			variants(t, []string{"app.log"}, []string{"stop", "kill"}, []string{""}, func(w *world, v variant) {
				w.sources[0].Start = "end"
				w.mkdir("later")
				w.create("later/app.log", older("later/app.log", 100))
				w.create("app.log", older("app.log", 100))
				w.start()
				<-w.tailer.CaughtUp()
				w.put("app.log", 10)
				w.read()
				w.ledger.save()
				w.down(v.down)
				w.put("app.log", 10)
				w.sources[0].Files = append(w.sources[0].Files, w.path(pattern))
				w.start()
				<-w.tailer.CaughtUp()
				w.put("later/app.log", 10)
				w.check()
				w.ledger.save()
				w.down(v.down)
				w.rename("later/app.log", "later/app.log.1")
				w.put("later/app.log", 10)
				w.start()
				w.check()
				w.noOthers()
				w.noLoss()
			})
		})
	}
}
