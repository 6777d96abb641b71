package tailer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// lineage is the generations of one path in their order, the oldest first. Who
// holds mu looks at the path and reads; there is no other way to touch it, so a
// file system that does not answer stops its own lineage only.
type lineage struct {
	source *source
	path   string

	mu    sync.Mutex
	gens  []*generation
	live  *generation              // the one path leads to, also in gens; nil for none
	known map[identity]*generation // siblings not to be read: nil, older than the first sight; else, copies of that
	saved []Position               // of an earlier run, until they are looked up
	dead  []Key                    // positions to be forgotten once those that replace them are committed
	alias identity                 // path leads to a file that another lineage follows

	begun   bool
	first   bool      // it is there since its source's first scan: Config.Start counts
	opening bool      // this is its first look
	next    time.Time // when it is to run though nothing changed; zero for never
	retry   time.Time // when a path that can not be opened is tried again
	hunt    time.Time // until when generations that came and went are looked for
	unread  bool      // nothing of the live file was read at the last look
	visited time.Time // when the matched siblings were looked at
	tidied  time.Time // when tidy last looked
	after   int64     // siblings last changed before this are older than the first sight; Unix nanoseconds
	doubt   time.Time // since when a new file may be a copy in the making
	begunAt time.Time
	lists   []*directory // what beside saw last
	watcher *watcher

	dir      string
	reader   atomic.Pointer[reader]   // that it has borrowed
	since    atomic.Int64             // when what it is at began, a call or a block, in nanoseconds since Run did; 0 while idle
	proved   atomic.Int64             // when a look at it last came to its end
	matches  atomic.Pointer[[]string] // siblings that the globs match too
	caught   atomic.Bool
	answered atomic.Bool // the file system did
	lag      atomic.Int64
	open     atomic.Int64
}

// setMatched says which siblings the globs match too.
func (l *lineage) setMatched(paths []string) { l.matches.Store(&paths) }

func (l *lineage) matched() []string { return *l.matches.Load() }

func newLineage(s *source, path string, saved []Position, first bool) *lineage {
	return &lineage{source: s, path: path, dir: filepath.Dir(path), saved: saved, first: first, known: map[identity]*generation{}}
}

// at asks for a run at t.
func (l *lineage) at(t time.Time) {
	if l.next.IsZero() || t.Before(l.next) {
		l.next = t
	}
}

// hold asks for a run when what the sink held back of g is old enough.
func (l *lineage) hold(g *generation, wait time.Duration) {
	g.waiting = true
	l.at(g.grew.Add(wait))
}

// turn is how long a lineage with a backlog reads before others have their turn.
const turn = 50 * time.Millisecond

// run looks at the path and reads until there is nothing to read now. mu is held.
func (l *lineage) run(ctx context.Context) {
	t := l.source.t
	l.next = time.Time{}
	begun := l.begin(time.Now())
	l.answered.Store(true)
	if !begun {
		l.at(time.Now().Add(t.o.PollInterval))
		return
	}
	for more := true; more && ctx.Err() == nil; {
		l.alive()
		l.look(time.Now())
		l.opening = false
		r := t.borrow(ctx, l)
		if r == nil {
			return
		}
		more = l.readAll(ctx, r)
		if !more {
			l.retire(r)
			l.forget(r)
		}
		t.giveBack(r, l)
		l.measure()
	}
	if ctx.Err() == nil && l.isCaughtUp() {
		l.writeOff()
	}
	l.watch()
}

// readAll reads every generation to its end, in order, but no longer than a turn.
func (l *lineage) readAll(ctx context.Context, r *reader) (more bool) {
	began := time.Now()
	for _, g := range l.gens {
		g.checked, g.waiting = false, false
	}
	if !r.record(l) {
		return false
	}
	for i := 0; i < len(l.gens); {
		g := l.gens[i]
		switch r.read(l, g, time.Now()) {
		case advanced:
			g.ended = false
		case ended:
			g.ended = true
			i++
		case rewritten:
			g.ended = false
			if !l.rewritten(g, time.Now()) {
				return false
			}
			i = 0
		case failed:
			g.ended = false
			if g.failing.IsZero() || time.Since(g.failing) < patience {
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
func (l *lineage) measure() {
	var lag, open int64
	for _, g := range l.gens {
		if g.content != nil || g == l.live {
			open++
			lag += max(0, g.size-g.offset)
		}
	}
	if l.live != nil && !l.live.quiet(time.Now(), busy) {
		l.source.t.busyUntil.Store(int64(time.Since(l.source.t.began) + busy))
	}
	l.lag.Store(lag)
	l.open.Store(open)
}

// isCaughtUp reports whether everything that was there at the begin is committed.
func (l *lineage) isCaughtUp() bool {
	return !slices.ContainsFunc(l.gens, func(g *generation) bool {
		return g.content != nil && g.offset < g.target && (!g.ended || g.waiting) && g.failing.IsZero()
	})
}

// changed tells the sweep whether to run l. mu is held.
func (l *lineage) changed(now time.Time, quietToo bool) bool {
	if !l.begun || !l.next.IsZero() && !now.Before(l.next) {
		return true
	}
	if !quietToo && (l.live == nil || l.live.quiet(now, busy)) {
		return false
	}
	for _, g := range l.gens {
		if g != l.live && g.file != nil {
			if st, err := lookInto(g.file); err != nil || g.kind == plain && (st.size != g.size || st.mod != g.mod) {
				return true
			}
		}
	}
	if now.Before(l.retry) {
		return false
	}
	st, err := lookAt(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return l.live != nil || l.alias != identity{}
	case err != nil:
		return true
	case l.live == nil:
		return st.id != l.alias
	}
	return st.id != l.live.id || l.live.kind == plain && (st.size != l.live.size || st.mod != l.live.mod)
}

// lose counts bytes that are gone unread.
func (l *lineage) lose(n int64, path, how string) {
	if n <= 0 {
		return
	}
	l.source.count.lostBytes.Add(n)
	l.warn("lost", "bytes lost unread", "file", path, "reason", how, "offset", n)
}

// readFailed counts a failure to read g, which is tried again. Only a compressed
// file that stays damaged is given up: nobody will complete it.
func (l *lineage) readFailed(g *generation, err error, now time.Time) outcome {
	if g.failing.IsZero() {
		g.failing = now
	}
	l.source.count.errors.Add(1)
	l.warn("read", "file can not be read", "file", g.path, "offset", g.offset, "err", err)
	if g.kind != plain && now.Sub(g.failing) >= patience {
		g.sleep()
		return ended
	}
	l.at(now.Add(time.Second))
	return failed
}

// openFailed counts a failure to open path, which is tried again.
func (l *lineage) openFailed(path string, err error, now time.Time) {
	l.source.count.errors.Add(1)
	l.retry = now.Add(time.Second)
	l.at(l.retry)
	if outOfDescriptors(err) { // one word is enough for all of them
		l.source.t.warnings.say("open", "files can not be opened", "component", "tailer", "source", l.source.cfg.Name, "file", path, "err", err)
		return
	}
	l.warn("open", "file can not be opened", "file", path, "err", err)
}

func (l *lineage) warn(kind, msg string, args ...any) {
	l.source.t.warnings.say(kind+" "+l.source.cfg.Name+" "+l.path, msg,
		append([]any{"component", "tailer", "source", l.source.cfg.Name}, args...)...)
}

// trace tells, at debug level, what became of a generation.
func (l *lineage) trace(g *generation, how string) {
	l.source.t.o.Log.Debug("generation", "component", "tailer", "source", l.source.cfg.Name,
		"file", g.path, "reason", fmt.Sprintf("%s, inode %d of %s", how, g.id.ino, l.path), "offset", g.offset)
}
