package tailer

import (
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A process may hold so many files open at once. Live files get half of that, and
// the rest is for those that were rotated, for copies that are compared, for the
// checkpoint and for whoever asks: were all of it taken by files in which nothing
// is written, no request could be answered. Where live files are more, those sleep
// that are quiet; a look at their path shows when to open them again.

// openFiles counts the descriptors that live files hold.
type openFiles struct {
	used   atomic.Int64
	making sync.Mutex // held by who puts files to sleep
}

// reserve is what others than the files need of the descriptors, the watches
// among them.
const reserve = 96

// fewest is how many live files are open at least, however low the limit is.
const fewest = 8

// most returns how many live files may be open.
func (r *openFiles) most() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fewest
	}
	return max(fewest, (int64(min(limit.Cur, 1<<30))-reserve)/2)
}

func (r *openFiles) take() bool {
	if r.used.Add(1) <= r.most() {
		return true
	}
	r.used.Add(-1)
	return false
}

func (r *openFiles) free() { r.used.Add(-1) }

var errTooManyOpen = errors.New("too many open files: raise the limit (ulimit -n, LimitNOFILE)")

// reserve takes a descriptor for a live file of l, if need be from another that is quiet.
func (l *logPath) reserve(now time.Time) bool {
	t := l.source.t
	return t.openFiles.take() || t.makeRoom(now) && t.openFiles.take()
}

// atOnce is how many files are put to sleep in one go.
const atOnce = 32

// makeRoom puts quiet live files to sleep. It returns false where there are none,
// or another is at it.
func (t *Tailer) makeRoom(now time.Time) bool {
	if !t.openFiles.making.TryLock() {
		return false
	}
	defer t.openFiles.making.Unlock()
	made := 0
	for _, s := range t.sources {
		for _, l := range s.list() {
			if made == atOnce {
				return true
			}
			if !l.trusted(t) || !l.mu.TryLock() {
				continue // its file system may not answer; it runs, or it is who asks
			}
			if g := l.live; g != nil && g.openFiles != nil && g.restful(now) {
				g.close()
				made++
			}
			l.mu.Unlock()
		}
	}
	return made > 0
}

// restful reports whether g is read to its end and nothing is added.
func (g *generation) restful(now time.Time) bool {
	return !g.packed && g.file != nil && g.saved && g.cursor.ended && !g.cursor.waiting && g.print.Offset == g.size &&
		(g.quiet(now, time.Second) || now.UnixNano()-g.mod > int64(busy))
}

// openLive opens the file at the path.
func (l *logPath) openLive(now time.Time) (*generation, error) {
	if !l.reserve(now) {
		return nil, errTooManyOpen
	}
	g, err := openGeneration(l.path, realPath(l.path), now)
	if err != nil {
		l.source.t.openFiles.free()
		return nil, err
	}
	g.openFiles = &l.source.t.openFiles
	return g, nil
}

// occupy counts the descriptor of g, which is live again at l. Where there are too many
// it is open all the same, and uncounted.
func (g *generation) occupy(l *logPath, now time.Time) {
	if g.openFiles == nil && l.reserve(now) {
		g.openFiles = &l.source.t.openFiles
	}
}

// rouse opens the live file again, which has changed since it was put to sleep.
// Whether it is what it was the next read will see.
func (l *logPath) rouse(now time.Time) {
	woken, err := l.openLive(now)
	if err != nil {
		l.openFailed(l.path, err, now)
		return
	}
	g := l.live
	if woken.inode != g.inode {
		woken.close()
		l.at(now)
		return
	}
	g.file, g.openFiles, g.failing, g.cursor = woken.file, woken.openFiles, time.Time{}, cursor{}
}

// outOfDescriptors reports whether err is the limit's and no fault of a file.
func outOfDescriptors(err error) bool {
	return errors.Is(err, errTooManyOpen) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
