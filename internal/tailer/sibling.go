package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// siblings are the files next to a path that rotation may have made of it, and
// what is known of them. It is part of a log path and guarded by its lock.
type siblings struct {
	l       *logPath
	ignored map[logfs.Identity]ignoredSibling // those of which nothing is to be read
	lists   []*logfs.Listing                  // what directoriesChanged saw last
	shapes  map[string]bool                   // of names that rotation was seen to give; see learn
	visited time.Time                         // when all were looked at last without a reason
	listed  time.Time                         // when the directories were gone through for it
	touched time.Time                         // when it was last noted which are still there
	matches atomic.Pointer[[]string]          // those that the globs match too; read without the lock
	reports *directory                        // of all of these, since the last visit; nil where changes are not reported
	others  uint64                            // its count then
}

// setMatched stores which siblings the globs match too.
func (b *siblings) setMatched(paths []string) { b.matches.Store(&paths) }

func (b *siblings) matched() []string { return *b.matches.Load() }

// ignoredSibling is a sibling of which nothing is to be read, as it was then.
type ignoredSibling struct {
	info logfs.Info
	of   *generation // it is a copy of this one, which is open; nil for any other reason
	id   ID          // of the finished text that it holds; 0 for none
}

// directoriesChanged reports whether the directories in which siblings are changed since it
// was last asked.
func (b *siblings) directoriesChanged() bool {
	l := b.l
	var lists []*logfs.Listing
	for _, path := range l.paths() {
		if list, err := l.source.t.dirs.List(filepath.Dir(path)); err == nil {
			lists = append(lists, list)
		}
	}
	same := slices.Equal(lists, l.lists)
	l.lists = lists
	return !same
}

// unseen opens the files that came and went since the last look: rotated siblings
// of which something is to be read. The oldest comes first.
func (b *siblings) unseen(now time.Time) []*generation {
	l := b.l
	all, err := l.source.t.dirs.Siblings(l.paths()...)
	if err != nil {
		l.openFailed(l.path, err, now)
		return nil
	}
	var found []*generation
	for _, s := range all {
		if s.Strict || b.shapes[logfs.Shape(s.Path)] {
			if g := l.openUnread(s, now); g != nil {
				found = append(found, g)
			}
		}
	}
	return found
}

// openUnread opens s if something of it is still to be read here, at the offset from
// which it is. It is claimed then.
func (b *siblings) openUnread(s logfs.Sibling, now time.Time) *generation {
	l := b.l
	if j, ok := l.ignored[s.ID]; ok && j.info.Size == s.Size && j.info.Mod == s.Mod || l.isOpen(s.ID) {
		return nil
	}
	l.lists = nil // look again, until it is known or claimed
	if s.Size == 0 {
		return nil
	}
	g, err := openGeneration(s.Path, "", now)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.unreadable(s.Path, err, now)
		}
		return nil
	}
	keep := false
	defer func() {
		if !keep {
			g.close()
		}
	}()
	if g.inode != s.ID || g.disk == 0 { // replaced or emptied since it was listed
		l.at(now)
		return nil
	}
	if !l.source.claim(g.inode, l) {
		return nil
	}
	if !(&comparison{l: l, g: g, s: s, now: now}).judge() {
		l.unclaim(g.inode)
		return nil
	}
	keep = true
	delete(l.ignored, g.inode)
	g.enter(draining, now)
	l.trace(g, "came and went")
	return g
}

// isOpen reports whether the file is read already. One that can not be read any
// more, since its mount is gone, is given to the memory: it may be back in s.
func (b *siblings) isOpen(id logfs.Identity) bool {
	l := b.l
	owner := l.source.owner(id)
	if owner != l {
		return owner != nil
	}
	i := slices.IndexFunc(l.gens, func(g *generation) bool { return g.inode == id })
	if i < 0 || l.gens[i] == l.live || !l.gens[i].lost() {
		return true
	}
	l.dismiss(l.gens[i])
	return false
}

// unreadable counts a failure to open a sibling, which is tried again every
// second, without keeping the live file from being looked at.
func (b *siblings) unreadable(path string, err error, now time.Time) {
	l := b.l
	l.source.count.errors.Add(1)
	l.warn("open "+path, "file can not be opened", "file", path, "err", err)
	l.visited = time.Time{}
	l.hunt = now.Add(huntTime)
	l.at(now.Add(l.source.t.o.RescanInterval))
}

// visit looks, now and then, at the siblings that the globs match too, and at all
// where a text is missing or a copy may have grown.
func (b *siblings) visit(now time.Time) {
	l := b.l
	every := patience
	switch {
	case len(l.missing) > 0 || len(l.matched()) > 0 && !b.calm():
		every = l.source.t.o.RescanInterval
	case len(l.matched()) == 0 && len(l.ignored) == 0:
		return
	}
	if now.Sub(l.visited) < every {
		l.at(l.visited.Add(every))
		return
	}
	l.visited = now
	l.at(now.Add(every))
	b.heed()
	var found []*generation
	for _, path := range l.matched() {
		if g := l.visitOne(path, now); g != nil {
			found = append(found, g)
		}
	}
	l.insert(found)
	if len(l.missing) > 0 || now.Sub(l.listed) >= patience {
		l.listed = now
		l.insert(l.unseen(now))
		l.keepKnown(now)
	}
}

// heed has changes of the siblings that the globs match reported, where all of them are
// in the directory of the path.
func (b *siblings) heed() {
	b.reports = nil
	paths := b.matched()
	if len(paths) == 0 || slices.ContainsFunc(paths, func(p string) bool { return filepath.Dir(p) != b.l.dir }) {
		return
	}
	if d := b.l.source.t.changes.addSiblings(b.l); d != nil {
		b.reports, b.others = d, d.others.Load()
	}
}

// calm reports whether changes are reported, and there was none since the last visit.
func (b *siblings) calm() bool {
	d := b.reports
	return d != nil && !d.ended.Load() && d.others.Load() == b.others
}

// keepKnown keeps what is known of the siblings that are still there, once a day
// in the checkpoint, too, and drops the rest.
func (b *siblings) keepKnown(now time.Time) {
	l := b.l
	if now.Sub(l.touched) < time.Minute {
		return
	}
	l.touched = now
	all, err := l.source.t.dirs.Siblings(l.paths()...)
	if err != nil {
		return
	}
	there := map[logfs.Identity]bool{}
	for _, s := range all {
		there[s.ID] = true
	}
	for _, path := range l.matched() {
		if info, err := logfs.Stat(path); err == nil {
			there[info.ID] = true
		}
	}
	var ids []ID
	for id, j := range l.ignored {
		if !there[id] {
			delete(l.ignored, id)
		} else if j.id != 0 {
			ids = append(ids, j.id)
		}
	}
	l.positions = append(l.positions, l.source.t.memory.touch(ids, now)...)
}

func (b *siblings) visitOne(path string, now time.Time) *generation {
	l := b.l
	info, err := logfs.Stat(path)
	if err != nil || !info.Regular || slices.ContainsFunc(l.gens, func(g *generation) bool { return g.inode == info.ID }) {
		return nil
	}
	s := logfs.SiblingOf(l.path, path, info)
	if s.Packed && s.BeingWritten() {
		return nil
	}
	return l.openUnread(s, now)
}
