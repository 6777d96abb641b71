package tailer

import (
	"fmt"
	"testing"
	"time"
)

// A longer copy of what was read appears as app.log.1 while the daemon runs, as
// rsync leaves it after a rotation on the other side: by a temporary name, and
// the live file is replaced by another one before or after.
func TestLongerCopyAppears(t *testing.T) {
	for _, order := range []string{"copy first", "live file first", "live file last, in place"} {
		t.Run(order, func(t *testing.T) {
			variants(t, everyFiles, everyDown, []string{""}, func(w *world, v variant) {
				w.put("app.log", 100)
				w.start()
				w.read()
				w.ledger.save()
				for i := range 3 {
					w.down(v.down)
					text := append(w.bytes("app.log"), w.next(6)...)
					fresh := w.next(10)
					rotated := func() {
						for n := i; n > 0; n-- {
							w.rename(fmt.Sprintf("app.log.%d", n), fmt.Sprintf("app.log.%d", n+1))
						}
						w.create(".app.log.1.Xy12", text)
						w.rename(".app.log.1.Xy12", "app.log.1")
					}
					live := func() {
						w.create(".app.log.Xy12", fresh)
						w.rename(".app.log.Xy12", "app.log")
					}
					switch order {
					case "copy first":
						rotated()
						time.Sleep(2 * w.options.PollInterval)
						live()
					case "live file first":
						live()
						time.Sleep(2 * w.options.PollInterval)
						rotated()
					default: // rsync --inplace
						rotated()
						time.Sleep(2 * w.options.PollInterval)
						w.create("app.log", fresh)
					}
					w.up(v.down)
					w.check()
					w.ledger.save()
				}
				w.restart()
				w.put("app.log", 5)
				w.check()
			})
		})
	}
}

// The path leads to a copy under another inode, while the old file stays open and
// gets the same lines, as two sides of an overlay show them: one stream counts once.
func TestSameBytesInTwoFiles(t *testing.T) {
	variants(t, everyFiles, everyDown, []string{""}, func(w *world, v variant) {
		old := w.open("app.log").write(100)
		w.start()
		w.read()
		w.ledger.save()
		w.down(v.down)
		w.copy("app.log", "tmp")
		w.rename("tmp", "app.log")
		l := w.open("app.log")
		w.up(v.down)
		for range 20 {
			b := w.next(3)
			old.raw(b)
			l.raw(b)
			time.Sleep(w.options.PollInterval / 2)
		}
		w.check()
		w.restart()
		l.write(5)
		w.check()
	})
}

// The same, but the two get different lines: each line counts.
func TestDifferentBytesInTwoFiles(t *testing.T) {
	variants(t, everyFiles, []string{""}, []string{""}, func(w *world, _ variant) {
		old := w.open("app.log").write(100)
		w.start()
		w.read()
		w.copy("app.log", "tmp")
		w.rename("tmp", "app.log")
		l := w.open("app.log")
		for range 20 {
			old.write(3)
			l.write(2)
			time.Sleep(w.options.PollInterval / 2)
		}
		w.check()
	})
}
