package tailer

import (
	"errors"
	"slices"
	"time"
)

// rewritten takes in that g's file does not hold any more what was read of it:
// it was truncated. What was unread is taken from the copy that copytruncate
// left, and from those made since; then the file is read from its begin. It
// returns false while a copy can not be read yet.
func (l *lineage) rewritten(g *generation, now time.Time) bool {
	all, err := l.source.t.dirs.siblings(l.places()...)
	if err != nil {
		l.openFailed(l.path, err, now)
		return false
	}
	var (
		rest    *generation // the copy of g, from where g ended
		before  = -1        // its place among the siblings
		unclear bool
	)
	for i, s := range slices.Backward(all) {
		of, known := l.known[s.id]
		if known && of != g || l.source.owner(s.id) != nil || s.size == 0 {
			continue
		}
		c, k, err := copyOf(g, s, now)
		unclear = unclear || err != nil
		if k == stranger {
			if err == nil {
				delete(l.known, s.id) // it was not compared with what g is now
			}
			continue
		}
		if rest == nil || k == copied && rest.offset < g.offset {
			if rest != nil {
				l.known[rest.id] = nil
				rest.sleep()
			}
			rest, before = c, i
			continue
		}
		l.known[s.id] = nil // another copy of the same
		c.sleep()
	}
	if rest == nil && unclear && l.undecided(now) {
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	}
	l.decided()
	l.source.count.truncations.Add(1)
	var found []*generation
	if rest != nil {
		if rest.kind == plain {
			l.lose(g.size-max(rest.size, g.offset), g.path, "truncated after the copy was made")
		}
		if l.source.claim(rest.id, l) {
			found = append(found, rest)
		}
	}
	for _, s := range all[before+1:] {
		if s.strict {
			if c := l.sight(s, now); c != nil {
				found = append(found, c)
			}
		}
	}
	at := slices.Index(l.gens, g)
	if rest == nil {
		// Of what nothing was read, a copy is found without knowing it for one.
		copied := len(found) > 0 || slices.ContainsFunc(l.gens, func(c *generation) bool {
			return c.sighted && c.size >= g.size && now.Sub(c.away) < patience
		})
		if g.offset > 0 || !copied {
			l.lose(g.size-g.offset, g.path, "truncated, and no copy was found")
		}
		if g.offset > 0 {
			found = append([]*generation{g.memory(now)}, found...)
		}
	}
	l.hunt = now.Add(huntTime)
	l.trace(g, "truncated")
	if rest != nil {
		l.trace(rest, "copy")
	}
	l.gens = slices.Insert(l.gens, at, found...)
	g.restart(now)
	return true
}

// memory is what is remembered of a truncated file: its copy may show only later,
// when the globs are matched that lead to it.
func (g *generation) memory(now time.Time) *generation {
	return &generation{
		path: g.path, real: g.real, fingerprint: g.fingerprint, marks: g.marks, size: g.size,
		grew: now, away: now, recorded: true, ended: true,
	}
}

var errRenamed = errors.New("renamed since it was listed")

// copyOf opens s if it is a copy of what g held, set to where g's reading ended.
func copyOf(g *generation, s sibling, now time.Time) (*generation, kinship, error) {
	c, err := openGeneration(s.path, "", now)
	if err != nil {
		return nil, stranger, err
	}
	if c.id != s.id {
		c.sleep()
		return nil, stranger, errRenamed
	}
	k, err := g.kin(s, c.content)
	if err == nil {
		switch k {
		case copied:
			err = c.anchor(g.offset)
		case contained:
			var size int64
			if size, err = s.plainSize(c.content); err == nil {
				err = c.anchor(size)
			}
		}
	}
	if err != nil || k == stranger {
		c.sleep()
		return nil, stranger, err
	}
	c.away, c.final, c.tail = now, true, cut
	return c, k, nil
}

// undecided starts or goes on with a wait for what can not be read yet, and
// reports whether it is still worth it.
func (l *lineage) undecided(now time.Time) bool {
	if l.doubt.IsZero() {
		l.doubt = now
	}
	return now.Sub(l.doubt) < patience/2
}
