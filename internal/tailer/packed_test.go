package tailer

import (
	"context"
	"testing"
	"time"

	"wvwatch/internal/tailer/logfs"
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

// The names of files do not show what is in them.
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

// counted counts what reading a compressed text costs: the bytes that must be
// decompressed, again from the begin where a read goes back further than what a
// reader has in memory.
type counted struct {
	logfs.Content
	end, cost *int64
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Content.ReadAt(p, off)
	end := off + int64(n)
	switch {
	case off+1<<20 < *c.end:
		*c.cost += end
	case end > *c.end:
		*c.cost += end - *c.end
	}
	*c.end = end
	return n, err
}

// counting calls begin at the first batches.
type counting struct {
	Sink
	begin func() bool // returns false where it is too early
	begun bool
}

func (c *counting) Parse(b Batch) int {
	c.begun = c.begun || c.begin()
	return c.Sink.Parse(b)
}

// The hole of NULs in a packed file, which copytruncate leaves where the writer
// does not append, costs no more than its length.
func TestNULsInAPackedFile(t *testing.T) {
	const hole = 64 << 20
	w := newWorld(t, false)
	text := append(append(w.next(20000), make([]byte, hole)...), w.next(20)...)
	w.create("app.log", w.gzip(text))
	var tl *Tailer
	var end, cost int64
	epoch := w.ledger.begin()
	tl, err := New(w.sources, nil, func(source string) Sink {
		return &counting{Sink: &sink{ledger: w.ledger, epoch: epoch, source: source}, begin: func() bool {
			for _, l := range tl.sources[0].list() { // Parse runs under the lock of the only one
				l.live.file = l.live.file.Through(counted{l.live.file, &end, &cost})
			}
			return len(tl.sources[0].list()) > 0
		}}
	}, w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.tailer = tl
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- tl.Run(ctx) }()
	w.read()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if cost < hole || cost > 3*hole {
		t.Errorf("%d bytes decompressed for a hole of %d", cost, int64(hole))
	}
}
