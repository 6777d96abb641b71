package tailer

import (
	"path/filepath"
	"testing"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// deaf is content that does not answer until it is released.
type deaf struct {
	logfs.Content
	asked    chan struct{} // gets one for each read that waits
	released chan struct{}
}

func (d deaf) ReadAt(p []byte, off int64) (int, error) {
	select {
	case d.asked <- struct{}{}:
	default:
	}
	<-d.released
	return d.Content.ReadAt(p, off)
}

// deafen makes reads of the live file at name wait.
func (w *world) deafen(name string) deaf {
	w.Helper()
	for _, l := range w.tailer.sources[0].list() {
		if l.path == w.path(name) {
			l.mu.Lock()
			defer l.mu.Unlock()
			d := deaf{l.live.file, make(chan struct{}, 1), make(chan struct{})}
			l.live.file = l.live.file.Through(d)
			return d
		}
	}
	w.Fatalf("%s is not followed", name)
	return deaf{}
}

// Reads that hang keep their reader, of which there is one only; the other files,
// also one in a directory between, go on with another.
func TestReadsThatHang(t *testing.T) {
	story(t, func(w *world) {
		w.options.Readers = 1
		w.sources[0].Files = []string{w.path("a/1.log"), w.path("b/2.log"), w.path("c/3.log")}
		var logs []*log
		for _, f := range w.sources[0].Files {
			name, _ := filepath.Rel(w.dir, f)
			w.mkdir(filepath.Dir(name))
			logs = append(logs, w.open(name).write(5))
		}
		w.start()
		w.read()
		d := w.deafen("b/2.log")
		logs[1].write(5)
		<-d.asked
		hanging := w.count()
		for range 3 {
			logs[0].write(10)
			logs[2].write(10)
			w.until("what is written elsewhere", func() bool { return w.ledger.total() == w.count()-5 })
		}
		if n := w.tailer.Stats()["test"].OpenErrors; n == 0 {
			w.Errorf("%d lines hang, and no error is counted", hanging)
		}
		close(d.released)
		logs[1].write(5)
		w.check()
	})
}

// What a read returns that hung when its tailer ended is for the next tailer.
func TestReadsThatHangOverARestart(t *testing.T) {
	story(t, func(w *world) {
		w.options.StopTimeout = 50 * time.Millisecond
		l := w.open("app.log").write(5)
		w.start()
		w.read()
		d := w.deafen("app.log")
		l.write(100)
		<-d.asked
		old := w.tailer
		w.restart()
		close(d.released)
		old.work.Wait()
		l.write(5)
		w.check()
	})
}

// A log path on a file system that does not answer holds its own lock only.
func TestLooksThatHang(t *testing.T) {
	story(t, func(w *world) {
		w.options.StopTimeout = 50 * time.Millisecond
		w.sources[0].Files = []string{w.path("a.log"), w.path("b.log"), w.path("c.log")}
		logs := []*log{w.open("a.log").write(5), w.open("b.log"), w.open("c.log").write(5)}
		w.start()
		w.read()
		var hung *logPath
		for _, l := range w.tailer.sources[0].list() {
			if l.path == w.path("b.log") {
				hung = l
			}
		}
		hung.mu.Lock() // as a poller does that waits in a stat
		logs[0].write(10)
		logs[2].write(10)
		w.check()
		hung.mu.Unlock()
		logs[1].write(10)
		w.check()
	})
}
