package tailer

import (
	"context"
	"sync/atomic"
	"time"
)

// sweep looks at every path, or at those that are not quiet, and starts the
// lineages that have something to do. current turns false when another sweep has
// taken over, because this one hangs.
func (t *Tailer) sweep(ctx context.Context, quietToo bool, current func() bool) {
	hanging := t.hanging()
	for _, s := range t.sources {
		for _, l := range s.list() {
			switch {
			case !current() || ctx.Err() != nil:
				return
			case hanging[l.dir] || !l.mu.TryLock():
				// It runs, or its file system does not answer.
			case len(hanging) >= maxHanging && !l.trusted():
				l.mu.Unlock()
			case len(hanging) > 0 && !l.trusted():
				t.work.Go(func() { t.lookAt(ctx, l, quietToo, func() bool { return true }) })
			default:
				t.lookAt(ctx, l, quietToo, current)
			}
		}
	}
}

// lookAt looks at l, whose lock the caller holds, and runs it if it has something
// to do.
func (t *Tailer) lookAt(ctx context.Context, l *lineage, quietToo bool, current func() bool) {
	l.alive()
	changed := l.changed(time.Now(), quietToo)
	l.idle()
	if changed && current() {
		t.start(ctx, l)
	} else {
		l.mu.Unlock()
	}
}

// sweeping keeps one sweep going at a time. One that hangs in a system call for
// a second is left behind with the lineage it holds, and the others go on.
type sweeping struct {
	current atomic.Int64
	done    atomic.Int64
	began   time.Time
}

const sweepTime = time.Second

// next starts a sweep unless one is at work. It is for one goroutine.
func (s *sweeping) next(t *Tailer, now time.Time, sweep func(current func() bool)) {
	if s.done.Load() < s.current.Load() && now.Sub(s.began) < sweepTime {
		return
	}
	s.began = now
	id := s.current.Add(1)
	t.work.Go(func() {
		sweep(func() bool { return s.current.Load() == id })
		s.done.Store(id)
	})
}

// writeOff ends CaughtUp's wait for what has not answered yet.
func (t *Tailer) writeOff() {
	for _, s := range t.sources {
		if s.counted.CompareAndSwap(false, true) {
			t.caught(1)
		}
		for _, l := range s.list() {
			if !l.answered.Load() || l.stuck(patience) {
				l.writeOff()
			}
		}
	}
}

func (l *lineage) writeOff() {
	if l.caught.CompareAndSwap(false, true) && l.first {
		l.source.t.caught(1)
	}
}
