package tailer

import (
	"slices"
	"time"
)

// searchTime is how long saved positions are looked for at a restart: their file
// may just be renamed.
const searchTime = 2 * time.Second

// begin is the first sight of the path in this run. It returns false while what
// was followed in an earlier run is not found yet.
func (l *lineage) begin(now time.Time) bool {
	if l.begun {
		return true
	}
	if l.begunAt.IsZero() {
		l.begunAt = now
	}
	if !l.room(now) {
		l.openFailed(l.path, errNoRoom, now)
		l.begunAt, l.retry, l.next = time.Time{}, time.Time{}, time.Time{}
		return false
	}
	defer func() {
		if l.live != nil && l.live.content != nil && l.live.room == nil {
			l.live.room = &l.source.t.rooms
		} else {
			l.source.t.rooms.free()
		}
	}()
	if !l.obtain(now) {
		return false
	}
	all, err := l.source.t.dirs.siblings(append(l.places(), realPath(l.path))...)
	if err != nil {
		l.openFailed(l.path, err, now)
		all = nil
	}
	if later := time.Now(); later.Sub(now) > searchTime/2 {
		now, l.begunAt = later, later // the file system did not answer: the time to search begins now
	}
	if len(l.saved) == 0 {
		l.firstSight(all, now)
	} else if !l.restore(all, now) {
		return false
	}
	l.begun, l.opening, l.tidied = true, true, now
	return true
}

// obtain takes over the saved position of the file at the path, if that was
// followed under another name. It returns false while that can not be said.
func (l *lineage) obtain(now time.Time) bool {
	st, err := lookAt(l.path)
	if err != nil || !st.regular {
		return true
	}
	p, ok := l.source.sought(st.id, l)
	if !ok || p.Offset == 0 {
		return true
	}
	f := candidate{sibling: sibling{look: st, path: l.path, kind: compressionOf(l.path)}}
	same, err := f.holds(&p)
	if err != nil {
		return now.Sub(l.begunAt) >= searchTime
	}
	if same {
		f.g.sleep()
		if l.source.pass(p.Key(), l) {
			l.saved = append(l.saved, p)
		}
	}
	return true
}

// firstSight leaves alone what was rotated before, unless the globs match it.
func (l *lineage) firstSight(all []sibling, now time.Time) {
	for _, s := range all {
		switch {
		case !s.strict:
		case l.source.cfg.matches(s.path):
			g := l.sight(s, now)
			if g == nil {
				continue
			}
			if l.first {
				l.start(g)
				g.target = g.backlog()
			}
			l.gens = append(l.gens, g)
		case l.first || s.mod < l.after:
			l.known[s.id] = nil
		}
	}
}

// backlog is how far g reaches now.
func (g *generation) backlog() int64 {
	if g.kind != plain {
		return 1 << 62
	}
	return g.size
}

// restore looks the saved positions up: by inode and content, then by content
// alone. Then everything newer than what was read last is to be read, in order.
func (l *lineage) restore(all []sibling, now time.Time) bool {
	l.dead = nil
	files := l.candidates(all)
	missing, err := l.lookUp(files)
	if len(missing) > 0 {
		if strays := l.strays(missing, all); len(strays) > 0 {
			closeAll(files)
			l.dead = nil
			all = append(all, strays...)
			sortSiblings(all)
			files = l.candidates(all)
			missing, err = l.lookUp(files)
		}
	}
	wait := searchTime
	switch {
	case outOfDescriptors(err):
		l.openFailed(l.path, err, now)
		l.begunAt = now // that is no time to decide anything
	case err != nil:
		wait = patience
	case l.superseded(missing):
		// A second look is all that such a one is worth: what follows waits for it.
		wait = 2 * l.source.t.o.PollInterval
	}
	again := len(missing) > 0 && now.Sub(l.begunAt) < wait
	if !again {
		own := l.source.decide(l, l.saved)
		again = len(own) < len(l.saved)
		l.saved = own
	}
	if again {
		closeAll(files)
		return false
	}
	for _, p := range missing {
		l.dead = append(l.dead, p.Key())
		if !p.Finished {
			l.source.count.lostFiles.Add(1)
			l.warn("missing", "a file that was read before is gone: what it held unread, if anything, is lost", "file", p.Name, "offset", p.Offset)
		}
	}
	l.resume(files, now)
	l.saved, l.hunt = nil, now.Add(huntTime)
	return true
}

// superseded reports whether every missing position is finished, or older than
// one that was found: rotation deletes the oldest, while a rename under way hides
// the newest.
func (l *lineage) superseded(missing []Position) bool {
	newest := int64(0)
	for _, p := range l.saved {
		if !slices.ContainsFunc(missing, func(m Position) bool { return m.Key() == p.Key() }) {
			newest = max(newest, p.ModTime)
		}
	}
	return !slices.ContainsFunc(missing, func(m Position) bool { return !m.Finished && m.ModTime >= newest })
}

// resume makes generations of the files that are to be read on: those with a
// position, the live one, and what lies between and after them. What is older
// was there before the first sight, or finished and forgotten since.
func (l *lineage) resume(files []*candidate, now time.Time) {
	oldest := slices.IndexFunc(files, func(f *candidate) bool { return f.pos != nil && f.pos.Offset > 0 })
	last := int64(0)
	for _, p := range l.saved {
		last = max(last, p.ModTime)
	}
	for _, f := range files {
		if f.pos == nil && f.path != l.path || !l.resumeAt(f) {
			continue
		}
		l.gens = append(l.gens, f.g)
		if f.path == l.path {
			l.live = f.g
		} else {
			f.g.away = now
		}
	}
	for i, f := range files {
		switch {
		case f.g != nil || !f.strict:
		case f.another, oldest < 0 && f.mod >= last, oldest >= 0 && !f.before(i, oldest, files[oldest]):
			f.g = l.sight(f.sibling, now)
		case !l.source.cfg.matches(f.path): // else visit compares it with what was read
			l.known[f.id] = nil
		}
	}
	l.gens = l.gens[:0]
	for _, f := range files {
		if f.g != nil {
			f.g.target = f.g.backlog()
			l.gens = append(l.gens, f.g)
			l.trace(f.g, "restored")
		}
	}
	drained := now.Add(-l.source.t.o.Drain).UnixNano()
	for i, g := range l.gens { // what is old and complete needs no descriptor
		if i < len(l.gens)-maxAsleep && g != l.live && g.kind == plain && g.offset == g.size && g.mod < drained {
			g.sleep()
		}
	}
}

// resumeAt opens f at its position, or its begin, and claims it.
func (l *lineage) resumeAt(f *candidate) bool {
	err := error(nil)
	if f.g == nil {
		f.g, err = openGeneration(f.path, "", time.Now())
	}
	if p := f.pos; err == nil && p != nil {
		if f.shorter {
			f.g.tail, f.g.final = cut, true
			var size int64
			if size, err = f.plainSize(f.g.content); err == nil {
				err = f.g.anchor(size)
			}
		} else {
			f.g.resume(p)
		}
		f.g.moved = p.Key()
		f.g.recorded = p.Key() == Key{l.source.cfg.Name, f.id.dev, f.id.ino} && p.Name == l.path
	}
	if err == nil && f.g.id == f.id && l.source.claim(f.id, l) {
		switch {
		case f.path == l.path:
			f.g.real = l.ownPlace()
		case f.pos != nil:
			f.g.real = f.pos.Place
		}
		return true
	}
	if err != nil {
		l.openFailed(f.path, err, time.Now())
	}
	if f.g != nil {
		f.g.sleep()
		f.g = nil
	}
	return false
}
