package tailer

import (
	"os"
	"testing"
)

// link makes name a symlink to target, in one step.
func (w *world) link(target, name string) {
	w.Helper()
	_ = os.Remove(w.path("tmp"))
	if err := os.Symlink(target, w.path("tmp")); err != nil {
		w.Fatal(err)
	}
	w.rename("tmp", name)
}

// The kubelet rotates and packs the target of a symlink, and then the container
// is started again: the symlink leads to another file. All of it happens while we
// are down.
func TestKubernetesDown(t *testing.T) {
	story(t, func(w *world) {
		w.mkdir("pods/p/c")
		w.mkdir("containers")
		w.sources[0].Files = []string{w.path("containers/*.log")}
		l := w.open("pods/p/c/0.log").write(100)
		w.link("../pods/p/c/0.log", "containers/x.log")
		w.start()
		w.read()
		w.stop()
		l.write(30).close()
		w.rename("pods/p/c/0.log", "pods/p/c/0.log.20261123-101500")
		l = w.open("pods/p/c/0.log").write(30)
		w.run("gzip", w.path("pods/p/c/0.log.20261123-101500"))
		w.start()
		w.read()
		w.stop()
		l.write(30).close()
		w.rename("pods/p/c/0.log", "pods/p/c/0.log.20261123-101600")
		w.put("pods/p/c/0.log", 30)
		w.put("pods/p/c/1.log", 30)
		w.link("../pods/p/c/1.log", "containers/x.log")
		w.start()
		w.check()
		w.restart()
		w.check()
	})
}

// Docker's json-file driver with max-size, max-file and compress.
func TestDockerMaxSize(t *testing.T) {
	for name, down := range map[string]bool{"running": false, "down": true} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				const name = "containers/abc/abc-json.log"
				w.mkdir("containers/abc")
				w.sources[0].Files = []string{w.path("containers/*/*-json.log")}
				l := w.open(name).write(100)
				w.start()
				w.read()
				for range 4 {
					l.write(100)
					if down {
						w.stop()
					}
					l.write(100)
					w.shift(name)
					l.close()
					l = w.open(name).write(50)
					w.run("gzip", "-q", w.path(name+".1"))
					l.write(10)
					if down {
						w.start()
					}
				}
				w.check()
			})
		})
	}
}
