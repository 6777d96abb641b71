package tailer

import (
	"bytes"
	"testing"
	"time"
)

// A gzip file is cut short when the daemon finds it: the complete lines count, the
// rest is reported, and counts when the file is completed.
func TestGzipCutShort(t *testing.T) {
	variants(t, []string{"app.log", "app.log*"}, []string{"stop", "kill"}, []string{""}, func(w *world, v variant) {
		l := w.open("app.log").write(10)
		w.start()
		w.read()
		w.ledger.save()
		w.down(v.down)
		l.raw(w.next(3000)).close()
		packed := w.gzip(w.bytes("app.log"))
		w.remove("app.log")
		w.create("app.log.1.gz", packed[:len(packed)/2])
		w.put("app.log", 10)
		w.start()
		w.until("the complete lines are counted", func() bool { return w.ledger.total() > 500 })
		w.until("the damage is reported", func() bool {
			s := w.tailer.Stats()["test"]
			return s.OpenErrors+s.LostFiles > 0
		})
		w.create("app.log.1.gz", packed)
		w.read()
		time.Sleep(4 * w.options.PollInterval)
		w.read()
	})
}

// What files are called says nothing about what is in them.
func TestNamesDeceive(t *testing.T) {
	for how, rotated := range map[string]func(w *world, text []byte){
		"text named .gz":        func(w *world, text []byte) { w.create("app.log.1.gz", text) },
		"gzip without the name": func(w *world, text []byte) { w.create("app.log.1", w.gzip(text)) },
		"zstd named .gz":        func(w *world, text []byte) { w.create("app.log.1.gz", w.zstd(text)) },
		"padded with zeros":     func(w *world, text []byte) { w.create("app.log.1.gz", append(w.gzip(text), make([]byte, 5000)...)) },
		"several members": func(w *world, text []byte) {
			w.create("app.log.1.gz", append(w.gzip(text[:777]), w.gzip(text[777:])...))
		},
		"several members, padded": func(w *world, text []byte) {
			w.create("app.log.1.gz", append(append(w.gzip(text[:777]), w.gzip(text[777:])...), make([]byte, 512)...))
		},
		"several frames": func(w *world, text []byte) {
			w.create("app.log.1.zst", append(w.zstd(text[:777]), w.zstd(text[777:])...))
		},
	} {
		t.Run(how, func(t *testing.T) {
			variants(t, []string{"app.log", "app.log*"}, everyDown, []string{""}, func(w *world, v variant) {
				w.put("app.log", 50)
				w.start()
				w.read()
				w.ledger.save()
				w.down(v.down)
				w.put("app.log", 50)
				if v.down == "" {
					w.read()
				}
				text := w.bytes("app.log")
				w.create("tmp", w.next(10))
				rotated(w, text)
				w.rename("tmp", "app.log")
				w.up(v.down)
				w.check()
				w.restart()
				w.put("app.log", 5)
				w.check()
				w.noOthers()
				w.noLoss()
			})
		})
	}
}

// A rotated file can not be read for a while: a directory is in its place. The
// live file goes on, and the rest is read when it can be.
func TestRotatedFileUnreadable(t *testing.T) {
	variants(t, []string{"app.log", "app.log*"}, []string{"stop", "kill"}, everyPack, func(w *world, v variant) {
		w.put("app.log", 50)
		w.start()
		w.read()
		w.ledger.save()
		w.down(v.down)
		w.put("app.log", 20)
		w.shift("app.log")
		rotated := w.pack("app.log.1", v.pack)
		w.rename(rotated, "away")
		w.mkdir(rotated)
		live := w.next(10)
		w.create("app.log", live)
		w.start()
		w.until("the live file is read", func() bool { return w.ledger.total() >= 60 })
		w.remove(rotated)
		w.rename("away", rotated)
		w.check()
		w.restart()
		w.put("app.log", 5)
		w.check()
	})
}

// A packed file with a hole of NULs, as copytruncate leaves it where the writer
// does not append, is read once and does not hold up the live file.
func TestNULsInAPackedFile(t *testing.T) {
	story(t, func(w *world) {
		w.options.Drain = 100 * time.Millisecond
		l := w.open("app.log").write(20)
		w.start()
		w.read()
		w.stop()
		l.raw(bytes.Repeat([]byte{0}, 16<<20)).raw([]byte("\n")).write(20).close()
		w.create("app.log.1.gz", w.gzip(w.bytes("app.log")))
		w.remove("app.log")
		w.put("app.log", 20)
		w.start()
		w.check()
	})
}
