package tailer

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// A server goes on writing to the file that was renamed until it is signalled to
// open the new one, as nginx until USR1.
func TestRenameWriterKeepsTheOldFileOpen(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		for range 3 {
			l.write(50)
			w.shift("app.log")
			l.write(50)
			new := w.open("app.log")
			for range 10 {
				l.write(20)
				new.write(20)
				time.Sleep(20 * time.Millisecond)
			}
			l.close()
			l = new
		}
		w.check()
		if n := w.tailer.Stats()["test"].Rotations; n != 3 {
			t := w.TB
			t.Errorf("%d rotations counted of 3", n)
		}
	})
}

func TestTenRenamesIn50ms(t *testing.T) {
	story(t, func(w *world) {
		w.put("app.log", 100)
		w.start()
		w.read()
		for range 10 {
			w.shift("app.log")
			w.put("app.log", 100)
			time.Sleep(5 * time.Millisecond)
		}
		w.check()
	})
}

// Everything happens between two looks.
func TestTenRenamesAtOnce(t *testing.T) {
	story(t, func(w *world) {
		w.put("app.log", 100)
		w.start()
		w.read()
		for range 10 {
			w.shift("app.log")
			w.put("app.log", 100)
		}
		w.check()
	})
}

func TestRenamedAwayAndBack(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(1000)
		w.start()
		w.read()
		w.rename("app.log", "app.log.away")
		l.write(100)
		w.put("app.log", 200)
		w.read() // a file that comes and goes between two looks has no name to find it by
		l.write(100)
		w.rename("app.log", "app.log.new")
		w.rename("app.log.away", "app.log")
		l.write(100)
		time.Sleep(80 * time.Millisecond)
		l.write(100)
		w.check()
		l.write(10)
		w.check()
	})
}

func TestRotationWhileTheReaderLags(t *testing.T) {
	for name, pack := range map[string][]string{"plain": nil, "gzip": {"gzip", "-q"}, "zstd": {"zstd", "-q", "--rm"}} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				w.options.Block = 4 << 10
				w.put("app.log", 300)
				w.ledger.slow.Store(int64(30 * time.Millisecond))
				w.start()
				w.until("first block", func() bool { return w.ledger.total() > 0 })
				for range 3 {
					time.Sleep(50 * time.Millisecond)
					w.shift("app.log")
					if pack != nil {
						w.run(pack[0], append(pack[1:len(pack):len(pack)], w.path("app.log.1"))...)
					}
					w.put("app.log", 300)
				}
				time.Sleep(200 * time.Millisecond)
				w.ledger.slow.Store(0)
				w.check()
			})
		})
	}
}

func TestDatedRotation(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		for _, date := range []string{"app.log-20261121", "app.log-20261122", "app-20261123.log"} {
			w.rename("app.log", date)
			new := w.open("app.log").write(50)
			l.write(50).close()
			l = new
		}
		w.check()
	})
}

func TestHalfALineRotationOtherHalf(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(50)
		w.start()
		w.read()
		for range 5 {
			line := w.next(1)
			l.raw(line[:9])
			time.Sleep(30 * time.Millisecond)
			w.shift("app.log")
			new := w.open("app.log").write(5)
			time.Sleep(90 * time.Millisecond)
			l.raw(line[9:]).write(3)
			l.close()
			l = new
		}
		w.check()
	})
}

// The last line of a finished file counts though its newline never came.
func TestUnterminatedLastLine(t *testing.T) {
	story(t, func(w *world) {
		w.options.Drain = 100 * time.Millisecond
		l := w.open("app.log").write(10)
		w.start()
		w.read()
		line := w.next(1)
		l.raw(line[:len(line)-1])
		time.Sleep(200 * time.Millisecond)
		if w.ledger.total() != 10 {
			w.Error("half a line was counted in a live file")
		}
		l.close()
		w.shift("app.log")
		w.put("app.log", 10)
		w.check()
	})
}

// Deleted and created again: the kernel likes to use the inode number again.
func TestDeletedAndRecreated(t *testing.T) {
	story(t, func(w *world) {
		w.options.Drain = 50 * time.Millisecond
		w.start()
		for range 8 {
			w.put("app.log", 100)
			w.read()
			time.Sleep(50 * time.Millisecond)
			w.remove("app.log")
			time.Sleep(100 * time.Millisecond)
		}
		w.put("app.log", 1000)
		w.check()
	})
}

// A rotation by hard link: two names for a moment, then the first one goes.
func TestHardLinkRotation(t *testing.T) {
	story(t, func(w *world) {
		l := w.open("app.log").write(100)
		w.start()
		w.read()
		for i := range 3 {
			l.write(20)
			if err := os.Link(w.path("app.log"), w.path(fmt.Sprintf("app.log.2026112%d", i))); err != nil {
				w.Fatal(err)
			}
			l.write(20)
			w.remove("app.log")
			l.write(20).close()
			l = w.open("app.log").write(20)
		}
		w.check()
		w.restart()
		w.check()
	})
}

// The directory is renamed under the file, and created again.
func TestDirectoryRenamed(t *testing.T) {
	story(t, func(w *world) {
		w.mkdir("logs")
		w.sources[0].Files = []string{w.path("logs/*.log")}
		l := w.open("logs/app.log").write(100)
		w.start()
		w.read()
		w.rename("logs", "logs.old")
		l.write(50)
		w.mkdir("logs")
		l.write(10)
		w.read()
		m := w.open("logs/app.log").write(30)
		l.write(10)
		m.write(10)
		w.check()
	})
}
