package tailer

import (
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// A file that nothing was written to for a while is dormant: the poller passes it by
// until the directory reports a change, something is due, or IdleInterval is over.
// Ten thousand quiet files would cost a tenth of a core else, for four looks a second
// at each. The looks that remain see what a directory does not report: a write through
// another hard link, a mount on top of the path, a symlink in the middle of several.

// dormancy holds when the poller must look at a log path next. The atomic fields are
// read without its lock.
type dormancy struct {
	awake     atomic.Bool  // a change was reported
	due       atomic.Int64 // nanoseconds since Run began; 0 for the next poll
	reported  bool         // its directory reports when names in it come or go
	watched   *directory   // of the path, since the last run; nil where nothing is reported
	unwatched time.Time    // when that was tried last, in vain
}

// sleeps reports whether the poller may pass the log path by at a time since Run began.
func (d *dormancy) sleeps(elapsed int64) bool {
	return d.due.Load() > elapsed && !d.awake.Load()
}

// doze decides how long the poller may pass l by. mu is held. The first time the
// directory is watched only: what changed before that was not reported, so another
// look comes first.
func (l *logPath) doze(now time.Time) {
	l.due.Store(0)
	t := l.source.t
	if !l.dormant(now) {
		return
	}
	if l.watched == nil || l.watched.ended.Load() {
		if now.Sub(l.unwatched) < time.Minute {
			return
		}
		if l.watched = t.changes.add(l); l.watched == nil {
			l.unwatched = now
		}
		return
	}
	wait := t.o.IdleInterval
	if !l.next.IsZero() {
		wait = min(wait, l.next.Sub(now))
	}
	l.due.Store(t.elapsed() + int64(wait))
}

// heedNames has it reported when a file is renamed in l's directory. mu is held.
func (l *logPath) heedNames(now time.Time) {
	if now.Sub(l.unwatched) < time.Minute {
		l.reported = false
		return
	}
	if l.reported = l.source.t.changes.watchNames(l.dir); !l.reported {
		l.unwatched = now
	}
}

// dormant reports whether the live file is all there is of l, and read to its end,
// for a while.
func (l *logPath) dormant(now time.Time) bool {
	g := l.live
	return l.start == begun && g != nil && len(l.gens) == 1 && g.quiet(now, l.source.t.o.Quiet) &&
		g.cursor.ended && !g.cursor.waiting && g.duplicate == nil && g.origin != begunAlike && g.failing.IsZero() &&
		len(l.missing) == 0 && l.alias == (logfs.Identity{}) && !l.suspect && !now.Before(l.retry) &&
		(g.print.Offset > 0 || g.size == 0)
}

// passesBy reports whether g needs no look now: it was rotated away, is read to its end,
// has been quiet for a while, and was looked at a moment ago. There may be hundreds of
// such files until they are finished.
func (l *logPath) passesBy(g *generation, now time.Time) bool {
	o := &l.source.t.o
	return g.phase == draining && g.saved && g.cursor.ended && !g.cursor.waiting && g.failing.IsZero() && g.origin != begunAlike &&
		g.quiet(now, o.Quiet) && now.Sub(g.looked) < o.RescanInterval
}
