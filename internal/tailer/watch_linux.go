package tailer

import (
	"os"
	"strconv"
	"sync"

	"github.com/nxadm/tail/watch"
	"golang.org/x/sys/unix"
	"gopkg.in/tomb.v1"
)

// watches lets the polling watcher of nxadm/tail report changes of the files
// that are written to now. It only wakes: nothing is missed without it.
//
// The library ends the process (util.Fatal) when a look at a watched path fails
// with anything but "not found". That can not happen here: what is watched is
// /proc/self/fd/N of a descriptor that is the watcher's own, open for as long as
// the library looks at it, of a file on a local file system. It is never killed
// but ended by putting /dev/null under the same number, which the library takes
// for a deletion and acknowledges; only then N is closed and may be used again.
type watches struct {
	limit int
	mu    sync.Mutex
	open  map[*watcher]struct{}
	null  *os.File
	work  sync.WaitGroup
}

// watcher is one watched file.
type watcher struct {
	all   *watches
	g     *generation
	fd    int
	ended bool // guarded by all.mu
}

// watch starts or ends the watch of the live generation. Where its directory is watched
// there is none: it would wake the process four times a second more. mu is held.
func (l *lineage) watch() {
	now := l.source.t.now()
	if w := l.watcher; w != nil {
		if !l.reported && w.g == l.live && w.g.file != nil && !w.g.quiet(now, busy) {
			l.at(w.g.grew.Add(busy))
			return
		}
		w.stop()
		l.watcher = nil
	}
	if g := l.live; !l.reported && g != nil && g.grown && !g.packed && g.file != nil && !g.quiet(now, busy) {
		t := l.source.t
		l.watcher = t.watches.start(g, func() {
			select {
			case t.wakes <- l:
			default: // the next sweep sees it
			}
		})
	}
}

// start watches g, and calls wake for each change. It returns nil where g is
// not to be watched.
func (ws *watches) start(g *generation, wake func()) *watcher {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if len(ws.open) >= ws.limit {
		return nil
	}
	if ws.null == nil {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil
		}
		ws.null = null
		ws.open = map[*watcher]struct{}{}
	}
	fd := duplicateLocal(g.file.OS())
	if fd < 0 {
		return nil
	}
	poll := watch.NewPollingFileWatcher("/proc/self/fd/" + strconv.Itoa(fd))
	changes, err := poll.ChangeEvents(new(tomb.Tomb), g.disk)
	if err != nil {
		_ = unix.Close(fd)
		return nil
	}
	w := &watcher{all: ws, g: g, fd: fd}
	ws.open[w] = struct{}{}
	ws.work.Go(func() {
		for {
			select {
			case <-changes.Modified:
				wake()
			case <-changes.Truncated:
				wake()
			case <-changes.Deleted:
				ws.mu.Lock()
				w.ended = true
				delete(ws.open, w)
				ws.mu.Unlock()
				_ = unix.Close(fd)
				return
			}
		}
	})
	return w
}

// stop asks the library to end the watch; the descriptor is closed when it has.
func (w *watcher) stop() {
	w.all.mu.Lock()
	defer w.all.mu.Unlock()
	if !w.ended {
		_ = unix.Dup3(int(w.all.null.Fd()), w.fd, unix.O_CLOEXEC)
	}
}

// stopAll ends all watches and waits until the library has seen it.
func (ws *watches) stopAll() {
	ws.mu.Lock()
	for w := range ws.open {
		_ = unix.Dup3(int(ws.null.Fd()), w.fd, unix.O_CLOEXEC)
	}
	ws.limit = 0
	ws.mu.Unlock()
	ws.work.Wait()
	if ws.null != nil {
		_ = ws.null.Close()
	}
}

// duplicateLocal returns a second descriptor of f, or -1 if f's file system is
// one where looking at an open file may fail or wait.
func duplicateLocal(f *os.File) int {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1
	}
	dup := -1
	_ = conn.Control(func(fd uintptr) {
		var s unix.Statfs_t
		if unix.Fstatfs(int(fd), &s) != nil {
			return
		}
		if localFileSystem(int64(s.Type)) {
			if n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3); err == nil {
				dup = n
			}
		}
	})
	return dup
}

// localFileSystem reports whether a look at a file of this type of file system never
// waits for another machine or process.
func localFileSystem(magic int64) bool {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, 0x2fc12fc1: // the last is ZFS
		return true
	}
	return false
}
