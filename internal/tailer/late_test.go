package tailer

import (
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// What is finished is packed long after, on an injected clock: nothing of it
// counts again, whatever the pause before and after the packing.
func TestPackedLate(t *testing.T) {
	for _, how := range []string{"gzip", "zstd"} {
		for _, pause := range []time.Duration{time.Second, 70 * time.Second, 26 * time.Hour} {
			t.Run(how+" after "+pause.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, true)
					w.options = Options{Log: w.options.Log}
					w.put("app.log", 50)
					w.start()
					time.Sleep(3 * time.Second)
					w.shift("app.log")
					w.put("app.log", 50)
					time.Sleep(pause)
					b, err := os.ReadFile(w.path("app.log.1"))
					if err != nil {
						t.Fatal(err)
					}
					packed, name := w.gzip(b), "app.log.1.gz"
					if how == "zstd" {
						packed, name = w.zstd(b), "app.log.1.zst"
					}
					if err := os.WriteFile(w.path(name), packed, 0o644); err != nil {
						t.Fatal(err)
					}
					w.remove("app.log.1")
					time.Sleep(8 * time.Second)
					w.shift("app.log")
					w.put("app.log", 50)
					time.Sleep(20 * time.Second)
					synctest.Wait()
					w.check()
					w.stop()
				})
			})
		}
	}
}
