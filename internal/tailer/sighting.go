package tailer

import (
	"errors"
	"io/fs"
	"slices"
	"time"
)

// unseen opens the generations that came and went since the last look: rotated
// siblings that are neither known nor followed. The oldest comes first.
func (l *lineage) unseen(now time.Time) []*generation {
	all, err := l.source.t.dirs.siblings(l.places()...)
	if err != nil {
		l.openFailed(l.path, err, now)
		return nil
	}
	var found []*generation
	for _, s := range all {
		if s.strict {
			if g := l.sight(s, now); g != nil {
				found = append(found, g)
			}
		}
	}
	return found
}

// sight opens s if something of it is still to be read here, at the offset from
// which it is. It is claimed then.
func (l *lineage) sight(s sibling, now time.Time) *generation {
	if _, known := l.known[s.id]; known || l.source.owner(s.id) != nil {
		return nil
	}
	l.lists = nil // look again, until it is known or claimed
	if s.size == 0 {
		return nil
	}
	g, err := openGeneration(s.path, "", now)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.openFailed(s.path, err, now)
		}
		return nil
	}
	keep := false
	defer func() {
		if !keep {
			g.sleep()
		}
	}()
	if g.id != s.id || g.size == 0 && g.kind == plain { // replaced or emptied since it was listed
		l.at(now)
		return nil
	}
	kinship, of := l.kin(s, g.content)
	switch {
	case kinship == unclear:
		l.at(now.Add(l.source.t.o.PollInterval))
		return nil
	case kinship == contained && of.offset == 0:
		return nil // were of truncated now, nothing would tell: look again when some of it was read
	case kinship == contained:
		l.known[s.id] = of
		l.trace(g, "contained")
		return nil
	case kinship == copied && of.content != nil && of.kind == plain:
		return nil // of was truncated; it is about to notice, and then to look for s
	case kinship == copied:
		if err := l.inherit(g, of); err != nil {
			l.openFailed(s.path, err, now)
			return nil
		}
	}
	keep = l.source.claim(g.id, l)
	if !keep {
		return nil
	}
	g.away, g.sighted = now, true
	l.trace(g, "came and went")
	return g
}

// inherit lets g, a copy of what was read of old, go on where old ended.
func (l *lineage) inherit(g, old *generation) error {
	if z, ok := g.content.(*inflated); ok {
		if st, err := lookInto(g.file); err == nil && z.endsAt(old.offset, st.size) {
			// Nothing is left in it; no need to decompress it to its end.
			g.fingerprint, g.size = old.fingerprint, old.offset
			g.sleep()
			return nil
		}
	}
	return g.anchor(old.offset)
}

// bequeath remembers the copies of g, whose own file is gone or about to be, as
// read as far as g was: else they would look unseen one day.
func (l *lineage) bequeath(g *generation) {
	copies := map[identity]bool{}
	for id, of := range l.known {
		copies[id] = of == g
	}
	if g.offset == 0 || len(copies) == 0 {
		return
	}
	all, err := l.source.t.dirs.siblings(l.places()...)
	if err != nil {
		return
	}
	for _, s := range all {
		if !copies[s.id] {
			continue
		}
		c, err := openGeneration(s.path, "", time.Now())
		if err != nil {
			continue
		}
		if k, err := g.kin(s, c.content); err == nil && k == copied {
			_ = l.inherit(c, g)
		} else if err == nil {
			if size, err := s.plainSize(c.content); err == nil {
				_ = c.anchor(size)
			}
		}
		c.sleep()
		if c.id == s.id && c.offset > 0 && l.source.claim(c.id, l) {
			delete(l.known, c.id)
			c.moved = Key{l.source.cfg.Name, g.id.dev, g.id.ino}
			l.gens = slices.Insert(l.gens, slices.Index(l.gens, g), c)
			l.trace(c, "inherits")
		}
	}
	l.at(time.Now()) // their positions are to be recorded
}

// visit looks, now and then, at rotated files that the globs match too, and at
// those that were finished: has one grown, come, or gone?
func (l *lineage) visit(now time.Time) {
	if len(l.matched()) > 0 && now.Sub(l.visited) >= l.source.t.o.RescanInterval {
		l.visited = now
		var found []*generation
		for _, path := range l.matched() {
			found = append(found, l.visitOne(path, now)...)
		}
		l.insert(found)
	}
	if len(l.known) == 0 && !slices.ContainsFunc(l.gens, func(g *generation) bool { return g.asleep() && g != l.live }) {
		return
	}
	if now.Sub(l.tidied) >= patience {
		l.tidied = now
		l.tidy(now)
	}
	l.at(l.tidied.Add(patience))
}

func (l *lineage) visitOne(path string, now time.Time) []*generation {
	st, err := lookAt(path)
	if err != nil || !st.regular {
		return nil
	}
	for _, g := range l.gens {
		if g.id != st.id {
			continue
		}
		if g.content == nil && g.kind == plain && st.size > g.offset && l.reopen(g, path, now) {
			g.away = now
		}
		return nil
	}
	kind := compressionOf(path)
	if kind != plain {
		if _, err := lookAt(withoutCompression(path)); err == nil {
			return nil // it is being written
		}
	}
	if g := l.sight(sibling{look: st, path: path, kind: kind, strict: true}, now); g != nil {
		return []*generation{g}
	}
	return nil
}

// maxAsleep is how many finished generations beside the globs are remembered:
// enough to know at a restart which siblings are older.
const maxAsleep = 8

// tidy forgets finished generations whose file is gone, and opens those again
// that have grown nevertheless.
func (l *lineage) tidy(now time.Time) {
	all, err := l.source.t.dirs.siblings(l.places()...)
	if err != nil {
		return
	}
	visible := map[identity]string{}
	for _, s := range all {
		visible[s.id] = s.path
		for _, g := range l.gens {
			if g != l.live && g.id == s.id && g.asleep() && g.kind == plain && s.size > g.offset && l.reopen(g, s.path, now) {
				g.away = now // somebody writes to it still
			}
		}
	}
	for _, path := range l.matched() {
		if st, err := lookAt(path); err == nil {
			visible[st.id] = path
		}
	}
	for id := range l.known {
		if visible[id] == "" {
			delete(l.known, id)
		}
	}
	asleep := 0
	for _, g := range slices.Backward(slices.Clone(l.gens)) {
		if !g.asleep() || g == l.live || !g.recorded || g.id == (identity{}) && now.Sub(g.away) < patience {
			continue
		}
		path := visible[g.id]
		matched := slices.Contains(l.matched(), path)
		if !matched {
			asleep++
		}
		if path == "" || !matched && asleep > maxAsleep {
			if path != "" {
				l.known[g.id] = nil
			} else {
				l.bequeath(g)
			}
			i := slices.Index(l.gens, g)
			l.gens = slices.Delete(l.gens, i, i+1)
			l.trace(g, "forgotten")
			l.source.release(g.id, l)
			l.dead = append(l.dead, Key{l.source.cfg.Name, g.id.dev, g.id.ino})
		}
	}
}
