package tailer

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// restorer gives saved positions their files, at the start of a log path.
type restorer struct {
	l     *logPath
	all   []logfs.Sibling // of its path
	files []*candidate
	now   time.Time
}

// candidates are those of all that no other log path follows, and what the path leads to.
func (r *restorer) candidates() []*candidate {
	l, all := r.l, r.all
	if info, err := logfs.Stat(l.path); err == nil && info.Regular {
		all = slices.DeleteFunc(slices.Clone(all), func(s logfs.Sibling) bool { return s.ID == info.ID })
		s := logfs.SiblingOf(l.path, l.path, info)
		s.Ordinal = -1
		all = append(all, s)
	}
	var files []*candidate
	for _, s := range all {
		if owner := l.source.owner(s.ID); owner == nil || owner == l {
			files = append(files, &candidate{Sibling: s})
		}
	}
	return files
}

// restore gives saved positions their files: by inode and content, then by
// content alone. Then it decides about the files of which nothing was read. It
// returns false where it has to be called again.
func (r *restorer) restore() bool {
	l, t := r.l, r.l.source.t
	missing, err := r.lookUp()
	if len(missing) > 0 {
		if renamed := l.renamed(missing, r.all); len(renamed) > 0 {
			closeAll(r.files)
			r.all = append(r.all, renamed...)
			logfs.SortSiblings(r.all)
			missing, err = r.lookUp()
		}
	}
	if outOfDescriptors(err) {
		l.openFailed(l.path, err, r.now)
		l.begunAt = r.now // that is no time to decide anything
		closeAll(r.files)
		return false
	}
	r.adoptShapes()
	t.memory.release(l) // what is missing may be in a file of another log path
	pending := false
	for _, f := range r.files {
		if f.pos == nil && !f.known {
			pending = r.recallAt(f) || pending
		}
	}
	if pending && r.now.Sub(l.begunAt) < patience {
		closeAll(r.files)
		return false
	}
	l.missing = missing
	r.resume()
	return true
}

// setAside marks the files that still hold a finished text. Where all lines are
// equal, any unfinished one would be found in them, too.
func (r *restorer) setAside() {
	l := r.l
	all := l.source.t.memory.finished(l)
	for _, f := range r.files {
		if f.Path == l.path {
			continue
		}
		if i := slices.IndexFunc(all, func(p Position) bool { return p.sameInode(f.ID) && p.ModTime == f.Mod }); i >= 0 {
			f.known, f.text = true, all[i].ID
		}
	}
}

func closeAll(files []*candidate) {
	for _, f := range files {
		if f.g != nil {
			f.g.close()
			f.g = nil
		}
	}
}

// adoptShapes takes as rotated what is called like a file that was found to hold a
// text of l, but for its digits: app.1.log and app.2.log mean nothing by themselves.
func (r *restorer) adoptShapes() {
	for _, f := range r.files {
		if (f.pos != nil || f.known) && f.Path != r.l.path && !f.Strict {
			r.l.learn(f.Path)
		}
	}
	for _, f := range r.files {
		f.Strict = f.Strict || r.l.shapes[logfs.Shape(f.Path)]
	}
}

// recallAt asks the memory what f is. It returns true where that is not known
// yet, since another log path looks for the text.
func (r *restorer) recallAt(f *candidate) (pending bool) {
	l, now := r.l, r.now
	if f.Size == 0 || f.another && f.Path == l.path {
		return false
	}
	g, err := openGeneration(f.Path, "", now)
	if err != nil {
		return false // it is tried again when it is opened to be read
	}
	keep := false
	defer func() {
		if !keep {
			g.close()
		}
	}()
	if g.inode != f.ID {
		return true
	}
	is := comparison{l: l, g: g, s: f.Sibling, now: now}
	p, rel, err := is.recall()
	switch {
	case rel == unclear:
		return errors.Is(err, errPending)
	case rel == stranger:
		return false
	case rel == shorter:
		f.known = true
		return false
	}
	if slices.ContainsFunc(r.files, func(o *candidate) bool { return o.pos != nil && o.pos.ID == p.ID }) {
		return false // a copy of that one, perhaps: it is compared when that is open
	}
	if f.pos = &p; p.Finished && !is.exceeds(&p) {
		f.pos, f.known = nil, f.Path != l.path
		if f.known {
			l.remember(f.Info, &p, now)
			return false
		}
		f.pos = &p
	}
	f.g, keep = g, true
	return false
}

// lookUp gives each unfinished position its file and returns those that have none.
func (r *restorer) lookUp() (missing []Position, err error) {
	l := r.l
	r.files = r.candidates()
	r.setAside()
	var open []*Position
	for i := range l.missing {
		p := &l.missing[i]
		found := false
		for _, f := range r.files {
			if f.known || !p.sameInode(f.ID) {
				continue
			}
			is, e := f.holds(p, r.now)
			switch {
			case is:
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
		case l.source.t.memory.take(*p): // nothing of it was read
			l.forget = append(l.forget, p.ID)
		}
	}
	for _, p := range open {
		f, e := search(l.path, r.files, p, r.now)
		if e != nil {
			err = e
		}
		if f == nil {
			f = r.left(p)
		}
		if f == nil {
			missing = append(missing, *p)
			continue
		}
		f.take(p)
	}
	return missing, err
}

// left returns the file that holds what is left of the text of p: the same file,
// or the one at the path now.
func (r *restorer) left(p *Position) *candidate {
	for _, f := range r.files {
		if !f.another && f.Path != r.l.path || f.another && !p.sameInode(f.ID) {
			continue
		}
		if kept, err := f.keeps(p, r.now); kept && err == nil {
			return f
		}
	}
	return nil
}

// resume makes generations of the files that are to be read on: those with a
// position, the live one, and what came between and after them.
func (r *restorer) resume() {
	l, files, now := r.l, r.files, r.now
	oldest := slices.IndexFunc(files, func(f *candidate) bool { return f.pos != nil && f.pos.Offset > 0 || f.known })
	if oldest >= 0 && l.fresh { // followed before, as another source
		l.fresh, l.firstStart = false, min(l.firstStart, files[oldest].Mod)
	}
	for _, f := range files {
		if f.known {
			if l.ignored[f.ID].id == 0 {
				l.ignored[f.ID] = ignoredSibling{info: f.Info, id: f.text}
			}
		}
		if f.pos == nil && f.Path != l.path || f.known || !r.resumeAt(f) {
			continue
		}
		l.gens = append(l.gens, f.g) // what is sighted below may be a copy
		if f.Path == l.path {
			l.live = f.g
		} else {
			f.g.enter(draining, now)
		}
	}
	for i, f := range files {
		switch {
		case f.g != nil || f.known || !f.Strict || f.Path == l.path:
		case oldest >= 0 && !f.another && f.before(i, oldest, files[oldest]) && !l.source.cfg.matches(f.Path):
			l.leaveOut(f.Sibling, now)
		case l.first && l.fresh && !l.source.cfg.matches(f.Path):
			l.leaveOut(f.Sibling, now)
		default:
			f.g = l.openUnread(f.Sibling, now)
			if f.g != nil && !f.g.owned {
				l.startAt(f.g, now)
			}
		}
	}
	if l.live != nil && !l.live.owned {
		l.startAt(l.live, now)
	}
	l.gens = slices.DeleteFunc(l.gens, func(g *generation) bool {
		return slices.ContainsFunc(files, func(f *candidate) bool { return f.g == g })
	})
	for _, f := range files {
		if f.g != nil {
			f.g.target = f.g.backlog()
			l.gens = append(l.gens, f.g)
			l.trace(f.g, "at the start")
		}
	}
}

// resumeAt opens f at its position, or its begin, and claims it.
func (r *restorer) resumeAt(f *candidate) bool {
	l, now := r.l, r.now
	err := error(nil)
	if f.g == nil {
		f.g, err = openGeneration(f.Path, "", now)
	}
	if p := f.pos; err == nil && p != nil {
		if f.kept > 0 {
			f.g.id, f.g.owned, f.g.print = p.ID, true, p.fingerprint()
			err = f.g.takeBack(f.kept)
		} else if f.shorter {
			f.g.id, f.g.owned, f.g.tail = p.ID, true, cut
			var size int64
			if size, err = f.g.file.Length(f.Info); err == nil {
				err = f.g.anchor(size)
			}
		} else {
			f.g.resume(p)
			f.g.saved = p.sameInode(f.ID) && p.Name == l.path && p.Source == l.source.cfg.Name && p.Born != 0
		}
	}
	claimed := err == nil && f.g.inode == f.ID && l.source.claim(f.ID, l)
	if claimed && (f.pos == nil || l.source.t.memory.take(*f.pos)) {
		switch {
		case f.Path == l.path:
			f.g.real = realPath(l.path)
		case f.pos != nil:
			f.g.real = f.pos.Place
		}
		return true
	}
	if claimed {
		l.unclaim(f.ID)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.openFailed(f.Path, err, now)
	}
	if f.g != nil {
		f.g.close()
		f.g = nil
	}
	return false
}
