package stdin

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/tailer"
)

// sink keeps the lines that are read from a spool.
type sink struct {
	mu           sync.Mutex
	lines, found []byte
	at           int64
}

func (s *sink) Parse(b tailer.Batch) int {
	s.found = append(s.found[:0], b.Lines...)
	return len(b.Lines)
}

func (s *sink) Commit(p tailer.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.at = append(s.lines, s.found...), p.Offset
}

func (s *sink) Forget(tailer.ID) {}

func (s *sink) read() (string, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.lines), s.at
}

// run runs a receiver on a spool that is read, and returns what ends when it does; stop stops
// the receiver only.
func run(t *testing.T, o spool.Options, receiver func(*spool.Spool, *traffic.Counter) *Receiver) (k *sink, s *spool.Spool, ended <-chan error, stop func()) {
	t.Helper()
	o.Delay = time.Millisecond
	s, err := spool.Open(t.TempDir(), 0, o)
	if err != nil {
		t.Fatal(err)
	}
	k = &sink{}
	r := receiver(s, &traffic.Counter{})
	ctx, cancel := context.WithCancel(context.Background())
	receiving, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() { _ = spool.NewReader(s, "pipe", 0, tailer.Counts{}, k).Run(ctx) })
	done, stopped := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(stopped)
		done <- r.Run(receiving)
	}()
	t.Cleanup(func() {
		stop()
		<-stopped // before its spool
		cancel()
		work.Wait()
	})
	return k, s, done, stop
}

func eventually(t *testing.T, k *sink, want string) {
	t.Helper()
	for until := time.Now().Add(15 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		got, _ := k.read()
		if got == want {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("read %d bytes %.300q, want %d", len(got), got, len(want))
		}
	}
}

func TestStandardInputEnds(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	k, _, ended, _ := run(t, spool.Options{}, func(s *spool.Spool, c *traffic.Counter) *Receiver {
		r := New(s, c, slog.New(slog.DiscardHandler))
		r.in = in
		return r
	})
	for _, text := range []string{"a\nb", "c\n", strings.Repeat("x", 3*blockSize) + "\n", strings.Repeat("z", maxLine+3*blockSize) + "\n", "last"} {
		if _, err := out.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	_ = out.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	eventually(t, k, "a\nbc\n"+strings.Repeat("x", 3*blockSize)+"\nlast\n") // without the line that is too long
}

// A FIFO goes on with the next writer.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if _, err := OpenFIFO(path, nil, nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("opened a FIFO that is not there")
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	k, _, ended, stop := run(t, spool.Options{}, func(s *spool.Spool, c *traffic.Counter) *Receiver {
		r, err := OpenFIFO(path, s, c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return r
	})
	want := ""
	for i := range 3 {
		line := fmt.Sprintf("line %d\n", i)
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		want += line
		eventually(t, k, want)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckFIFO(filepath.Join(filepath.Dir(path), "file")); err == nil {
		t.Error("a file passes for a FIFO")
	}
}

// A full spool makes the writer wait, and loses nothing.
func TestWriterWaits(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	k, s, ended, _ := run(t, spool.Options{MaxBytes: 1 << 20, Segment: 50_000}, func(s *spool.Spool, c *traffic.Counter) *Receiver {
		r := New(s, c, slog.New(slog.DiscardHandler))
		r.in = in
		return r
	})
	want := strings.Repeat(strings.Repeat("y", 99)+"\n", 40_000)
	go func() {
		_, _ = out.WriteString(want)
		_ = out.Close()
	}()
	for done := false; !done; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			done = true
		case <-time.After(time.Millisecond):
			_, at := k.read()
			if err := s.Saved(at); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, k, want)
}
