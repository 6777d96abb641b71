package tailer

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// A new file is read, but no checkpoint was written since. Then the daemon is
// killed, and the file is rotated away while it is down.
func TestNewFileKilled(t *testing.T) {
	variants(t, []string{"*.log", "*.log*", "**/*.log"}, []string{"kill"}, everyPack, func(w *world, v variant) {
		if v.files != "*.log*" { // which would read it
			w.create("b.log.1", older("b.log.1", 50))
			at := time.Now().Add(-time.Hour)
			if err := os.Chtimes(w.path("b.log.1"), at, at); err != nil {
				w.Fatal(err)
			}
		}
		w.put("a.log", 50)
		w.start()
		w.read()
		w.ledger.save()
		for i := range 3 {
			w.put("b.log", 40)
			w.read()
			w.down(v.down)
			w.shift("b.log")
			w.pack("b.log.1", v.pack)
			if i != 1 {
				w.put("b.log", 10)
			}
			w.up(v.down)
			w.check()
			w.noOthers()
			w.noLoss()
			w.ledger.save()
		}
		w.restart()
		w.put("b.log", 10)
		w.check()
		w.noOthers()
	})
}

// The same for the first file of all: the checkpoint has the patterns only.
func TestFirstFileKilled(t *testing.T) {
	variants(t, everyFiles, []string{"kill"}, everyPack, func(w *world, v variant) {
		w.start()
		w.until("the pattern is committed", func() bool { return len(w.ledger.saved()) > 0 })
		w.ledger.save()
		time.Sleep(20 * time.Millisecond) // file systems keep times by the tick
		w.put("app.log", 100)
		w.read()
		w.down(v.down)
		w.shift("app.log")
		w.pack("app.log.1", v.pack)
		w.put("app.log", 10)
		w.up(v.down)
		w.check()
		w.noLoss()
	})
}

// Several new files appear, are read, and rotated several times while down.
func TestNewFilesKilled(t *testing.T) {
	variants(t, []string{"*.log", "*.log*"}, []string{"kill"}, everyPack, func(w *world, v variant) {
		w.put("app.log", 10)
		w.start()
		w.read()
		w.ledger.save()
		for i := range 5 {
			w.put(fmt.Sprintf("new%d.log", i), 10*i+1)
		}
		w.read()
		w.down(v.down)
		for i := range 5 {
			name := fmt.Sprintf("new%d.log", i)
			for range i {
				w.shift(name)
				w.pack(name+".1", v.pack)
				w.put(name, 5)
			}
		}
		w.up(v.down)
		w.check()
		w.noLoss()
	})
}
