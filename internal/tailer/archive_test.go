package tailer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// older returns n lines that are not numbered as those that must be counted.
func older(name string, n int) (text []byte) {
	for i := range n {
		text = fmt.Appendf(text, "older: line %d of %s %s\n", i, name, pad[:i*11%len(pad)])
	}
	return text
}

// archives lays down files that rotation left before the first start, and returns
// what each of them holds.
func (w *world) archives() map[string][]byte {
	w.Helper()
	texts := map[string][]byte{}
	for i, name := range []string{"app.log.old", "app-20261102.log", "app.log-20261101", "app.log.3.zst", "app.log.2.gz", "app.log.1"} {
		text := older(name, 40*i+1)
		texts[name] = text
		switch {
		case strings.HasSuffix(name, ".gz"):
			text = w.gzip(text)
		case strings.HasSuffix(name, ".zst"):
			text = w.zstd(text)
		}
		w.create(name, text)
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(w.path(name), at, at); err != nil {
			w.Fatal(err)
		}
	}
	return texts
}

// rotate does what logrotate does with create, compress and delaycompress.
func (w *world) rotate(l *log) *log {
	w.Helper()
	if _, err := os.Stat(w.path("app.log.1")); err == nil {
		w.pack("app.log.1", "gzip")
	}
	w.shift("app.log")
	l.close()
	return w.open("app.log")
}

// What was there before the first start and was left out stays out, under any
// later name, inode and compression, wherever the source starts.
func TestArchives(t *testing.T) {
	for _, start := range []string{"beginning", "end"} {
		files := []string{"app.log"}
		if start == "end" {
			files = everyFiles // at the beginning, a glob reads what it matches
		}
		for how, operate := range map[string]func(w *world, l *log, texts map[string][]byte) *log{
			"rotated": func(w *world, l *log, _ map[string][]byte) *log { return w.rotate(l.write(20)) },
			"copytruncated": func(w *world, l *log, _ map[string][]byte) *log {
				l.write(20)
				w.read() // while running: a copy that is truncated unread is another story
				w.rename("app.log.1", "app.log.9")
				w.copytruncate("app.log", "app.log.1")
				return l
			},
			"unpacked": func(w *world, l *log, texts map[string][]byte) *log {
				w.create("app.log.2", texts["app.log.2.gz"])
				w.sameTime("app.log.2.gz", "app.log.2")
				w.create("app.log.3", texts["app.log.3.zst"])
				w.sameTime("app.log.3.zst", "app.log.3")
				return l
			},
			"packed": func(w *world, l *log, _ map[string][]byte) *log {
				w.pack("app.log-20261101", "gzip")
				w.pack("app.log.1", "zstd")
				w.packCopy("app-20261102.log", "gzip")
				w.pack("app.log.old", "zstd")
				return l
			},
			"copied": func(w *world, l *log, _ map[string][]byte) *log {
				for from, to := range map[string]string{"app.log.1": "app.log.4", "app.log-20261101": "app.log-20261103", "app.log.2.gz": "app.log.5.gz", "app.log.3.zst": "app.log.6.zst"} {
					w.copy(from, to)
					w.sameTime(from, to)
				}
				return l
			},
			"touched": func(w *world, l *log, texts map[string][]byte) *log {
				for name := range texts {
					if err := os.Chtimes(w.path(name), time.Time{}, time.Now()); err != nil {
						w.Fatal(err)
					}
				}
				return l
			},
		} {
			t.Run(how+" from the "+start, func(t *testing.T) {
				variants(t, files, everyDown, []string{""}, func(w *world, v variant) {
					w.sources[0].Start = start
					texts := w.archives()
					l := w.open("app.log")
					if start == "beginning" {
						l.write(30)
					} else {
						l.raw([]byte("older\n"))
					}
					w.start()
					<-w.tailer.CaughtUp()
					l.write(5)
					w.read()
					w.ledger.save()
					if how != "copytruncated" {
						w.down(v.down)
					}
					l = operate(w, l, texts)
					if how != "copytruncated" {
						w.up(v.down)
					}
					l.write(10)
					w.check()
					w.ledger.save()
					for range 2 {
						l = w.rotate(l)
						l.write(10)
						w.check()
						w.noOthers()
					}
					w.restart()
					l = w.rotate(l)
					l.write(10)
					w.check()
					w.noOthers()
					w.noLoss()
				})
			})
		}
	}
}

// The same with the real logrotate, as Debian configures it.
func TestArchivesLogrotate(t *testing.T) {
	for name, directives := range map[string]string{
		"delayed":      "create 0644\n compress\n delaycompress",
		"compress":     "create 0644\n compress",
		"copytruncate": "copytruncate\n compress\n delaycompress",
	} {
		t.Run(name, func(t *testing.T) {
			variants(t, []string{"app.log"}, []string{"", "stop"}, []string{""}, func(w *world, v variant) {
				w.create("app.log.1", older("app.log.1", 300))
				w.create("app.log.2.gz", w.gzip(older("app.log.2.gz", 300)))
				l := w.open("app.log").write(30)
				w.start()
				w.read()
				for range 3 {
					w.down(v.down)
					w.logrotate(directives)
					if name != "copytruncate" {
						l.close()
						l = w.open("app.log")
					}
					l.write(20)
					w.up(v.down)
					w.check()
				}
				w.noOthers()
				w.noLoss()
			})
		})
	}
}

// An archive that was read long ago is unpacked by hand.
func TestArchiveUnpacked(t *testing.T) {
	variants(t, everyFiles, everyDown, []string{"gzip", "zstd"}, func(w *world, v variant) {
		w.options.Drain = 50 * time.Millisecond
		l := w.open("app.log").write(40)
		text := w.bytes("app.log")
		w.start()
		w.read()
		w.rename("app.log", "app.log.1")
		l.close()
		l = w.open("app.log").write(10)
		w.read()
		w.until("the older one is finished", func() bool { return w.tailer.Stats()["test"].Files == 1 })
		packed := w.pack("app.log.1", v.pack)
		l.write(1)
		w.read()
		w.ledger.save()
		w.down(v.down)
		w.create("app.log.1", text)
		w.sameTime(packed, "app.log.1")
		l.write(10)
		w.up(v.down)
		w.check()
		w.restart()
		l.write(10)
		w.check()
		w.noLoss()
	})
}
