package tailer

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// unseen opens the files that came and went since the last look: rotated siblings
// of which something is to be read. The oldest comes first.
func (l *lineage) unseen(now time.Time) []*generation {
	all, err := l.source.t.dirs.Siblings(l.places()...)
	if err != nil {
		l.openFailed(l.path, err, now)
		return nil
	}
	var found []*generation
	for _, s := range all {
		if s.Strict {
			if g := l.sight(s, now); g != nil {
				found = append(found, g)
			}
		}
	}
	return found
}

// sight opens s if something of it is still to be read here, at the offset from
// which it is. It is claimed then.
func (l *lineage) sight(s logfs.Sibling, now time.Time) *generation {
	if j, ok := l.known[s.ID]; ok && j.info.Size == s.Size && j.info.Mod == s.Mod || l.isOpen(s.ID) {
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
			g.rest()
		}
	}()
	if g.inode != s.ID || g.disk == 0 { // replaced or emptied since it was listed
		l.at(now)
		return nil
	}
	if !l.judge(g, s, now) || !l.source.claim(g.inode, l) {
		return nil
	}
	keep = true
	delete(l.known, g.inode)
	g.enter(draining, now)
	l.trace(g, "came and went")
	return g
}

// isOpen reports whether the file is read already. One that can not be read any
// more, since its mount is gone, is given to the memory: it may be back in s.
func (l *lineage) isOpen(id logfs.Identity) bool {
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
func (l *lineage) unreadable(path string, err error, now time.Time) {
	l.source.count.errors.Add(1)
	l.warn("open "+path, "file can not be opened", "file", path, "err", err)
	l.visited = time.Time{}
	l.hunt = now.Add(huntTime)
	l.at(now.Add(l.source.t.o.RescanInterval))
}

// judge decides what is to be read of s, opened as g: it compares it with the
// files that are open, then with the texts that are remembered. It returns false
// where nothing is, now or for good, and sets g to the offset otherwise.
func (l *lineage) judge(g *generation, s logfs.Sibling, now time.Time) bool {
	k, of := l.kin(s, g, every)
	if k == same && of != l.live && of.lost() {
		l.dismiss(of) // its text is remembered, and found in s
		k = stranger
	}
	switch {
	case k == unclear:
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	case k == shorter && of.print.Offset == 0:
		return false // were of truncated now, nothing would show it: look again when some of it was read
	case k == shorter:
		l.known[s.ID] = judged{info: s.Info, of: of}
		l.trace(g, "contained")
		return false
	case k == same && (of.resting() || !of.holds()):
		return false // of was truncated: it is about to notice, and then to look for s
	case k == same && of == l.live:
		l.at(now.Add(l.source.t.o.RescanInterval)) // a longer copy, which may be about to take its place
		return false
	case k == same: // a copy that holds more than the file that was rotated away
		if err := g.anchor(of.print.Offset); err != nil {
			l.unreadable(s.Path, err, now)
			return false
		}
		of.twin = g
		return true
	}
	p, rel, err := l.recall(g, s)
	switch {
	case rel == unclear:
		l.lists = nil
		l.at(now.Add(l.source.t.o.RescanInterval))
		if !errors.Is(err, errPending) && !errors.Is(err, logfs.ErrCut) {
			l.unreadable(s.Path, err, now)
		}
		return false
	case rel == shorter:
		l.shorterCopy(g, s, now)
		return false
	case rel == same && p.Finished && !l.exceeds(g, s.Info, &p):
		l.remember(s.Info, &p, now)
		return false
	case rel == same:
		if !l.source.t.memory.take(p.ID) {
			l.at(now)
			return false
		}
		g.resume(&p)
		return true
	case s.Mod < l.firstStart && !l.source.cfg.matches(s.Path):
		l.leaveOut(s, now)
		return false
	}
	switch l.elsewhere(g, s, every) {
	case unclear, same:
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	case shorter:
		l.known[s.ID] = judged{info: s.Info}
		return false
	}
	return true
}

// every admits all files.
func every(*generation) bool { return true }

// rotated admits the files that no path leads to any more.
func rotated(g *generation) bool { return g.phase != live }

// elsewhere compares s, opened as g, with the files that other lineages of the
// source have open: two paths may lead to one file, and only one of them follows
// it. It is unclear while another lineage is at work.
func (l *lineage) elsewhere(g *generation, s logfs.Sibling, ok func(*generation) bool) relation {
	for _, o := range l.source.list() {
		if o == l || o.open.Load() == 0 || o.stuck(stuckTime) {
			continue
		}
		if !o.mu.TryLock() {
			return unclear
		}
		rel, _ := o.kin(s, g, ok)
		o.mu.Unlock()
		if rel != stranger {
			return rel
		}
	}
	return stranger
}

// lost reports whether the open file can not be read any more: its mount is gone.
func (g *generation) lost() bool {
	if g.file == nil {
		return false
	}
	_, err := g.file.Stat()
	return err != nil
}

// shorterCopy remembers a copy of a finished text by itself: the marks that tell
// it are not kept for as long as the copy may be.
func (l *lineage) shorterCopy(g *generation, s logfs.Sibling, now time.Time) {
	l.known[s.ID] = judged{info: s.Info}
	if g.packed || g.anchor(g.size) != nil {
		return
	}
	p := g.position(l)
	p.Finished, p.Seen = true, now.UnixNano()
	l.known[s.ID] = judged{info: s.Info, id: p.ID}
	l.note(p)
}

// recall asks the memory for the text of s, opened as g.
func (l *lineage) recall(g *generation, s logfs.Sibling) (Position, relation, error) {
	t := l.source.t
	atPath := s.Path == l.path
	return t.memory.recall(g, s.Info, func(r *remembered) bool {
		if r.Source != l.source.cfg.Name && t.follows(r.Source, r.Name) {
			return false // another source reads the same files
		}
		// A file that begins, at the path itself, as one did that was read there and
		// rotated away is a new run of a program that always writes the same.
		return !atPath || !r.Finished || r.Name != l.path || g.packed || r.sameInode(g.inode)
	})
}

// exceeds reports whether the open file g, which holds the text p, goes on.
func (l *lineage) exceeds(g *generation, info logfs.Info, p *Position) bool {
	if g.packed && g.file.EndsAt(p.Offset, info.Size) {
		return false
	}
	if !g.packed {
		return g.size > p.Offset
	}
	var one [1]byte
	n, _ := logfs.ReadFull(g.file, one[:], p.Offset)
	return n > 0
}

// visit looks, now and then, at the siblings that the globs match too, and at all
// where a text is missing or a copy may have grown.
func (l *lineage) visit(now time.Time) {
	every := patience
	switch {
	case len(l.matched()) > 0 || len(l.missing) > 0:
		every = l.source.t.o.RescanInterval
	case len(l.known) == 0:
		return
	}
	if now.Sub(l.visited) < every {
		l.at(l.visited.Add(every))
		return
	}
	l.visited = now
	l.at(now.Add(every))
	var found []*generation
	for _, path := range l.matched() {
		if g := l.visitOne(path, now); g != nil {
			found = append(found, g)
		}
	}
	l.insert(found)
	l.insert(l.unseen(now))
	l.keepKnown(now)
}

// keepKnown keeps what is known of the siblings that are still there, once a day
// in the checkpoint, too, and drops the rest.
func (l *lineage) keepKnown(now time.Time) {
	all, err := l.source.t.dirs.Siblings(l.places()...)
	if err != nil || now.Sub(l.touched) < time.Minute {
		return
	}
	l.touched = now
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
	for id, j := range l.known {
		if !there[id] {
			delete(l.known, id)
		} else if j.id != 0 {
			ids = append(ids, j.id)
		}
	}
	l.notes = append(l.notes, l.source.t.memory.touch(ids, now)...)
}

func (l *lineage) visitOne(path string, now time.Time) *generation {
	info, err := logfs.Stat(path)
	if err != nil || !info.Regular || slices.ContainsFunc(l.gens, func(g *generation) bool { return g.inode == info.ID }) {
		return nil
	}
	s := logfs.SiblingOf(l.path, path, info)
	if s.Packed && s.BeingWritten() {
		return nil
	}
	return l.sight(s, now)
}
