package tailer

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestRestart(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		for range 5 {
			l.write(50)
			time.Sleep(25 * time.Millisecond)
			w.stop()
			l.write(50)
			w.start()
		}
		w.check()
	})
}

func TestRestartAfterRotations(t *testing.T) {
	for name, pack := range map[string]string{"plain": "", "gzip": "gzip", "zstd": "zstd"} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.put("app.log.1", 0)
				w.open("app.log.2").raw([]byte("older than the first sight\n")).close()
				l := w.open("app.log").write(300)
				w.start()
				w.read()
				l.write(100)
				time.Sleep(15 * time.Millisecond)
				w.stop()
				for range 3 {
					l.write(200).close()
					w.shift("app.log")
					if pack != "" {
						args := []string{"-q", w.path("app.log.1")}
						if pack == "zstd" {
							args = append(args, "--rm")
						}
						w.run(pack, args...)
					}
					l = w.open("app.log").write(100)
				}
				w.start()
				<-w.tailer.CaughtUp()
				l.write(10)
				w.check()
				w.restart()
				l.write(10)
				w.check()
				if got := w.ledger.others(); len(got) > 0 {
					w.Errorf("read %q", got)
				}
			})
		})
	}
}

func TestRestartAfterCopytruncate(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(300)
		w.start()
		w.read()
		w.stop()
		for n := range 3 {
			l.write(200)
			for i := n; i > 0; i-- {
				w.rename(fmt.Sprintf("app.log.%d.gz", i), fmt.Sprintf("app.log.%d.gz", i+1))
			}
			w.copytruncate("app.log", "app.log.1")
			w.run("gzip", w.path("app.log.1"))
		}
		l.write(500)
		w.start()
		w.check()
	})
}

// The number of a deleted file is used again by another one.
func TestRestartInodeUsedAgain(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("*.log")}
		w.put("a.log", 100)
		w.put("b.log", 100)
		w.start()
		w.read()
		w.stop()
		w.rename("a.log", "a.log.1")
		w.run("gzip", w.path("a.log.1"))
		w.put("c.log", 400) // likely a.log's number
		w.put("a.log", 100)
		w.start()
		w.check()
	})
}

func TestKillWithRotations(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		w.ledger.save()
		stop := w.sustained(15*time.Millisecond, w.ledger.save)
		for i := range 6 {
			l.write(100)
			time.Sleep(time.Duration(random(60)) * time.Millisecond)
			if i%2 == 0 {
				w.shift("app.log")
				if i%4 == 0 {
					w.run("gzip", "-q", w.path("app.log.1"))
				}
				l.close()
				l = w.open("app.log").write(100)
			}
			time.Sleep(time.Duration(random(60)) * time.Millisecond)
			w.kill()
			l.write(100)
			if i%3 == 1 {
				w.shift("app.log")
				l.close()
				l = w.open("app.log").write(100)
			}
			w.start()
		}
		stop()
		w.check()
	})
}

// A file that was read is deleted while we are down: what replaces it is read
// from its begin, and the loss is reported.
func TestRestartFileGone(t *testing.T) {
	story(t, func(w *world) {
		w.put("app.log", 100)
		w.start()
		w.read()
		w.stop()
		w.remove("app.log")
		w.put("app.log", 200)
		w.start()
		w.check()
		w.until("one file is lost", func() bool { return w.tailer.Stats()["test"].LostFiles == 1 })
		w.until("one position left", func() bool { return w.ledger.unfinished() == 1 })
	})
}

// Of a file that was read to its end, and finished, nothing is lost when rotation
// deletes it.
func TestRestartFinishedFileGone(t *testing.T) {
	story(t, func(w *world) {
		w.options.Drain = 50 * time.Millisecond
		w.put("app.log", 100)
		w.start()
		w.read()
		w.shift("app.log")
		w.put("app.log", 100)
		w.read()
		w.until("the older one is finished", func() bool { return w.tailer.Stats()["test"].Files == 1 })
		w.stop()
		w.remove("app.log.1")
		w.start()
		w.check()
		if n := w.tailer.Stats()["test"].LostFiles; n != 0 {
			w.Errorf("%d files said to be lost, want none", n)
		}
		w.until("one position left", func() bool { return w.ledger.unfinished() == 1 })
	})
}

// The clock was set back, or forth: files have times of the future, and newer
// ones older times.
func TestClockIsSet(t *testing.T) {
	for name, by := range map[string]time.Duration{"back": -time.Hour, "forth": time.Hour} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				set := func(name string, by time.Duration) {
					at := time.Now().Add(by)
					if err := os.Chtimes(w.path(name), at, at); err != nil {
						w.Fatal(err)
					}
				}
				l := w.open("app.log").write(100)
				w.start()
				w.read()
				for i := range 3 {
					l.write(50).close()
					set("app.log", by*time.Duration(i))
					if i == 1 {
						w.stop()
					}
					w.shift("app.log")
					l = w.open("app.log").write(50)
					set("app.log", by*time.Duration(i+1))
					if i == 1 {
						w.start()
					}
					w.read()
				}
				w.check()
				w.restart()
				l.write(10)
				w.check()
			})
		})
	}
}

// What a position was saved of has got a name that no rotation gives.
func TestRestartRenamedToAnyName(t *testing.T) {
	story(t, func(w *world) {
		w.put("app.log.1", 0)
		w.open("app.log.2").raw([]byte("older than the first sight\n")).close()
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		w.stop()
		l.write(50).close()
		w.rename("app.log", "2026-11-23_kept")
		l = w.open("app.log").write(50)
		w.start()
		w.check()
		w.restart()
		l.write(10)
		w.check()
		if got := w.ledger.others(); len(got) > 0 {
			w.Errorf("read %q", got)
		}
	})
}

// Two followed paths change their files while we are down.
func TestRestartSwapped(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("a.log"), w.path("b.log")}
		a, b := w.open("a.log").write(100), w.open("b.log").write(100)
		w.start()
		w.read()
		for i := range 4 {
			if i > 1 {
				w.stop()
			}
			a.write(10)
			b.write(10)
			w.rename("a.log", "t")
			w.rename("b.log", "a.log")
			w.rename("t", "b.log")
			a.write(10)
			b.write(10)
			if i > 1 {
				w.start()
			}
			w.read()
		}
		w.check()
	})
}

// The configuration calls a followed file by another name than before.
func TestRestartConfiguredByAnotherName(t *testing.T) {
	story(t, func(w *world) {
		w.mkdir("logs")
		l := w.open("logs/app.log").write(100)
		w.link("logs", "var")
		w.sources[0].Files = []string{w.path("logs/app.log")}
		w.start()
		w.read()
		w.stop()
		l.write(50)
		w.sources[0].Files = []string{w.path("var/*.log")}
		w.start()
		w.check()
	})
}

// Half a line is there at a kill, and the file is rotated before the other half.
func TestKillWithHalfALine(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		w.ledger.save()
		for i := range 4 {
			line := w.next(1)
			l.raw(line[:5])
			time.Sleep(100 * time.Millisecond) // it is seen
			w.ledger.save()
			w.kill()
			if i%2 == 0 {
				w.shift("app.log")
			}
			l.raw(line[5:]).write(2)
			if i%2 == 0 {
				l.close()
				l = w.open("app.log").write(3)
			}
			w.start()
			w.read()
			w.ledger.save()
		}
		w.check()
	})
}

// Files that are empty when they are seen, rotated, and when we are stopped.
func TestEmptyFiles(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("*.log")}
		for i := range 20 {
			w.put(fmt.Sprintf("%d.log", i), 0)
		}
		w.start()
		<-w.tailer.CaughtUp()
		for i := range 20 {
			if i%2 == 0 {
				w.rename(fmt.Sprintf("%d.log", i), fmt.Sprintf("%d.log.1", i))
			}
			w.put(fmt.Sprintf("%d.log", i), 5)
		}
		w.read()
		w.stop()
		for i := range 20 {
			if i%4 == 0 {
				w.put(fmt.Sprintf("%d.log.1", i), 2) // it was empty when it was renamed
			}
			if i%3 == 0 {
				w.rename(fmt.Sprintf("%d.log", i), fmt.Sprintf("%d.log.2", i))
				w.put(fmt.Sprintf("%d.log", i), 0)
			}
		}
		w.start()
		w.check()
	})
}
