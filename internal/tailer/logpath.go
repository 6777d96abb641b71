package tailer

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// logPath is the files of one path in their order, the oldest first: the live
// one, and those that rotation made of it while they are still read. Who holds mu
// looks at the path and reads; there is no other way to touch it, so a file
// system that does not answer stops its own log path only.
type logPath struct {
	report
	siblings
	uncommitted
	dir string

	mu      sync.Mutex
	gens    []*generation
	live    *generation    // the one path leads to, also in gens; nil for none
	missing []Position     // saved positions of texts that no file holds
	alias   logfs.Identity // path leads to a file that another log path follows
	suspect bool           // the open live file and a look at it disagree: the path may lead to another one

	start      startPhase
	first      bool      // it is there since its source's first scan: Config.Start counts
	opening    bool      // this is its first look
	firstStart int64     // what was last changed before it was there already; Unix nanoseconds
	fresh      bool      // the first start is this one
	begunAt    time.Time // when it was first looked for in this run
	schedule

	uncertainty
	dormancy
	watch *watch

	liveness
	gauges
	caught atomic.Bool
}

// schedule is when a log path is to look or run though nothing changed.
type schedule struct {
	next   time.Time // run; zero for never
	retry  time.Time // a path that can not be opened is tried again
	hunt   time.Time // until then files that came and went are looked for
	unread bool      // nothing of the live file was read at the last look
}

// startPhase is how far a log path is in its start.
type startPhase uint8

const (
	searching startPhase = iota // its saved positions are looked for
	begun
)

func newLogPath(s *source, path string, first bool) *logPath {
	l := &logPath{report: report{s, path}, dir: filepath.Dir(path), first: first}
	l.siblings.l, l.ignored = l, map[logfs.Identity]ignoredSibling{}
	return l
}

// at asks for a run at t.
func (s *schedule) at(t time.Time) {
	if s.next.IsZero() || t.Before(s.next) {
		s.next = t
	}
}

// hold asks for a run when what the sink held back of g is old enough. One that CaughtUp
// waits for does not wait for the next poll.
func (l *logPath) hold(g *generation, wait time.Duration) {
	g.cursor.waiting = true
	due := g.lastAdded().Add(wait)
	l.at(due)
	if t := l.source.t; g.print.Offset < g.target && !l.caught.Load() {
		time.AfterFunc(due.Sub(t.now()), func() { t.wake(l) })
	}
}

// turn is how long a log path with a backlog reads before others have their turn.
const turn = 50 * time.Millisecond

// run looks at the path and reads until there is nothing to read now. mu is held.
func (l *logPath) run(ctx context.Context) {
	t := l.source.t
	l.next, l.watched = time.Time{}, nil
	ready := l.begin(t.now())
	l.answered.Store(true)
	if !ready {
		l.at(t.now().Add(t.o.PollInterval))
		return
	}
	for more := true; more && ctx.Err() == nil; {
		l.alive(t)
		l.poll(t.now())
		l.opening = false
		r := t.borrow(ctx, l)
		if r == nil {
			return
		}
		r.flush(l) // before a text in it is committed further
		more = l.readAll(ctx, r)
		if !more {
			(&retirement{l, t.now()}).run(r)
		}
		r.flush(l)
		t.giveBack(r, l)
		l.measure()
	}
	if ctx.Err() == nil && l.isCaughtUp() {
		l.writeOff()
	}
	l.heedNames(t.now())
	l.watchLive()
}

// readAll reads every file to its end, in order, but no longer than a turn.
func (l *logPath) readAll(ctx context.Context, r *reader) (more bool) {
	t := l.source.t
	began := time.Now()
	for _, g := range l.gens {
		if !l.passesBy(g, t.now()) {
			g.cursor.checked, g.cursor.waiting = false, false
		}
	}
	for i := 0; i < len(l.gens); {
		g := l.gens[i]
		if l.passesBy(g, t.now()) {
			i++
			continue
		}
		out := r.read(l, g, t.now())
		g.cursor.ended = out == ended
		switch out {
		case ended:
			i++
		case rewritten:
			if !(&rewrite{l, g, t.now()}).settle() {
				return false
			}
			i = 0
		case failed:
			if g.failing.IsZero() || t.now().Sub(g.failing) < patience {
				return false // what follows waits: the order counts
			}
			i++
		}
		if ctx.Err() != nil {
			return false
		}
		if time.Since(began) > turn {
			return true
		}
	}
	return false
}

// measure publishes what Stats shows.
func (l *logPath) measure() {
	t := l.source.t
	var lag, open, away int64
	for _, g := range l.gens {
		open++
		if g.phase != live {
			away++
		}
		lag += max(0, g.size-g.print.Offset)
	}
	if l.live != nil && !l.live.quiet(t.now(), busy) && !l.reported {
		t.busyUntil.Store(t.elapsed() + int64(busy))
	}
	l.lag.Store(lag)
	l.open.Store(open)
	l.away.Store(away)
}

// isCaughtUp reports whether everything that was there at the begin is committed.
func (l *logPath) isCaughtUp() bool {
	return !slices.ContainsFunc(l.gens, func(g *generation) bool {
		return !g.resting() && g.print.Offset < g.target && (!g.cursor.ended || g.cursor.waiting) && g.failing.IsZero()
	})
}

// writeOff ends what CaughtUp waits for of l.
func (l *logPath) writeOff() {
	if l.caught.CompareAndSwap(false, true) && l.first {
		l.source.t.caught(1)
	}
}

// changed reports whether the poller has to run l. mu is held.
func (l *logPath) changed(now time.Time, quietToo bool) bool {
	if len(l.matched()) > 0 && !l.calm() {
		l.at(l.visited.Add(l.source.t.o.RescanInterval))
	}
	if l.start != begun || !l.next.IsZero() && !now.Before(l.next) {
		return true
	}
	if !quietToo && (l.live == nil || l.live.quiet(now, busy)) {
		return false
	}
	for _, g := range l.gens {
		if g != l.live && g.file != nil && !l.passesBy(g, now) {
			if info, err := g.file.Stat(); err != nil || g.differs(info) {
				g.looked = time.Time{}
				return true
			}
			g.looked = now
		}
	}
	if now.Before(l.retry) {
		return false
	}
	info, err := logfs.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return l.live != nil || l.alias != logfs.Identity{}
	case err != nil:
		return true
	case l.live == nil:
		return info.ID != l.alias
	}
	return info.ID != l.live.inode || l.live.differs(info)
}

// leadsTo reports whether the path leads to g now: it may have been renamed since the last look.
func (l *logPath) leadsTo(g *generation) bool {
	info, err := logfs.Stat(l.path)
	return err == nil && info.ID == g.inode
}

// readFailed counts a failure to read g, which is tried again every second.
func (l *logPath) readFailed(g *generation, err error, now time.Time) outcome {
	if g.failing.IsZero() {
		g.failing = now
	}
	l.source.count.errors.Add(1)
	l.warn("read", "file can not be read", "file", g.path, "offset", g.print.Offset, "err", err)
	l.at(now.Add(time.Second))
	return failed
}

// openFailed counts a failure to open path, which is tried again.
func (l *logPath) openFailed(path string, err error, now time.Time) {
	l.source.count.errors.Add(1)
	l.retry = now.Add(time.Second)
	l.at(l.retry)
	if outOfDescriptors(err) { // one warning is enough for all of them
		l.source.t.warnings.say("open", "files can not be opened", "component", "tailer", "source", l.source.cfg.Name, "file", path, "err", err)
		return
	}
	l.warn("open "+path, "file can not be opened", "file", path, "err", err)
}
