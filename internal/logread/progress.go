package logread

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// Progress draws a bar on a terminal while files are read, once that has taken
// a second. On anything else it does nothing.
type Progress struct {
	done chan struct{}
	wait sync.WaitGroup
}

// StartProgress draws on w how much of the files was read, by the bytes that Open
// adds to read. The caller stops it.
func StartProgress(w io.Writer, files []string, read *atomic.Int64) *Progress {
	p := &Progress{done: make(chan struct{})}
	f, ok := w.(*os.File)
	total := totalSize(files)
	if !ok || !term.IsTerminal(int(f.Fd())) || total == 0 {
		return p
	}
	p.wait.Go(func() {
		start, tick := time.Now(), time.NewTicker(250*time.Millisecond)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-p.done:
				if shown {
					fmt.Fprint(w, "\r\033[K")
				}
				return
			case <-tick.C:
				if time.Since(start) > time.Second {
					shown = true
					drawBar(w, read.Load(), total, time.Since(start))
				}
			}
		}
	})
	return p
}

// Stop removes the bar. It is called once.
func (p *Progress) Stop() {
	close(p.done)
	p.wait.Wait()
}

func drawBar(w io.Writer, read, total int64, took time.Duration) {
	const width = 30
	full := min(int(read*width/total), width)
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = '.'
		if i < full {
			bar[i] = '#'
		}
	}
	fmt.Fprintf(w, "\r[%s] %3d %%  %.0f MiB/s\033[K", bar, min(read*100/total, 100), float64(read)/(1<<20)/took.Seconds())
}

// totalSize adds up the sizes of the files that have one.
func totalSize(files []string) (n int64) {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}
