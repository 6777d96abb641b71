package tailer

import (
	"os"
	"testing"
	"time"
)

func TestCopytruncate(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(1000)
		w.start()
		w.read()
		for range 3 {
			l.write(200)
			for n := 5; n > 0; n-- {
				if _, err := os.Stat(w.path("app.log." + string(rune('0'+n)))); err == nil {
					w.rename("app.log."+string(rune('0'+n)), "app.log."+string(rune('1'+n)))
				}
			}
			w.copytruncate("app.log", "app.log.1")
			l.write(100)
			w.read() // two truncations between two looks are one
			l.write(30)
		}
		w.check()
		if n := w.tailer.Stats()["test"].Truncations; n != 3 {
			w.Errorf("%d truncations counted of 3", n)
		}
	})
}

// The globs match the copies too.
func TestCopytruncateUnderAGlob(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("app.log*")}
		l := w.open("app.log").write(1000)
		w.start()
		w.read()
		for _, copy := range []string{"app.log.1", "app.log.20261123", "app.log-x"} {
			l.write(200)
			w.copy("app.log", copy)
			time.Sleep(150 * time.Millisecond)
			if err := os.Truncate(w.path("app.log"), 0); err != nil {
				w.Fatal(err)
			}
			l.write(100)
			time.Sleep(100 * time.Millisecond)
		}
		w.check()
		w.restart()
		l.write(10)
		w.check()
	})
}

func TestCopytruncateAndGzipWhileTheReaderLags(t *testing.T) {
	story(t, func(w *world) {
		w.options.Block = 4 << 10
		l := w.open("app.log").write(600)
		w.ledger.slow.Store(int64(20 * time.Millisecond))
		w.start()
		w.until("first block", func() bool { return w.ledger.total() > 0 })
		for range 2 {
			time.Sleep(40 * time.Millisecond)
			if _, err := os.Stat(w.path("app.log.1.gz")); err == nil {
				w.rename("app.log.1.gz", "app.log.2.gz")
			}
			w.copytruncate("app.log", "app.log.1")
			w.run("gzip", w.path("app.log.1"))
			l.write(600)
		}
		w.ledger.slow.Store(0)
		w.check()
	})
}

// The writer has no O_APPEND: after a truncation it leaves a hole of NULs.
func TestCopytruncateLeavesAHole(t *testing.T) {
	story(t, func(w *world) {
		f, err := os.OpenFile(w.path("app.log"), os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			w.Fatal(err)
		}
		defer f.Close()
		l := &log{w, f}
		w.start()
		for i := range 3 {
			l.write(3000)
			w.read()
			w.copytruncate("app.log", "app.log."+string(rune('1'+i)))
			time.Sleep(40 * time.Millisecond)
			l.write(500)
		}
		w.check()
	})
}

func TestTruncateAndRewrite(t *testing.T) {
	for name, lines := range map[string]int{"smaller": 10, "of the same size": 10 * len(pad), "larger": 3000} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.put("app.log", 10*len(pad)) // as many lines again are as long
				w.start()
				for range 4 {
					w.read()
					time.Sleep(30 * time.Millisecond)
					if err := os.WriteFile(w.path("app.log"), w.next(lines), 0o644); err != nil {
						w.Fatal(err)
					}
				}
				w.check()
			})
		})
	}
}

// What was truncated unread, without a copy, is counted as lost.
func TestTruncatedUnread(t *testing.T) {
	story(t, func(w *world) {
		w.options.Block = 4 << 10
		w.put("app.log", 2000)
		w.ledger.slow.Store(int64(50 * time.Millisecond))
		w.start()
		w.until("first block", func() bool { return w.ledger.total() > 0 })
		st, err := os.Stat(w.path("app.log"))
		if err == nil {
			err = os.Truncate(w.path("app.log"), 0)
		}
		if err != nil {
			w.Fatal(err)
		}
		w.ledger.slow.Store(0)
		w.until("truncation noticed", func() bool { return w.tailer.Stats()["test"].Truncations == 1 })
		read := 0
		w.ledger.mu.Lock()
		for n := 1; n <= 2000; n++ {
			if w.ledger.counts[numbered{"test", n}] > 0 {
				read += len("#0000000 \n") + n*7%len(pad)
			}
			w.maybe[n] = true
		}
		w.ledger.mu.Unlock()
		if lost := w.tailer.Stats()["test"].LostBytes; lost != st.Size()-int64(read) {
			w.Errorf("%d bytes said to be lost of %d", lost, st.Size()-int64(read))
		}
		w.open("app.log").write(10)
		w.check()
	})
}

// A copy is put in the place of the original, as editors do.
func TestCopyInPlaceOfTheOriginal(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(1000)
		w.start()
		w.read()
		for range 3 {
			l.write(100)
			l.close()
			w.copy("app.log", "tmp")
			w.rename("tmp", "app.log")
			l = w.open("app.log").write(100)
			time.Sleep(80 * time.Millisecond)
		}
		w.check()
	})
}

// Lines come between the copy and its move to the place of the original: only
// the file that is gone has got them.
func TestCopyInPlaceOfTheOriginalLacksTheLastLines(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(300)
		w.start()
		w.read()
		for range 3 {
			w.copy("app.log", "tmp")
			l.write(5)
			w.read()
			l.close()
			w.rename("tmp", "app.log")
			l = w.open("app.log").write(30)
			w.read()
		}
		w.check()
	})
}

// Lines come between copytruncate's copy and its truncation: we have read them,
// the copy has not got them.
func TestCopytruncateWithLinesInBetween(t *testing.T) {
	for name, down := range map[string]bool{"running": false, "down at the truncation": true} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.sources[0].Files = []string{w.path("app.log*")}
				l := w.open("app.log").write(1000)
				w.start()
				w.read()
				w.copy("app.log", "app.log.1")
				l.write(50)
				w.read()
				if down {
					w.stop()
				}
				if err := os.Truncate(w.path("app.log"), 0); err != nil {
					w.Fatal(err)
				}
				l.write(30)
				if down {
					w.start()
				}
				w.check()
				w.run("gzip", w.path("app.log.1"))
				w.restart()
				l.write(30)
				w.check()
			})
		})
	}
}

// A file is truncated, written to, and copied again, before the first truncation
// is noticed: what the second copy holds was not read, though it is in the file.
func TestCopytruncateTwiceBeforeItIsNoticed(t *testing.T) {
	story(t, func(w *world) {
		w.options.Block = 4 << 10
		w.put("app.log", 50)
		w.start()
		w.read()
		w.shift("app.log") // generations that came and went are looked for now
		l := w.open("app.log").write(300)
		w.ledger.slow.Store(int64(20 * time.Millisecond))
		w.until("a block", func() bool { return w.ledger.total() > 50 })
		w.rename("app.log.1", "app.log.2")
		w.copytruncate("app.log", "app.log.1")
		l.write(100)
		w.rename("app.log.2", "app.log.3")
		w.rename("app.log.1", "app.log.2")
		w.copy("app.log", "app.log.1")
		w.until("the truncation noticed", func() bool { return w.tailer.Stats()["test"].Truncations > 0 })
		if err := os.Truncate(w.path("app.log"), 0); err != nil {
			w.Fatal(err)
		}
		l.write(10)
		w.ledger.slow.Store(0)
		w.check()
	})
}
