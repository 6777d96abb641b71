package tailer

import (
	"slices"
	"time"
)

// candidate is a file in which a saved position may be found again. It is opened
// only where it must be: there may be thousands.
type candidate struct {
	sibling
	g       *generation // open where pos is set
	pos     *Position
	another bool // it has the inode of a saved position, but another content
	shorter bool // it is a copy made before all was read that pos speaks of
}

// holds reports whether f holds what p was saved of, and keeps it open then.
func (f *candidate) holds(p *Position) (bool, error) {
	g, err := f.g, error(nil)
	if g == nil {
		if g, err = openGeneration(f.path, "", time.Now()); err != nil {
			return false, err
		}
	}
	same := g.id == f.id && p.Offset == 0
	if g.id == f.id && p.Offset > 0 {
		same, err = p.fingerprint().in(g.content)
	}
	if same {
		f.g = g
	} else if f.g == nil {
		g.sleep()
	}
	return same, err
}

// take keeps the position that is further, of two for the same content.
func (f *candidate) take(p *Position) {
	if f.pos == nil || p.Offset > f.pos.Offset {
		f.pos = p
	}
}

// before reports whether f, the i-th, is older than the oldest file of which
// something was read, by name and by time.
func (f *candidate) before(i, oldest int, o *candidate) bool {
	return i < oldest && f.mod <= o.mod && f.age() <= o.age()
}

// candidates are those of all that nobody else follows, and what the path leads to.
func (l *lineage) candidates(all []sibling) []*candidate {
	if st, err := lookAt(l.path); err == nil && st.regular {
		all = slices.DeleteFunc(slices.Clone(all), func(s sibling) bool { return s.id == st.id })
		all = append(all, sibling{look: st, path: l.path, kind: compressionOf(l.path), strict: true, ordinal: -1})
	}
	var files []*candidate
	for _, s := range all {
		if owner := l.source.owner(s.id); owner == nil || owner == l {
			files = append(files, &candidate{sibling: s})
		}
	}
	return files
}

func closeAll(files []*candidate) {
	for _, f := range files {
		if f.g != nil {
			f.g.sleep()
		}
	}
}

// lookUp gives each saved position its file and returns those that have none.
func (l *lineage) lookUp(files []*candidate) (missing []Position, err error) {
	byInode := map[Key][]*candidate{}
	for _, f := range files {
		k := Key{l.source.cfg.Name, f.id.dev, f.id.ino}
		byInode[k] = append(byInode[k], f)
	}
	var open []*Position
	for i := range l.saved {
		p := &l.saved[i]
		found := false
		for _, f := range byInode[p.Key()] {
			same, e := f.holds(p)
			switch {
			case same:
				f.take(p)
				found = true
			case e == nil:
				f.another = true
			default:
				err = e
			}
		}
		switch {
		case found:
		case p.Offset > 0:
			open = append(open, p)
		default:
			l.dead = append(l.dead, p.Key()) // nothing of it was read: nothing to know it by
		}
	}
	for _, p := range open {
		f, e := search(l.path, files, p)
		if e != nil {
			err = e
		}
		if f == nil {
			missing = append(missing, *p)
			continue
		}
		l.dead = append(l.dead, p.Key())
		f.take(p)
	}
	return missing, err
}

// search looks for what p was saved of, by content: in files that were written to
// since, oldest first, before others; in plain ones before compressed ones; and
// last at the path itself, where a new file may begin with the same lines.
func search(path string, files []*candidate, p *Position) (found *candidate, err error) {
	older := func(f *candidate) bool { return f.mod < p.ModTime }
	live := func(f *candidate) bool { return f.path == path }
	packed := func(f *candidate) bool { return f.kind != plain }
	for i := range 8 {
		for _, f := range files {
			if older(f) != (i&4 > 0) || live(f) != (i&2 > 0) || packed(f) != (i&1 > 0) {
				continue
			}
			same, e := f.holds(p)
			if same {
				return f, nil
			}
			if e != nil {
				err = e
			}
		}
	}
	for _, f := range files {
		same, e := f.wasBefore(p)
		if same {
			f.shorter = true
			return f, nil
		}
		if e != nil {
			err = e
		}
	}
	return nil, err
}

// wasBefore reports whether f is a copy of what p was saved of, made before the
// last of it was read: copytruncate's, when we were stopped before it truncated.
// The marks alone do not tell it from a file that begins alike; that it was not
// written to since must come to it.
func (f *candidate) wasBefore(p *Position) (bool, error) {
	if f.pos != nil || f.mod > p.ModTime {
		return false, nil
	}
	g, err := openGeneration(f.path, "", time.Now())
	if err != nil {
		return false, err
	}
	was := generation{fingerprint: p.fingerprint(), marks: unpackMarks(p.Marks)}
	same, err := was.earlier(f.sibling, g.content)
	if same && g.id == f.id {
		f.g = g
		return true, nil
	}
	g.sleep()
	return false, err
}
