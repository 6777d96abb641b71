package tailer

import (
	"errors"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// rewrite is the discovery that an open file does not hold any more what was read
// of it.
type rewrite struct {
	l   *logPath
	g   *generation
	now time.Time
}

// settle takes in that g's file does not hold any more what was read of it. If
// copytruncate left a copy, what was unread is taken from that and from those
// made since, and the live file is read from its begin. If only the end was changed in
// place, it is read on after what is left. It returns false while a copy can not
// be read yet.
func (w *rewrite) settle() bool {
	l, g, now := w.l, w.g, w.now
	all, err := l.source.t.dirs.Siblings(l.paths()...)
	if err != nil {
		l.openFailed(l.path, err, now)
		return false
	}
	rest, before, doubtful := w.copies(all)
	if rest == nil && doubtful && l.undecided(now, patience/2) {
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	}
	l.decided()
	l.source.count.truncations.Add(1)
	if rest == nil && w.takenBack() {
		return true
	}
	var found []*generation
	if rest != nil {
		if !rest.packed {
			l.lose(g.size-max(rest.size, g.print.Offset), g.path, "truncated after the copy was made")
		}
		if l.source.claim(rest.inode, l) {
			found = append(found, rest)
		} else {
			rest.close()
		}
	}
	for _, s := range all[before+1:] {
		if s.Strict {
			if c := l.openUnread(s, now); c != nil {
				found = append(found, c)
			}
		}
	}
	at := slices.Index(l.gens, g)
	if at < 0 {
		return true // it was given to the memory meanwhile
	}
	if rest == nil {
		// Of what nothing was read, a copy is found without knowing it for one.
		copied := len(found) > 0 || slices.ContainsFunc(l.gens, func(c *generation) bool {
			return c.phase != live && !c.owned && c.size >= g.size && now.Sub(c.since) < patience
		})
		if g.print.Offset > 0 || !copied {
			l.lose(g.size-g.print.Offset, g.path, "truncated, and no copy was found")
		}
	}
	l.hunt = now.Add(huntTime)
	l.trace(g, "truncated")
	if rest != nil {
		l.trace(rest, "copy")
	}
	l.gens = slices.Insert(l.gens, at, found...)
	info, err := g.file.Stat()
	if g == l.live || err == nil && info.Links == 0 {
		w.restart()
	} else {
		// It was truncated and then rotated away, or a copy was written over it, or FUSE,
		// which has one cache for all that a path has led to, shows the text of its
		// successor. The name it has now leads to what it really holds.
		(&retirement{l, now}).finish(g)
		delete(l.ignored, g.inode)
		l.lists = nil
	}
	return true
}

// copies looks among all for the copy of g from which reading can go on: the one
// that was made last before g ended. It returns its place among the siblings, and
// whether one could not be read.
func (w *rewrite) copies(all []logfs.Sibling) (rest *generation, before int, doubtful bool) {
	l, g := w.l, w.g
	before = -1
	for i, s := range slices.Backward(all) {
		j, known := l.ignored[s.ID]
		known = known && j.of != g && j.info.Size == s.Size && j.info.Mod == s.Mod
		if known || l.source.owner(s.ID) != nil || s.Size == 0 {
			continue
		}
		c, rel, err := w.copyOf(s)
		doubtful = doubtful || err != nil
		if rel == stranger {
			if err == nil {
				delete(l.ignored, s.ID) // it was not compared with what g is now
			}
			continue
		}
		if rest == nil || rel == same && rest.print.Offset < g.print.Offset {
			if rest != nil {
				l.ignored[rest.inode] = ignoredSibling{}
				rest.close()
			}
			rest, before = c, i
			continue
		}
		l.ignored[s.ID] = ignoredSibling{info: s.Info} // another copy of the same
		c.close()
	}
	return rest, before, doubtful
}

var errRenamed = errors.New("renamed since it was listed")

// copyOf opens s if it is a copy of what g held, set to where g's reading ended.
func (w *rewrite) copyOf(s logfs.Sibling) (*generation, relation, error) {
	g, now := w.g, w.now
	c, err := openGeneration(s.Path, "", now)
	if err != nil {
		return nil, stranger, err
	}
	if c.inode != s.ID {
		c.close()
		return nil, stranger, errRenamed
	}
	rel, err := g.compareRead(s, c)
	if err == nil {
		switch rel {
		case same:
			err = c.anchor(g.print.Offset)
		case shorter:
			var size int64
			if size, err = c.file.Length(s.Info); err == nil {
				err = c.anchor(size)
			}
		}
	}
	if err != nil || rel == stranger {
		c.close()
		return nil, stranger, err
	}
	c.enter(draining, now)
	c.enter(complete, now)
	c.tail = cut
	return c, rel, nil
}

// takenBack goes on after what is left of g's text, if the end of the file was
// changed in place: lines that counted were cut off or overwritten.
func (w *rewrite) takenBack() bool {
	g := w.g
	info, err := g.file.Stat()
	if err != nil || g.packed || g.print.Offset == 0 {
		return false
	}
	size, err := g.file.Length(info)
	if err != nil {
		return false
	}
	kept, err := g.print.Kept(g.file, size)
	if err != nil || kept == 0 || g.takeBack(kept) != nil {
		return false
	}
	g.size, g.grew, g.saved, g.cursor = size, w.now, false, cursor{checked: true}
	w.l.trace(g, "end changed in place")
	return true
}

// restart reads the file from its begin: it holds another text. The one before goes to
// the memory: its copy may show only later.
func (w *rewrite) restart() {
	l, g, now := w.l, w.g, w.now
	if g.print.Offset > 0 {
		p := g.position(l)
		p.Finished, p.Seen = true, now.UnixNano()
		l.note(l.source.t.memory, p)
	} else {
		l.forget = append(l.forget, g.id)
	}
	g.id, g.owned, g.print, g.duplicate = newID(), false, logfs.Fingerprint{}, nil
	g.target, g.size, g.saved, g.grew, g.cursor, g.origin = 0, 0, false, now, cursor{}, recognised
}
