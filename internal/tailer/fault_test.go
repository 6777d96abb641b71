package tailer

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// What can not be read is counted and tried again; the rest goes on.
func TestWhatCanNotBeRead(t *testing.T) {
	story(t, func(w *world) {
		w.sources = []Config{{Name: "test", Files: []string{
			w.path("app.log"), w.path("dir"), w.path("pipe"), w.path("loop"), w.path("broken.gz"), w.path("dir/**")}}}
		for _, err := range []error{
			os.Mkdir(w.path("dir"), 0o755),
			syscall.Mkfifo(w.path("pipe"), 0o644),
			os.Symlink("loop", w.path("loop")),
			os.Symlink(".", w.path("dir/self")),
			os.WriteFile(w.path("broken.gz"), []byte("not gzip"), 0o644),
		} {
			if err != nil {
				w.Fatal(err)
			}
		}
		w.put("dir/deep.log", 10)
		w.put("app.log", 10)
		w.start()
		w.read()
		w.until("all four counted", func() bool { return w.tailer.Stats()["test"].OpenErrors >= 4 })
		for _, name := range []string{"pipe", "loop"} {
			w.remove(name)
			w.put(name, 10)
		}
		w.check()
	})
}

func TestNoPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	story(t, func(w *world) {
		w.put("app.log", 10)
		if err := os.Chmod(w.path("app.log"), 0); err != nil {
			w.Fatal(err)
		}
		w.start()
		w.until("counted", func() bool { return w.tailer.Stats()["test"].OpenErrors > 0 })
		if err := os.Chmod(w.path("app.log"), 0o644); err != nil {
			w.Fatal(err)
		}
		w.check()
	})
}

// Where directories report nothing, the watcher of nxadm/tail reports changes between
// two polls.
func TestWatcherWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.options = Options{PollInterval: time.Hour, Polling: true}
		l := w.open("app.log")
		w.start()
		time.Sleep(2*time.Hour + time.Second) // quiet files are looked at half as often
		for range 3 {
			l.write(1)
			time.Sleep(w.options.PollInterval * 2)
		}
		if n := w.ledger.total(); n != 3 {
			t.Fatalf("%d lines of 3 read by polling", n)
		}
		l.write(1)
		began := time.Now()
		time.Sleep(time.Second)
		synctest.Wait()
		if w.ledger.total() != 4 {
			if runtime.GOOS == "linux" {
				t.Fatalf("nothing read within %v: the watcher does not wake", time.Since(began))
			}
			t.Skip("the library's watcher is used on Linux only")
		}
		w.stop()
	})
}

// A record that stays the last one ends after the silence, no sooner and not
// much later.
func TestSilenceEndsTheLastRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true)
		w.options = Options{Watches: -1}
		l := w.open("app.log").write(1)
		w.start()
		time.Sleep(time.Second)
		synctest.Wait()
		if w.ledger.total() != 1 {
			t.Fatal("not read at the start")
		}
		l.write(1)
		time.Sleep(249 * time.Millisecond)
		synctest.Wait()
		if w.ledger.total() != 1 {
			t.Error("settled too early")
		}
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		if w.ledger.total() != 2 {
			t.Error("not settled within 0.55 s")
		}
		w.stop()
	})
}

// At the start the last record ends as long after the file was modified, not after it was
// opened, and is not held until the next poll: a scrape waits for it.
func TestSilenceBeforeTheStart(t *testing.T) {
	for _, tt := range []struct{ age, wait time.Duration }{
		{0, 250 * time.Millisecond},
		{100 * time.Millisecond, 150*time.Millisecond + coarseClock},
		{time.Second, 0},
		{time.Hour, 0},
		{-time.Hour, 250 * time.Millisecond}, // another clock gave it
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, true)
			w.options = Options{Watches: -1}
			w.put("app.log", 1)
			path := w.path("app.log")
			f, _, err := logfs.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if !f.IsLocal() {
				t.Skip("the file system of the test is none of which the clock is known")
			}
			at := time.Now().Add(-tt.age)
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
			w.start()
			if tt.wait > 0 {
				time.Sleep(tt.wait - time.Millisecond)
				synctest.Wait()
				if w.ledger.total() != 0 {
					t.Errorf("modified %v before the start: settled too early", tt.age)
				}
				time.Sleep(time.Millisecond)
			}
			synctest.Wait()
			select {
			case <-w.tailer.CaughtUp():
			default:
				t.Errorf("modified %v before the start: not caught up after %v", tt.age, tt.wait)
			}
			if n := w.ledger.total(); n != 1 {
				t.Errorf("modified %v before the start: %d lines read", tt.age, n)
			}
			w.stop()
		})
	}
}

// A rotated file is closed when it was quiet for a minute, and its unterminated
// last line counts then.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true)
		w.options = Options{Watches: -1}
		l := w.open("app.log").write(1)
		line := w.next(1)
		l.raw(line[:len(line)-1])
		w.start()
		time.Sleep(time.Second)
		w.shift("app.log")
		w.put("app.log", 1)
		for range 5 { // the writer keeps it alive
			time.Sleep(50 * time.Second)
			synctest.Wait()
			if n := w.tailer.Stats()["test"].Files; n != 2 {
				t.Errorf("%d files followed, want 2", n)
			}
			l.raw([]byte("x"))
		}
		time.Sleep(62 * time.Second)
		synctest.Wait()
		if n := w.tailer.Stats()["test"].Files; n != 1 {
			t.Errorf("%d files followed, want 1", n)
		}
		if n := w.ledger.total(); n != 3 {
			t.Errorf("%d lines read of 3", n)
		}
		w.stop()
	})
}

// A pod's directory goes, and with it everything that is known of it.
func TestGoneForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true)
		w.options = Options{}
		w.sources[0].Files = []string{w.path("pods/*/0.log")}
		for _, dir := range []string{"pods", "pods/a"} {
			if err := os.Mkdir(w.path(dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		w.put("pods/a/0.log", 10)
		w.start()
		time.Sleep(10 * time.Second)
		if err := os.RemoveAll(w.path("pods/a")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := w.ledger.total(); n != 10 {
			t.Errorf("%d lines read of 10", n)
		}
		if n := w.ledger.unfinished(); n != 0 {
			t.Errorf("%d positions left", n)
		}
		if n := len(w.tailer.sources[0].list()); n != 0 {
			t.Errorf("%d log paths left", n)
		}
		w.stop()
	})
}

// descriptors returns how many files this process has open.
func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	return len(entries)
}

func TestNoDescriptorIsLeftOpen(t *testing.T) {
	// The runtime's own poller opens its descriptors at the first use.
	if r, w, err := os.Pipe(); err == nil {
		_, _ = r.Close(), w.Close()
	}
	before := descriptors(t)
	w := newWorld(t, false)
	l := w.open("app.log").write(10)
	w.start()
	w.read()
	l.write(10)
	w.shift("app.log")
	w.put("app.log", 10)
	w.check()
	time.Sleep(300 * time.Millisecond)
	w.stop()
	l.close()
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors open, %d before", after, before)
	}
}

// A writer comes back to a rotated file long after it was finished.
func TestLateWriterAfterTheDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true)
		w.options = Options{}
		l := w.open("app.log").write(10)
		w.start()
		time.Sleep(time.Second)
		w.shift("app.log")
		w.put("app.log", 10)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := w.tailer.Stats()["test"].Files; n != 1 {
			t.Errorf("%d files followed, want 1", n)
		}
		l.write(10)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if n := w.ledger.total(); n != 30 {
			t.Errorf("%d lines read of 30", n)
		}
		w.stop()
	})
}

func TestTenThousandSiblings(t *testing.T) {
	story(t, func(w *world) {
		for i := range 10_000 {
			if err := os.WriteFile(w.path("app.log.2026"+strconv.Itoa(100_000+i)), []byte("older\n"), 0o644); err != nil {
				w.Fatal(err)
			}
		}
		w.put("app.log", 100)
		w.start()
		w.read()
		w.rename("app.log", "app.log.2026200000")
		w.put("app.log", 100)
		w.read()
		w.stop()
		w.rename("app.log", "app.log.2026200001")
		w.put("app.log", 100)
		w.start()
		w.check()
		if got := w.ledger.others(); len(got) > 0 {
			w.Errorf("read %d older lines", len(got))
		}
	})
}

// Out of descriptors: what is open goes on, the rest waits.
func TestOutOfDescriptors(t *testing.T) {
	w := newWorld(t, false)
	w.sources[0].Files = []string{w.path("*.log")}
	w.options.Watches = -1
	for i := range 60 {
		w.put("app"+strconv.Itoa(i)+".log", 10)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	few.Cur = uint64(descriptors(t) + 30)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Skip(err)
	}
	w.start()
	w.until("errors counted", func() bool { return w.tailer.Stats()["test"].OpenErrors > 0 })
	time.Sleep(100 * time.Millisecond)
	read := w.ledger.total()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if read == 0 {
		t.Error("nothing was read with the descriptors there were")
	}
	w.check()
	w.stop()
}
