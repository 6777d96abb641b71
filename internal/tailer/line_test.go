package tailer

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// A line over the bound is skipped to its newline and counted, however it comes.
func TestOverlongLine(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(10)
		huge := append(bytes.Repeat([]byte("x"), 10<<20), '\n')
		l.raw(huge).write(10)
		w.start()
		w.read()
		for _, size := range []int{1<<20 + 1, 3 << 20} {
			l.raw(bytes.Repeat([]byte("y"), size/2))
			time.Sleep(50 * time.Millisecond)
			l.raw(append(bytes.Repeat([]byte("y"), size-size/2-1), '\n')).write(3)
		}
		l.raw(append(bytes.Repeat([]byte("z"), 1<<20-1), '\n')).write(3)
		w.check()
		if n := w.tailer.Stats()["test"].OverlongLines; n != 3 {
			w.Errorf("%d over-long lines counted of 3", n)
		}
		if got := w.ledger.others(); len(got) != 1 || got[0] != strings.Repeat("z", 1<<20-1)+"\n" {
			w.Errorf("%d other lines, want the one that is just not too long", len(got))
		}
	})
}

func TestOverlongLineAcrossARestart(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(10)
		w.start()
		w.read()
		l.raw(bytes.Repeat([]byte("x"), 3<<20))
		time.Sleep(60 * time.Millisecond)
		w.restart()
		l.raw([]byte("#0000001 not a line of its own\n")).write(10)
		w.check()
	})
}

// Bytes are handed over unchanged.
func TestBytesAreKept(t *testing.T) {
	story(t, func(w *world) {
		want := []string{"cr\r\n", "nul \x00 in it\n", "\x00\x00nul before\n", "bad \xff\xfe utf-8\n", "\n", "\r\n", "\x00\n"}
		l := w.open("app.log").raw([]byte("first\n"))
		w.start()
		for _, line := range want {
			l.raw([]byte(line))
		}
		l.write(3)
		w.check()
		if got := w.ledger.others()[1:]; strings.Join(got, "") != strings.Join(want, "") {
			w.Errorf("read %q, want %q", got, want)
		}
	})
}

// Holes are stepped over, at the begin and in the midst; a preallocated end is
// waited for.
func TestHoles(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(10)
		w.start()
		w.read()
		end := func() int64 {
			st, err := l.f.Stat()
			if err != nil {
				w.Fatal(err)
			}
			return st.Size()
		}
		for _, hole := range []int64{700, 5 << 20} {
			if err := os.Truncate(w.path("app.log"), end()+hole); err != nil {
				w.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
			l.write(10)
			w.read()
		}
		// Now the writer fills what was reserved.
		at := end()
		if err := os.Truncate(w.path("app.log"), at+4<<20); err != nil {
			w.Fatal(err)
		}
		f, err := os.OpenFile(w.path("app.log"), os.O_WRONLY, 0)
		if err != nil {
			w.Fatal(err)
		}
		defer f.Close()
		for range 5 {
			b := w.next(30)
			if _, err := f.WriteAt(b, at); err != nil {
				w.Fatal(err)
			}
			at += int64(len(b))
			time.Sleep(40 * time.Millisecond)
		}
		w.check()
		if got := w.ledger.others(); len(got) > 0 {
			w.Errorf("read %q", got)
		}
	})
}

// Half a line waits for its newline, however long that takes.
func TestHalfLines(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(3)
		w.start()
		for range 4 {
			line := w.next(1)
			for len(line) > 0 {
				n := min(len(line), 1+random(20))
				l.raw(line[:n])
				line = line[n:]
				time.Sleep(time.Duration(random(30)) * time.Millisecond)
			}
		}
		w.check()
		if got := w.ledger.others(); len(got) > 0 {
			w.Errorf("read %q", got)
		}
	})
}
