package tailer

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// source is one configured source: its log paths, and who follows which file.
type source struct {
	t     *Tailer
	cfg   Config
	count counters

	scanning atomic.Bool
	scanned  atomic.Bool // for the first time
	counted  atomic.Bool // CaughtUp does not wait for the first scan any more
	patterns []*pattern
	last     []*matches               // of the patterns at the last scan, where all answered
	arranged time.Time                // when the paths were last arranged into log paths; zero to do it again
	followed map[string]followedSince // by configured path or glob

	mu     sync.Mutex
	paths  []*logPath // replaced, never changed
	owners map[logfs.Identity]*logPath
}

func newSource(t *Tailer, c Config) *source {
	s := &source{t: t, cfg: c, patterns: patternsOf(c), owners: map[logfs.Identity]*logPath{}}
	s.count.seed(t.o.Counts[c.Name])
	return s
}

// followedSince holds since when a configured path or glob is followed.
type followedSince struct {
	since int64 // Unix nanoseconds
	fresh bool  // since this run
}

// follow notes, at the first scan, since when each configured path is followed.
// saved are the positions of an earlier run; those of an old version have none
// for paths, and mean a source that was followed before.
func (s *source) follow(saved []Position, now int64) {
	s.followed = map[string]followedSince{}
	old := false
	for _, p := range saved {
		switch {
		case p.Source != s.cfg.Name:
		case p.Followed > 0:
			s.followed[p.Name] = followedSince{since: p.Followed}
		default:
			old = true
		}
	}
	old = old && len(s.followed) == 0
	for _, path := range s.cfg.Files {
		if _, known := s.followed[path]; known {
			continue
		}
		f := followedSince{since: now - int64(coarseClock), fresh: !old}
		if old {
			f.since = 1
		}
		s.followed[path] = f
		s.record(Position{ID: newID(), Source: s.cfg.Name, Name: path, Followed: f.since})
	}
}

// coarseClock is by how much the time of a file may be before that of the clock.
const coarseClock = 20 * time.Millisecond

// record commits a position that belongs to no file.
func (s *source) record(p Position) {
	if !s.t.gate.enter() {
		return
	}
	defer s.t.gate.leave()
	sink := s.t.newSink(s.cfg.Name)
	sink.Parse(Batch{Source: s.cfg.Name, Name: p.Name})
	sink.Commit(p)
}

// followedSince returns since when path is followed, by the earliest of what it
// is configured as, and whether that is since this run.
func (s *source) followedSince(path string) (since int64, fresh bool) {
	found := followedSince{since: math.MaxInt64, fresh: true}
	for pattern, f := range s.followed {
		if f.since < found.since && matchesPattern(pattern, path) {
			found = f
		}
	}
	if found.since == math.MaxInt64 { // a sibling of what is followed, under a name of its own
		for _, f := range s.followed {
			if f.since < found.since {
				found = f
			}
		}
	}
	return found.since, found.fresh
}

// list returns the log paths, sorted by nothing. The slice is shared.
func (s *source) list() []*logPath {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paths
}

// owner returns the log path that follows the file, or nil.
func (s *source) owner(id logfs.Identity) *logPath {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owners[id]
}

// claim makes l the one that follows the file, unless another does: one file
// under two names is read once.
func (s *source) claim(id logfs.Identity, l *logPath) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := s.owners[id]; owner != nil && owner != l {
		return false
	}
	s.owners[id] = l
	return true
}

func (s *source) release(id logfs.Identity, l *logPath) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[id] == l {
		delete(s.owners, id)
	}
}

// move hands the file from one log path to another. The caller holds the lock of from.
func (s *source) move(id logfs.Identity, from, to *logPath) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[id] == from {
		s.owners[id] = to
	}
}

// add makes log paths for new families. first is for the first scan; old are the
// paths that are there since their glob's first answer.
func (s *source) add(families map[string][]string, first bool, old map[string]bool) {
	have := map[string]*logPath{}
	for _, l := range s.list() {
		have[l.path] = l
	}
	var added []*logPath
	for path, matched := range families {
		if l := have[path]; l != nil {
			l.setMatched(matched)
			continue
		}
		there := old[path] || slices.ContainsFunc(matched, func(p string) bool { return old[p] })
		l := newLogPath(s, path, there)
		l.setMatched(matched)
		l.firstStart, l.fresh = s.followedSince(path)
		l.missing = s.t.memory.assign(l, matched)
		if s.adopt(l, matched, have) {
			added = append(added, l)
		} else {
			s.arranged = time.Time{}
		}
	}
	for _, l := range added {
		if l.first {
			s.t.caught(-1) // before any of them can be done
		}
	}
	slices.SortFunc(added, func(a, b *logPath) int { return cmp.Compare(a.path, b.path) })
	s.mu.Lock()
	s.paths = append(slices.Clip(s.paths), added...)
	s.mu.Unlock()
	if first {
		s.t.memory.releaseSource(s.cfg.Name)
	}
	if len(added) > 0 {
		select {
		case s.t.found <- struct{}{}:
		default: // the poller comes already
		}
	}
}

// adopt gives l the files of log paths that are now known to be rotated from
// l's. It returns false when one is busy: the next scan tries again.
func (s *source) adopt(l *logPath, matched []string, have map[string]*logPath) bool {
	var from []*logPath
	defer func() {
		for _, o := range from {
			o.mu.Unlock()
		}
	}()
	for _, path := range matched {
		if o := have[path]; o != nil {
			if !o.mu.TryLock() {
				return false
			}
			from = append(from, o)
		}
	}
	now := s.t.now()
	for _, o := range from {
		for _, g := range o.gens {
			s.move(g.inode, o, l)
			g.saved = false // under its new name
			if g.phase == live {
				(&recognition{o, g, now}).release()
				g.enter(draining, now)
			}
		}
		l.gens = append(l.gens, o.gens...)
		l.positions = append(l.positions, o.positions...)
		l.forget = append(l.forget, o.forget...)
		l.missing = append(l.missing, o.missing...)
		maps.Copy(l.ignored, o.ignored)
		s.t.memory.move(o, l)
		o.gens, o.live, o.positions, o.forget, o.missing = nil, nil, nil, nil, nil
		o.measure()
	}
	slices.SortStableFunc(l.gens, func(a, b *generation) int { return cmp.Compare(a.mod, b.mod) })
	return true
}

// drop removes log paths that were taken over, or have lost their path and files.
func (s *source) drop(families map[string][]string, paths []string) {
	at := map[string]bool{}
	for _, p := range paths {
		at[p] = true
	}
	var gone []*logPath
	defer func() {
		for _, l := range gone {
			l.mu.Unlock() // not before it is out of the list: it must not run meanwhile
		}
	}()
	for _, l := range s.list() {
		if _, own := families[l.path]; own && at[l.path] || !l.mu.TryLock() {
			continue
		}
		if l.start == begun && len(l.gens) == 0 && len(l.missing) == 0 && len(l.positions) == 0 && len(l.forget) == 0 {
			gone = append(gone, l)
		} else {
			l.mu.Unlock()
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, l := range gone {
		l.writeOff()
		s.t.changes.drop(l)
	}
	s.mu.Lock()
	s.paths = slices.DeleteFunc(slices.Clone(s.paths), func(l *logPath) bool { return slices.Contains(gone, l) })
	s.mu.Unlock()
}

// close closes every file. Nothing runs any more.
func (s *source) close() {
	for _, l := range s.list() {
		l.mu.Lock()
		for _, g := range l.gens {
			g.close()
		}
		l.mu.Unlock()
	}
}
