package stdin

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

// The end of a writer ends its last line, and a stop stores half a line. A line that a writer
// goes on with is not cut while another writer leaves.
func TestLinesOfFIFOWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var count *traffic.Counter
	k, _, ended, stop := run(t, spool.Options{}, func(s *spool.Spool, c *traffic.Counter) *Receiver {
		count = c
		r, err := OpenFIFO(path, s, c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return r
	})
	write := func(f *os.File, text string) {
		t.Helper()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *os.File {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	want := ""
	for i := range 20 {
		f := open()
		write(f, fmt.Sprintf("writer %d", i))
		if i%3 == 0 {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			f = open() // perhaps before the end of the other was seen
			write(f, "\n")
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		want += fmt.Sprintf("writer %d\n", i)
		for until := time.Now().Add(15 * time.Second); ; time.Sleep(time.Millisecond) {
			got, _ := k.read()
			if strings.ReplaceAll(got, "\n\n", "\n") == want {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("read %q, want %q", got, want)
			}
		}
	}
	got, _ := k.read()
	first, second := open(), open()
	write(first, "the first ")
	write(second, "second\n")
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, k, got+"the first second\n") // of two at once
	write(first, "half a line")
	for until := time.Now().Add(15 * time.Second); pipeSize(t, first) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("not read")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	eventually(t, k, got+"the first second\nhalf a line\n")
	if n, want := count.Stats().Lines, uint64(strings.Count(got, "\n")+2); n != want {
		t.Errorf("%d lines were counted, want %d", n, want)
	}
	_ = first.Close()
}

// pipeSize returns how many bytes of a pipe are not read.
func pipeSize(t *testing.T, f *os.File) int {
	t.Helper()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
