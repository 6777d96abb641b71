package tailer

import (
	"io"
	stdlog "log"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nxadm/tail"
)

// The same story for us and for nxadm/tail's Tail: a server that goes on
// writing to the renamed file until it is signalled to reopen, three times. What the
// library loses is logged (docs/decisions/0001); we must lose nothing.
func TestLossBesideLibraryTail(t *testing.T) {
	w := newWorld(t, false)
	l := w.open("app.log").write(100)
	w.start()
	w.read()
	other, err := tail.TailFile(w.path("app.log"), tail.Config{
		Follow: true, ReOpen: true, Poll: true, Logger: stdlog.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	counts := map[int]int{}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for line := range other.Lines {
			if n, err := strconv.Atoi(line.Text[1:8]); err == nil {
				mu.Lock()
				counts[n]++
				mu.Unlock()
			}
		}
	}()
	time.Sleep(300 * time.Millisecond)
	for range 3 {
		l.write(200)
		w.shift("app.log")
		for range 10 {
			l.write(50)
			time.Sleep(50 * time.Millisecond)
		}
		new := w.open("app.log").write(50)
		l.write(50).close()
		l = new
	}
	w.check()
	time.Sleep(time.Second)
	_ = other.Stop()
	<-drained
	lost, doubled := 0, 0
	for n := 1; n <= w.count(); n++ {
		switch c := counts[n]; {
		case c == 0:
			lost++
		case c > 1:
			doubled++
		}
	}
	t.Logf("of %d lines: this package lost 0 and doubled 0, nxadm/tail lost %d and doubled %d", w.count(), lost, doubled)
}
