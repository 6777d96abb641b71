package tailer

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// begin is the first look at the path in this run: saved positions find their
// files, and what is older than the first start is left out. It returns false
// while another lineage looks for a text that a file of this one holds.
func (l *lineage) begin(now time.Time) bool {
	if l.start == begun {
		return true
	}
	if l.begunAt.IsZero() {
		l.begunAt = now
	}
	if !l.reserve(now) {
		l.openFailed(l.path, errNoRoom, now)
		l.begunAt, l.retry, l.next = time.Time{}, time.Time{}, time.Time{}
		return false
	}
	defer func() {
		if l.live != nil && l.live.file != nil && l.live.room == nil {
			l.live.room = &l.source.t.rooms
		} else {
			l.source.t.rooms.free()
		}
	}()
	t := l.source.t
	all, err := t.dirs.Siblings(append(l.places(), logfs.RealPath(l.path))...)
	if err != nil {
		l.openFailed(l.path, err, now)
		all = nil
	}
	if later := t.now(); later.Sub(now) > searchTime/2 {
		now, l.begunAt = later, later // the file system did not answer: the time to search begins now
	}
	files := l.candidates(all)
	if !l.restore(files, all, now) {
		return false
	}
	l.start, l.opening, l.visited = begun, true, now
	l.hunt = now.Add(huntTime)
	return true
}

// searchTime is how long a text may be missing before the file in its place means
// that it is lost: its own may just be renamed.
const searchTime = 2 * time.Second

// candidate is a file in which a saved position may be found again. It is opened
// only where it must be: there may be thousands.
type candidate struct {
	logfs.Sibling
	g       *generation // open where pos is set
	pos     *Position
	known   bool // its text is finished, or older than the first start
	another bool // it has the inode of a saved position, but another text
	shorter bool // it is a copy that was made before all was read that pos speaks of
}

// candidates are those of all that nobody else follows, and what the path leads to.
func (l *lineage) candidates(all []logfs.Sibling) []*candidate {
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
func (l *lineage) restore(files []*candidate, all []logfs.Sibling, now time.Time) bool {
	t := l.source.t
	l.setAside(files)
	missing, err := l.lookUp(files)
	if len(missing) > 0 {
		if strays := l.strays(missing, all); len(strays) > 0 {
			closeAll(files)
			all = append(all, strays...)
			logfs.SortSiblings(all)
			files = l.candidates(all)
			l.setAside(files)
			missing, err = l.lookUp(files)
		}
	}
	if outOfDescriptors(err) {
		l.openFailed(l.path, err, now)
		l.begunAt = now // that is no time to decide anything
		closeAll(files)
		return false
	}
	l.adoptShapes(files)
	t.memory.release(l) // what is missing may be in a file of another lineage
	pending := false
	for _, f := range files {
		if f.pos == nil && !f.known {
			pending = l.recallAt(f, now) || pending
		}
	}
	if pending && now.Sub(l.begunAt) < patience {
		closeAll(files)
		return false
	}
	l.missing = missing
	l.resume(files, now)
	return true
}

// setAside marks the files that still hold a finished text. Where all lines are
// equal, any unfinished one would be found in them, too.
func (l *lineage) setAside(files []*candidate) {
	all := l.source.t.memory.finished(l)
	for _, f := range files {
		f.known = f.Path != l.path && slices.ContainsFunc(all, func(p Position) bool {
			return p.sameInode(f.ID) && p.ModTime == f.Mod
		})
	}
}

func closeAll(files []*candidate) {
	for _, f := range files {
		if f.g != nil {
			f.g.rest()
			f.g = nil
		}
	}
}

// adoptShapes takes as rotated what is called like a file that was found to hold a
// text of l, but for its digits: app.1.log and app.2.log say nothing by themselves.
func (l *lineage) adoptShapes(files []*candidate) {
	shapes := map[string]bool{}
	for _, f := range files {
		if (f.pos != nil || f.known) && f.Path != l.path && !f.Strict {
			shapes[logfs.Shape(f.Path)] = true
		}
	}
	for _, f := range files {
		f.Strict = f.Strict || shapes[logfs.Shape(f.Path)]
	}
}

// recallAt asks the memory what f is. It returns true where that can not be said
// yet, since another lineage looks for the text.
func (l *lineage) recallAt(f *candidate, now time.Time) (pending bool) {
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
			g.rest()
		}
	}()
	if g.inode != f.ID {
		return true
	}
	p, rel, err := l.recall(g, f.Sibling)
	switch {
	case rel == unclear:
		return errors.Is(err, errPending)
	case rel == stranger:
		return false
	case rel == shorter:
		f.known = true
		return false
	}
	if f.pos = &p; p.Finished && !l.exceeds(g, f.Info, &p) {
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
func (l *lineage) lookUp(files []*candidate) (missing []Position, err error) {
	var open []*Position
	for i := range l.missing {
		p := &l.missing[i]
		found := false
		for _, f := range files {
			if f.known || !p.sameInode(f.ID) {
				continue
			}
			is, e := f.holds(p, l.source.t.now())
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
		if !found && p.Offset > 0 {
			open = append(open, p)
		}
	}
	for _, p := range open {
		f, e := search(l.path, files, p, l.source.t.now())
		if e != nil {
			err = e
		}
		if f == nil {
			missing = append(missing, *p)
			continue
		}
		f.take(p)
	}
	return missing, err
}

// holds reports whether f holds what p was saved of, and keeps it open then.
func (f *candidate) holds(p *Position, now time.Time) (bool, error) {
	g, err := f.g, error(nil)
	if g == nil {
		if g, err = openGeneration(f.Path, "", now); err != nil {
			return false, err
		}
	}
	is := g.inode == f.ID && p.Offset == 0
	if g.inode == f.ID && p.Offset > 0 {
		print := p.fingerprint()
		is, err = print.In(g.file)
	}
	if is {
		f.g = g
	} else if f.g == nil {
		g.rest()
	}
	return is, err
}

// take keeps the position that is further, of two for the same text.
func (f *candidate) take(p *Position) {
	if f.pos == nil || p.Offset > f.pos.Offset {
		f.pos = p
	}
}

// search looks for what p was saved of, by content: in files that were written to
// since, oldest first, before others; in plain ones before compressed ones; and
// last at the path itself, where a new file may begin with the same lines.
func search(path string, files []*candidate, p *Position, now time.Time) (found *candidate, err error) {
	older := func(f *candidate) bool { return f.Mod < p.ModTime }
	atPath := func(f *candidate) bool { return f.Path == path }
	for i := range 8 {
		for _, f := range files {
			if f.known || older(f) != (i&4 > 0) || atPath(f) != (i&2 > 0) || f.Packed != (i&1 > 0) {
				continue
			}
			is, e := f.holds(p, now)
			if is {
				return f, nil
			}
			if e != nil {
				err = e
			}
		}
	}
	for _, f := range files {
		is, e := f.wasBefore(p, now)
		if is {
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
func (f *candidate) wasBefore(p *Position, now time.Time) (bool, error) {
	if f.pos != nil || f.known || f.Mod > p.ModTime {
		return false, nil
	}
	g, err := openGeneration(f.Path, "", now)
	if err != nil {
		return false, err
	}
	print := p.fingerprint()
	size, err := g.file.Length(f.Info)
	is := false
	if err == nil {
		is, err = print.Earlier(g.file, size)
	}
	if is && g.inode == f.ID {
		f.g = g
		return true, nil
	}
	g.rest()
	return false, err
}

// resume makes generations of the files that are to be read on: those with a
// position, the live one, and what came between and after them.
func (l *lineage) resume(files []*candidate, now time.Time) {
	oldest := slices.IndexFunc(files, func(f *candidate) bool { return f.pos != nil && f.pos.Offset > 0 || f.known })
	for _, f := range files {
		if f.known {
			l.known[f.ID] = judged{info: f.Info}
		}
		if f.pos == nil && f.Path != l.path || f.known || !l.resumeAt(f, now) {
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
			f.g = l.sight(f.Sibling, now)
			if f.g != nil && !f.g.owned {
				l.startAt(f.g, now)
			}
		}
	}
	if l.live != nil && !l.live.owned {
		l.startAt(l.live, now)
	}
	l.gens = l.gens[:0]
	for _, f := range files {
		if f.g != nil {
			f.g.target = f.g.backlog()
			l.gens = append(l.gens, f.g)
			l.trace(f.g, "at the start")
		}
	}
}

// before reports whether f, the i-th, is older than the oldest file of which
// something was read, by name and by time.
func (f *candidate) before(i, oldest int, o *candidate) bool {
	return i < oldest && f.Mod <= o.Mod && f.Age() <= o.Age()
}

// resumeAt opens f at its position, or its begin, and claims it.
func (l *lineage) resumeAt(f *candidate, now time.Time) bool {
	err := error(nil)
	if f.g == nil {
		f.g, err = openGeneration(f.Path, "", now)
	}
	if p := f.pos; err == nil && p != nil {
		if f.shorter {
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
	if err == nil && f.g.inode == f.ID && (f.pos == nil || l.source.t.memory.take(f.pos.ID)) && l.source.claim(f.ID, l) {
		switch {
		case f.Path == l.path:
			f.g.real = l.ownPlace()
		case f.pos != nil:
			f.g.real = f.pos.Place
		}
		return true
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.openFailed(f.Path, err, now)
	}
	if f.g != nil {
		f.g.rest()
		f.g = nil
	}
	return false
}

// startAt sets a file that is older than the first start to where its source
// begins to read such ones.
func (l *lineage) startAt(g *generation, now time.Time) {
	there := l.start != begun && l.first && l.fresh
	older := g.inode.Born != 0 && g.inode.Born < l.firstStart
	if l.source.cfg.Start != "end" || !there && !older {
		return
	}
	var size int64
	info, err := g.file.Stat()
	if err == nil {
		size, err = g.file.Length(info)
	}
	if err == nil && !g.packed {
		size, err = logfs.LastLineEnd(g.file, size)
	}
	if err == nil {
		err = g.anchor(size)
	}
	if err != nil {
		l.readFailed(g, err, now)
	}
}

// leaveOut remembers a sibling that was there before the first start, so that it
// stays out under any later name, inode and compression.
func (l *lineage) leaveOut(s logfs.Sibling, now time.Time) {
	l.known[s.ID] = judged{info: s.Info}
	g, err := openGeneration(s.Path, "", now)
	if err != nil || g.inode != s.ID || s.Size == 0 {
		if err == nil {
			g.rest()
		}
		return
	}
	defer g.rest()
	p := Position{
		ID: g.id, Source: l.source.cfg.Name, Name: l.path, Device: s.ID.Dev, Inode: s.ID.Ino, Born: s.ID.Born,
		ModTime: s.Mod, Finished: true, Seen: now.UnixNano(),
	}
	var print logfs.Fingerprint
	if g.packed {
		print, err = g.file.Glance(s.Size)
	} else {
		print, err = logfs.Consumed(g.file, g.size)
	}
	if err != nil {
		l.warn("left "+s.Path, "a file from before the first start can not be read: under another name it may count", "file", s.Path, "err", err)
		return
	}
	p.setFingerprint(&print)
	p.Marks = ""
	l.note(p)
	l.trace(g, "left out")
}

// note remembers a text that is not read any more, now and in the checkpoint.
func (l *lineage) note(p Position) {
	l.forget = append(l.forget, l.source.t.memory.add(p, false)...)
	l.notes = append(l.notes, p)
}

// remember notes that a file holds the finished text p, and that it was seen now.
func (l *lineage) remember(info logfs.Info, p *Position, now time.Time) {
	l.known[info.ID] = judged{info: info, id: p.ID}
	if p.sameInode(info.ID) && now.UnixNano()-cmp.Or(p.Seen, p.ModTime) < int64(touchTime) {
		return
	}
	seen := *p
	seen.Source, seen.Seen = l.source.cfg.Name, now.UnixNano()
	seen.Device, seen.Inode, seen.Born = info.ID.Dev, info.ID.Ino, info.ID.Born
	l.note(seen)
}
