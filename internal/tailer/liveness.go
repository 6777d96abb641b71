package tailer

import (
	"context"
	"sync/atomic"
	"time"
)

// A call into a file system that does not answer holds its log path's lock, and
// the reader it has borrowed, until it returns, if ever. Nothing else may wait
// for it: other files in its directory are left alone meanwhile, files elsewhere
// are looked at in goroutines of their own until they have proved to answer, and
// a reader that is held is replaced.

const (
	stuckTime   = 2 * pollTime // from which a call counts as hung; on a busy machine one may wait for its turn
	trustTime   = pollTime     // for which a file system that answered is trusted
	maxHanging  = 4096         // directories that are asked though they may hang: each may hold a thread, of which Go has 10,000
	maxReplaced = 64           // readers
)

// liveness shows whether a log path's file system answers. Its fields are read
// without the log path's lock.
type liveness struct {
	reader   atomic.Pointer[reader] // that it has borrowed
	since    atomic.Int64           // when the call it is in began, in nanoseconds since Run did; 0 while it is in none
	proved   atomic.Int64           // when a call came to its end last
	answered atomic.Bool            // the file system did, at all
}

// alive notes that a call begins.
func (p *liveness) alive(t *Tailer) {
	if p.since.Swap(t.elapsed()) == 0 {
		t.calls.Add(1)
	}
}

// idle notes that no call is under way: what was begun has come to its end, or
// the sink is at work, however long that takes.
func (p *liveness) idle(t *Tailer) {
	p.proved.Store(t.elapsed())
	if p.since.Swap(0) != 0 {
		t.calls.Add(-1)
	}
}

// stuck reports whether it waits for one call for d or longer.
func (p *liveness) stuck(t *Tailer, d time.Duration) bool {
	since := p.since.Load()
	return since > 0 && t.elapsed()-since >= int64(d)
}

// trusted reports whether the file system answered a moment ago.
func (p *liveness) trusted(t *Tailer) bool {
	return t.elapsed()-p.proved.Load() < int64(trustTime)
}

// elapsed returns nanoseconds since Run began, on the monotonic clock.
func (t *Tailer) elapsed() int64 { return int64(time.Since(t.began)) + 1 }

// hanging returns the directories in which a log path is stuck.
func (t *Tailer) hanging() map[string]bool {
	var dirs map[string]bool
	if t.calls.Load() == 0 {
		return nil
	}
	for _, s := range t.sources {
		for _, l := range s.list() {
			if l.stuck(t, stuckTime) && len(dirs) < maxHanging {
				if dirs == nil {
					dirs = map[string]bool{}
				}
				dirs[l.dir] = true
			}
		}
	}
	return dirs
}

// borrow takes an idle reader for l; nil when ctx is done first.
func (t *Tailer) borrow(ctx context.Context, l *logPath) *reader {
	l.idle(t)
	select {
	case r := <-t.readers:
		l.alive(t)
		l.reader.Store(r)
		return r
	case <-ctx.Done():
		return nil
	}
}

// giveBack ends a loan. A reader that was replaced is dropped.
func (t *Tailer) giveBack(r *reader, l *logPath) {
	if l.reader.CompareAndSwap(r, nil) {
		t.readers <- r
	}
}

// warnHanging warns of files that can not be looked at, and puts a new reader in
// the place of each that one of them holds.
func (t *Tailer) warnHanging() {
	for _, s := range t.sources {
		for _, l := range s.list() {
			if !l.stuck(t, stuckTime) {
				continue
			}
			s.count.errors.Add(1)
			t.warnings.say("hang "+l.dir, "a file system does not answer; files elsewhere go on", "component", "tailer", "source", s.cfg.Name, "file", l.path)
			if r := l.reader.Load(); r != nil && len(t.readers) < maxReplaced && l.reader.CompareAndSwap(r, nil) {
				t.readers <- newReader(t)
			}
		}
	}
}
