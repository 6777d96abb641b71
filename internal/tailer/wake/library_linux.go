package wake

import (
	"os"
	"strconv"
	"sync"

	"github.com/nxadm/tail/watch"
	"golang.org/x/sys/unix"
	"gopkg.in/tomb.v1"

	"wvwatch/internal/tailer/logfs"
)

// library lets the polling watcher of nxadm/tail report changes.
//
// The library ends the process (util.Fatal) when a look at a watched path fails
// with anything but "not found". That can not happen here: what is watched is
// /proc/self/fd/N of a descriptor that is the watch's own, open for as long as
// the library looks at it, of a file on a local file system. It is never killed
// but ended by putting /dev/null under the same number, which the library takes
// for a deletion and acknowledges; only then N is closed and may be used again.
type library struct {
	mu    sync.Mutex
	limit int
	open  map[*watched]struct{}
	null  *os.File // opened for the first watch
	work  sync.WaitGroup
}

// watched is one watched file.
type watched struct {
	fd    int
	ended bool // guarded by library.mu
}

// New returns a watcher of at most limit files at a time. Each costs a goroutine of the
// library that looks at the file every 250 ms.
func New(limit int) Watcher {
	return &library{limit: limit, open: map[*watched]struct{}{}}
}

// Watch implements Watcher.
func (l *library) Watch(f *os.File, size int64, wake func()) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.limit {
		return nil
	}
	if l.null == nil {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil
		}
		l.null = null
	}
	fd := duplicateLocal(f)
	if fd < 0 {
		return nil
	}
	poll := watch.NewPollingFileWatcher("/proc/self/fd/" + strconv.Itoa(fd))
	changes, err := poll.ChangeEvents(new(tomb.Tomb), size)
	if err != nil {
		_ = unix.Close(fd)
		return nil
	}
	w := &watched{fd: fd}
	l.open[w] = struct{}{}
	l.work.Go(func() {
		for {
			select {
			case <-changes.Modified:
				wake()
			case <-changes.Truncated:
				wake()
			case <-changes.Deleted:
				l.mu.Lock()
				w.ended = true
				delete(l.open, w)
				l.mu.Unlock()
				_ = unix.Close(fd)
				return
			}
		}
	})
	return func() { l.stop(w) }
}

// stop asks the library to end a watch; the descriptor is closed when it has.
func (l *library) stop(w *watched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.ended {
		_ = unix.Dup3(int(l.null.Fd()), w.fd, unix.O_CLOEXEC)
	}
}

// Close implements Watcher.
func (l *library) Close() {
	l.mu.Lock()
	for w := range l.open {
		_ = unix.Dup3(int(l.null.Fd()), w.fd, unix.O_CLOEXEC)
	}
	l.limit = 0
	l.mu.Unlock()
	l.work.Wait()
	if l.null != nil {
		_ = l.null.Close()
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
		if logfs.IsLocal(int64(s.Type)) { //nolint:unconvert // 32-bit systems have another type
			if n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3); err == nil {
				dup = n
			}
		}
	})
	return dup
}
