package tailer

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestFileAndDirectoryAppearLater(t *testing.T) {
	story(t, func(w *world) {
		w.sources = []Config{
			{Name: "test", Files: []string{w.path("app.log"), w.path("later/deep/app.log"), w.path("pods/**/*.log")}, Start: "end"},
		}
		w.start()
		<-w.tailer.CaughtUp()
		time.Sleep(30 * time.Millisecond)
		w.put("app.log", 10)
		if err := os.MkdirAll(w.path("later/deep"), 0o755); err != nil {
			w.Fatal(err)
		}
		w.put("later/deep/app.log", 10)
		for _, dir := range []string{"pods", "pods/a", "pods/a/b"} {
			if err := os.Mkdir(w.path(dir), 0o755); err != nil {
				w.Fatal(err)
			}
			w.put(dir+"/0.log", 10)
			time.Sleep(50 * time.Millisecond)
		}
		w.check()
	})
}

func TestStartAtTheEnd(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Start = "end"
		l := w.open("app.log").raw([]byte("old\nold\nbegun "))
		w.start()
		<-w.tailer.CaughtUp()
		l.raw([]byte("before\n")).write(10)
		w.check()
		if got := w.ledger.others(); len(got) != 1 || got[0] != "begun before\n" {
			w.Errorf("read %q, want the line that was being written", got)
		}
		w.stop()
		w.rename("app.log", "app.log.1")
		w.put("app.log", 10) // new while down: not skipped
		w.start()
		w.check()
	})
}

func TestFiveHundredFiles(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("*.log")}
		w.start()
		for i := range 500 {
			w.put(fmt.Sprintf("app-%d.log", i), 10)
		}
		w.read()
		for i := range 500 {
			w.rename(fmt.Sprintf("app-%d.log", i), fmt.Sprintf("app-%d.log.1", i))
			w.put(fmt.Sprintf("app-%d.log", i), 10)
		}
		w.check()
		if st := w.tailer.Stats()["test"]; st.LagBytes != 0 {
			w.Errorf("lag of %d bytes left", st.LagBytes)
		}
	})
}

// Files of the same program begin with the same 2 KiB.
func TestSameBanner(t *testing.T) {
	banner := make([]byte, 0, 2048)
	for len(banner) < 2000 {
		banner = append(banner, "================ the same banner ================\n"...)
	}
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("*.log"), w.path("app.log*")}
		l := w.open("app.log").raw(banner)
		w.start()
		l.write(100)
		w.read()
		for i := range 6 {
			w.shift("app.log")
			new := w.open("app.log").raw(banner)
			l.write(20).close()
			l = new
			w.open(fmt.Sprintf("other%d.log", i)).raw(banner).write(20)
			time.Sleep(time.Duration(10*i) * time.Millisecond)
			l.write(100)
			if i == 3 {
				w.restart()
			}
		}
		w.check()
	})
}

func TestOneFileOfTwoNames(t *testing.T) {
	story(t, func(w *world) {
		w.sources[0].Files = []string{w.path("*.log"), w.path("link")}
		l := w.open("app.log").write(10)
		for _, link := range []string{"hard.log", "other.log"} {
			if err := os.Link(w.path("app.log"), w.path(link)); err != nil {
				w.Fatal(err)
			}
		}
		if err := os.Symlink("app.log", w.path("link")); err != nil {
			w.Fatal(err)
		}
		w.start()
		l.write(100)
		w.check()
		if n := w.tailer.Stats()["test"].Files; n != 1 {
			w.Errorf("%d files followed, want 1", n)
		}
	})
}

// One followed path is renamed to another.
func TestRenamedToAnotherFollowedPath(t *testing.T) {
	story(t, func(w *world) {
		w.options.Drain = 100 * time.Millisecond
		w.sources[0].Files = []string{w.path("a.log"), w.path("b.log")}
		l := w.open("a.log").write(10)
		w.start()
		w.read()
		w.rename("a.log", "b.log")
		w.put("a.log", 10)
		w.read()
		time.Sleep(300 * time.Millisecond) // a.log's old file has drained, but b.log is it
		l.write(10)
		w.check()
		l.write(10)
		w.check()
	})
}

func TestSymlinkSwitched(t *testing.T) {
	story(t, func(w *world) {
		if err := os.Mkdir(w.path("pods"), 0o755); err != nil {
			w.Fatal(err)
		}
		link := func(target string) {
			_ = os.Remove(w.path("tmp"))
			if err := os.Symlink(target, w.path("tmp")); err != nil {
				w.Fatal(err)
			}
			w.rename("tmp", "app.log")
		}
		l := w.open("pods/0.log").write(100)
		link("pods/0.log")
		w.start()
		w.read()
		// The kubelet rotates the target, then the container is created again.
		w.rename("pods/0.log", "pods/0.log.20261123-101500")
		l.write(100)
		new := w.open("pods/0.log").write(100)
		l.write(100).close()
		l = new
		time.Sleep(60 * time.Millisecond)
		for i := range 3 {
			name := fmt.Sprintf("pods/%d.log", i+1)
			new := w.open(name).write(100)
			link(name)
			l.write(200).close()
			l = new
			w.read() // a target that comes and goes between two looks has no name to find it by
			l.write(100)
		}
		w.check()
	})
}
