package tailer

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// lateSteps pack a finished file in two steps. The file is app.log.1 at the first
// step and app.log.2, with its extensions, at the second one.
var lateSteps = map[string]struct {
	first, second func(w *world, text []byte)
}{
	"gzip by a temporary name": {
		first:  func(w *world, _ []byte) { w.pack("app.log.1", "gzip") },
		second: func(*world, []byte) {},
	},
	"zstd by a temporary name": {
		first:  func(w *world, _ []byte) { w.pack("app.log.1", "zstd") },
		second: func(*world, []byte) {},
	},
	"gzip -k, rm later": {
		first:  func(w *world, _ []byte) { w.packCopy("app.log.1", "gzip") },
		second: func(w *world, _ []byte) { w.remove("app.log.2") },
	},
	"gunzip of the packed file": {
		first: func(w *world, _ []byte) { w.pack("app.log.1", "gzip") },
		second: func(w *world, text []byte) {
			w.create("app.log.2", text)
			w.sameTime("app.log.2.gz", "app.log.2")
			w.remove("app.log.2.gz")
		},
	},
	"gz to zst": {
		first: func(w *world, _ []byte) { w.pack("app.log.1", "gzip") },
		second: func(w *world, text []byte) {
			w.create("app.log.2.zst", w.zstd(text))
			w.sameTime("app.log.2.gz", "app.log.2.zst")
			w.remove("app.log.2.gz")
		},
	},
	"packed again": {
		first: func(w *world, _ []byte) { w.pack("app.log.1", "gzip") },
		second: func(w *world, text []byte) {
			w.create("app.log.2", text)
			w.sameTime("app.log.2.gz", "app.log.2")
			w.remove("app.log.2.gz")
			w.pack("app.log.2", "gzip")
		},
	},
}

// A finished file is packed long after its rotation, on a fake clock: nothing of
// it counts again, whatever the pause before and after the packing.
func TestPackedLate(t *testing.T) {
	t.Parallel()
	for i, how := range slices.Sorted(maps.Keys(lateSteps)) {
		for j, pause := range []time.Duration{time.Second, 70 * time.Second, 26 * time.Hour} {
			for k, down := range everyDown {
				if pause > time.Hour && k != i%3 {
					continue // a day takes seconds
				}
				files := everyFiles[(i/3+j+k)%3]
				steps := lateSteps[how]
				t.Run(fmt.Sprintf("%s after %v %s", how, pause, variant{files: files, down: down}), func(t *testing.T) {
					t.Parallel()
					fakeClock(t, files, func(w *world) {
						if pause > time.Hour { // fewer looks, but no longer than files are searched after a rotation
							w.options.PollInterval, w.options.RescanInterval, w.options.Watches = time.Second, 10*time.Second, -1
						}
						w.put("app.log", 50)
						text := w.bytes("app.log")
						w.start()
						w.read()
						w.ledger.save()
						w.shift("app.log")
						w.put("app.log", 50)
						time.Sleep(pause)
						w.down(down)
						steps.first(w, text)
						w.up(down)
						time.Sleep(8 * time.Second)
						w.shift("app.log")
						w.put("app.log", 50)
						w.read()
						time.Sleep(min(pause, 70*time.Second))
						w.down(down)
						steps.second(w, text)
						w.up(down)
						time.Sleep(min(pause, 70*time.Second))
						w.put("app.log", 5)
						w.check()
						w.noLoss()
					})
				})
			}
		}
	}
}
