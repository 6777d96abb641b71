package tailer

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// source is one configured source: its lineages, and who follows which file.
type source struct {
	t     *Tailer
	cfg   Config
	count counters

	scanning atomic.Bool
	scanned  atomic.Bool // for the first time
	counted  atomic.Bool // CaughtUp does not wait for the first scan any more
	patterns []*pattern
	saved    []Position // until the first scan
	lastScan int64      // when the scan before this one began, Unix nanoseconds

	mu       sync.Mutex
	lineages []*lineage // replaced, never changed
	owners   map[identity]*lineage
	pending  map[Key]pending // saved positions that are looked up still
}

func newSource(t *Tailer, c Config, saved []Position) *source {
	s := &source{t: t, cfg: c, patterns: patternsOf(c), owners: map[identity]*lineage{}, pending: map[Key]pending{}}
	s.count.seed(t.o.Counts[c.Name])
	for _, p := range saved {
		if p.Source == c.Name {
			s.saved = append(s.saved, p)
		}
	}
	return s
}

// list returns the lineages, sorted by nothing. The slice is shared.
func (s *source) list() []*lineage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lineages
}

// owner returns the lineage that follows the file, or nil.
func (s *source) owner(id identity) *lineage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owners[id]
}

// claim makes l the one that follows the file, unless another does: one file
// under two names is read once.
func (s *source) claim(id identity, l *lineage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := s.owners[id]; owner != nil && owner != l {
		return false
	}
	s.owners[id] = l
	return true
}

func (s *source) release(id identity, l *lineage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[id] == l {
		delete(s.owners, id)
	}
}

// move hands the file from one lineage, whose lock the caller holds, to another.
func (s *source) move(id identity, from, to *lineage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[id] == from {
		s.owners[id] = to
	}
}

// holds reports whether a file with this key is followed.
func (s *source) holds(k Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.owners {
		if id.dev == k.Device && id.ino == k.Inode {
			return true
		}
	}
	return false
}

// knownNames returns the paths that are not matched now but may be again: of
// saved positions that are still configured, and of files that are just renamed.
func (s *source) knownNames() []string {
	var names []string
	for _, p := range s.saved {
		if s.cfg.matches(p.Name) {
			names = append(names, p.Name)
		}
	}
	for _, l := range s.list() {
		names = append(names, l.path)
	}
	return names
}

// add makes lineages for new families. first is for the first scan; old are the
// paths that are there since their glob's first answer.
func (s *source) add(families map[string][]string, first bool, old map[string]bool) {
	have := map[string]*lineage{}
	for _, l := range s.list() {
		have[l.path] = l
	}
	var added []*lineage
	for path, matched := range families {
		if l := have[path]; l != nil {
			l.setMatched(matched)
			continue
		}
		var saved []Position
		for _, p := range s.saved {
			if p.Name == path || slices.Contains(matched, p.Name) {
				saved = append(saved, p)
			}
		}
		there := old[path] || slices.ContainsFunc(matched, func(p string) bool { return old[p] })
		l := newLineage(s, path, saved, there)
		s.mu.Lock()
		for _, p := range saved {
			s.pending[p.Key()] = pending{Position: p, of: l}
		}
		s.mu.Unlock()
		l.setMatched(matched)
		l.after = s.lastScan
		if s.adopt(l, matched, have) {
			added = append(added, l)
		}
	}
	if first {
		for _, p := range s.saved {
			if len(added) > 0 && !s.cfg.matches(p.Name) {
				added[0].dead = append(added[0].dead, p.Key()) // not configured any more
				s.mu.Lock()
				s.pending[p.Key()] = pending{Position: p} // unless under another name
				s.mu.Unlock()
			}
		}
		s.saved = nil
	}
	for _, l := range added {
		if l.first {
			s.t.caught(-1) // before any of them can be done
		}
	}
	slices.SortFunc(added, func(a, b *lineage) int { return cmp.Compare(a.path, b.path) })
	s.mu.Lock()
	s.lineages = append(slices.Clip(s.lineages), added...)
	s.mu.Unlock()
}

// adopt gives l the generations of lineages whose path is now known to be
// rotated from l's. It returns false when one is busy: the next scan tries again.
func (s *source) adopt(l *lineage, matched []string, have map[string]*lineage) bool {
	var from []*lineage
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
	for _, o := range from {
		for _, g := range o.gens {
			s.move(g.id, o, l)
			g.recorded = false // under its new name
			if g.away.IsZero() {
				g.away = time.Now()
			}
		}
		l.gens = append(l.gens, o.gens...)
		l.dead = append(l.dead, o.dead...)
		l.saved = append(l.saved, o.saved...)
		s.hand(o, l)
		o.gens, o.live, o.dead, o.saved = nil, nil, nil, nil
		o.measure()
	}
	slices.SortStableFunc(l.gens, func(a, b *generation) int { return cmp.Compare(a.mod, b.mod) })
	return true
}

// drop removes lineages that were taken over, or whose path and files are gone.
func (s *source) drop(families map[string][]string, paths []string) {
	at := map[string]bool{}
	for _, p := range paths {
		at[p] = true
	}
	var gone []*lineage
	for _, l := range s.list() {
		if _, own := families[l.path]; own && at[l.path] || !l.mu.TryLock() {
			continue
		}
		if len(l.gens) == 0 && len(l.saved) == 0 && len(l.dead) == 0 {
			gone = append(gone, l)
		}
		l.mu.Unlock()
	}
	if len(gone) == 0 {
		return
	}
	for _, l := range gone {
		l.writeOff()
	}
	s.mu.Lock()
	s.lineages = slices.DeleteFunc(slices.Clone(s.lineages), func(l *lineage) bool { return slices.Contains(gone, l) })
	s.mu.Unlock()
}

// close closes every file. Nothing runs any more.
func (s *source) close() {
	for _, l := range s.list() {
		l.mu.Lock()
		for _, g := range l.gens {
			g.sleep()
		}
		l.mu.Unlock()
	}
}
