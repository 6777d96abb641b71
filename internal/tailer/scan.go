package tailer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// pattern is one glob of a source and what it matched last. It is matched in a
// goroutine of its own: one that leads to a file system which does not answer
// does not block the files of the others.
type pattern struct {
	glob     string
	tree     *logfs.Tree
	busy     atomic.Bool
	found    atomic.Pointer[matches] // replaced when it matched something else
	answered bool                    // of an answer; the scan's own
	pause    matchPause              // of who made it busy
}

// matchPause holds until when a pattern need not be matched again: all its directories are
// watched, and none of them reported a name that came or went.
type matchPause struct {
	until time.Time // zero while not all are watched
	names uint64    // changes.names before the last match
}

// matches is what a glob matched.
type matches struct {
	paths []string
	live  []string // what files next to them were rotated from
	err   error
	first bool // it is the first answer
}

// patternsOf returns the globs among c's files.
func patternsOf(c Config) []*pattern {
	var all []*pattern
	for _, p := range c.Files {
		if logfs.HasMeta(p) {
			all = append(all, &pattern{glob: p, tree: logfs.NewTree()})
		}
	}
	return all
}

// arrangeEvery is how often paths are arranged again though the same ones
// were matched: log paths of finished files are dropped then.
const arrangeEvery = time.Minute

// scanTime is how long a scan waits for a glob's answer.
const scanTime = time.Second

// match matches all globs again and returns what each matches, or matched last
// where it does not answer. same reports that all answered, as they did before.
func (s *source) match(ctx context.Context) (all []matches, same bool) {
	answers := make(chan struct{}, len(s.patterns))
	waiting := 0
	for _, p := range s.patterns {
		if !p.busy.CompareAndSwap(false, true) {
			continue // it waits for a file system
		}
		if time.Now().Before(p.pause.until) && s.t.changes.names.Load() == p.pause.names {
			p.busy.Store(false)
			continue
		}
		waiting++
		s.t.work.Go(func() {
			p.match(s.t)
			p.busy.Store(false)
			answers <- struct{}{}
		})
	}
	limit := time.NewTimer(scanTime)
	defer limit.Stop()
wait:
	for ; waiting > 0; waiting-- {
		select {
		case <-answers:
		case <-limit.C:
			break wait
		case <-ctx.Done():
			break wait
		}
	}
	last := s.last
	s.last = nil
	for _, p := range s.patterns {
		var m matches
		if found := p.found.Load(); found != nil {
			m = *found
			if !p.busy.Load() {
				s.last = append(s.last, found)
			}
			m.first, p.answered = !p.answered, true
			if m.first && len(m.paths) == 0 {
				s.notThere(p.glob)
			}
		}
		if p.busy.Load() {
			m.err = fmt.Errorf("match %q: no answer from a file system", p.glob)
		}
		all = append(all, m)
	}
	return all, len(s.last) == len(s.patterns) && slices.Equal(s.last, last)
}

// match matches the glob, unless the directories show that nothing changed.
func (p *pattern) match(t *Tailer) {
	p.pause = matchPause{names: t.changes.names.Load()}
	if last := p.found.Load(); last != nil && last.err == nil && p.tree.Unchanged() {
		if t.changes.watchesAll(p.tree.Directories()) {
			p.pause.until = time.Now().Add(t.o.IdleInterval)
		}
		return
	}
	paths, err := p.tree.Glob(p.glob)
	if path := filepath.Clean(p.glob); logfs.IsFile(path) && !slices.Contains(paths, path) {
		paths = append(paths, path) // it is called like a glob
	}
	live := p.tree.Live(paths)
	slices.Sort(live)
	p.tree.Forget()
	t.changes.watchAll(p.tree.Directories())
	if last := p.found.Load(); last != nil && last.err == nil && err == nil && slices.Equal(last.paths, paths) && slices.Equal(last.live, live) {
		return
	}
	p.found.Store(&matches{paths: paths, live: live, err: err})
}

// notThere warns that there is nothing to follow at path: most often that is a
// slip in the configuration.
func (s *source) notThere(path string) {
	s.t.warnings.say("none "+s.cfg.Name+" "+path, "no such file yet; it is followed as soon as it appears",
		"component", "tailer", "source", s.cfg.Name, "file", path)
}

// scan matches the globs and makes a log path of each new path.
func (s *source) scan(ctx context.Context) {
	if !s.scanning.CompareAndSwap(false, true) {
		return
	}
	defer s.scanning.Store(false)
	began := s.t.now().UnixNano()
	first := !s.scanned.Load()
	paths := s.literals()
	old := map[string]bool{} // what is there since its glob's first answer
	var rotated []string     // paths of which only rotated files are there
	for _, p := range paths {
		old[p] = first
	}
	var errs []error
	all, same := s.match(ctx)
	if same && time.Since(s.arranged) < arrangeEvery {
		return
	}
	s.arranged = time.Now()
	for _, m := range all {
		errs = append(errs, m.err)
		for _, p := range m.paths {
			if !s.cfg.excludes(p) {
				paths = append(paths, p)
				old[p] = old[p] || m.first
			}
		}
		for _, p := range m.live {
			if s.cfg.matches(p) {
				rotated = append(rotated, p)
				old[p] = old[p] || m.first
			}
		}
	}
	if ctx.Err() != nil {
		return
	}
	if err := errors.Join(errs...); err != nil {
		s.count.errors.Add(1)
		s.t.warnings.say("scan "+s.cfg.Name, "files can not be looked for everywhere", "component", "tailer", "source", s.cfg.Name, "err", err)
	}
	names := s.knownNames()
	if first {
		s.logStart(paths)
		s.follow(s.t.saved, began)
		for _, name := range names {
			old[name] = true
		}
	}
	paths = append(paths, rotated...)
	families := logfs.Families(paths, names)
	s.add(families, first, old)
	s.drop(families, paths)
	if first {
		s.scanned.Store(true)
		if s.counted.CompareAndSwap(false, true) {
			s.t.caught(1)
		}
	}
}

// logStart logs what the source follows from the start. Configured paths count whether
// they exist or not: a warning names those that do not.
func (s *source) logStart(paths []string) {
	different := map[string]bool{} // two globs may match one path
	for _, p := range paths {
		different[p] = true
	}
	s.t.o.Log.Info("source", "component", "tailer", "source", s.cfg.Name, "patterns", strings.Join(s.cfg.Files, ", "), "files", len(different))
}

// knownNames returns the paths that are not matched now but may be again: of
// saved positions that are still configured, and of files that are just renamed.
func (s *source) knownNames() []string {
	var names []string
	for _, name := range s.t.memory.names(s.cfg.Name) {
		if s.cfg.matches(name) {
			names = append(names, name)
		}
	}
	for _, l := range s.list() {
		names = append(names, l.path)
	}
	return names
}

// literals returns the configured paths that are no globs: they are looked for
// whether they exist or not.
func (s *source) literals() []string {
	var paths []string
	for _, p := range s.cfg.Files {
		if p = filepath.Clean(p); !logfs.HasMeta(p) && !s.cfg.excludes(p) {
			paths = append(paths, p)
		}
	}
	return paths
}
