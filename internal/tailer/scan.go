package tailer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// pattern is one glob of a source and what it matched last. It is matched in a
// goroutine of its own: one that leads to a file system which does not answer
// does not block the files of the others.
type pattern struct {
	glob  string
	tree  *logfs.Tree
	busy  atomic.Bool
	found atomic.Pointer[matches]
	heard bool // of an answer; the scan's own
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

// scanTime is how long a scan waits for a glob's answer.
const scanTime = time.Second

// match matches all globs again and returns what each matches, or matched last
// where it does not answer.
func (s *source) match(ctx context.Context) []matches {
	answers := make(chan struct{}, len(s.patterns))
	waiting := 0
	for _, p := range s.patterns {
		if !p.busy.CompareAndSwap(false, true) {
			continue // it waits for a file system
		}
		waiting++
		s.t.work.Go(func() {
			paths, err := p.tree.Glob(p.glob)
			if path := filepath.Clean(p.glob); logfs.IsFile(path) && !slices.Contains(paths, path) {
				paths = append(paths, path) // it is called like a glob
			}
			live := p.tree.Live(paths)
			p.tree.Forget()
			p.found.Store(&matches{paths: paths, live: live, err: err})
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
	var all []matches
	for _, p := range s.patterns {
		var m matches
		if last := p.found.Load(); last != nil {
			m = *last
			m.first, p.heard = !p.heard, true
			if m.first && len(m.paths) == 0 {
				s.notThere(p.glob)
			}
		}
		if p.busy.Load() {
			m.err = fmt.Errorf("match %q: no answer from a file system", p.glob)
		}
		all = append(all, m)
	}
	return all
}

// notThere warns that there is nothing to follow at path: most often that is a
// slip in the configuration.
func (s *source) notThere(path string) {
	s.t.warnings.say("none "+s.cfg.Name+" "+path, "no such file yet; it is followed as soon as it appears",
		"component", "tailer", "source", s.cfg.Name, "file", path)
}

// scan matches the globs and makes a lineage of each new path.
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
	for _, m := range s.match(ctx) {
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
