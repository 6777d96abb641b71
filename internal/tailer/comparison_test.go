package tailer

import (
	"testing"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// A new file is compared with those that were rotated away by what was read of them: where
// hundreds are rotated a second, each would be read as often.
func TestRotatedFilesAreNotReadAgain(t *testing.T) {
	w := newWorld(t, false)
	w.options.Drain = time.Hour
	const rotations = 20
	w.start()
	for range rotations {
		w.put("app.log", 2)
		w.read()
		w.shift("app.log")
	}
	w.put("app.log", 2)
	w.read()
	l := w.tailer.sources[0].list()[0]
	w.until("all files followed", func() bool { return w.tailer.Stats()["test"].Files == rotations+1 })
	w.put("other.log", 2)
	path, now := w.path("other.log"), time.Now()
	g, err := openGeneration(path, "", now)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	info, err := logfs.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var end, cost int64
	rotated := 0
	for _, o := range l.gens {
		if o != l.live {
			o.file = o.file.Through(counted{o.file, &end, &cost})
			rotated++
		}
	}
	f := comparison{l: l, g: g, s: logfs.SiblingOf(l.path, path, info), now: now}
	if rel, of := f.copyOf(l, every); rel != stranger || rotated != rotations || cost > 0 {
		t.Errorf("relation %d to %v; %d bytes of %d rotated files were read", rel, of, cost, rotated)
	}
}
