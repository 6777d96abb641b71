package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"
)

// huntTime is how long after a rotation generations are looked for that came and
// went unseen: a listing made while files are renamed may miss one. They are
// looked for too while nothing of the live file was read: nothing would tell
// that it was copied and truncated.
const huntTime = 2 * time.Second

// look looks where the path leads and takes in what is new there.
func (l *lineage) look(now time.Time) {
	if now.Before(l.retry) {
		return
	}
	st, err := lookAt(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if l.opening && len(l.gens) == 0 {
			l.source.notThere(l.path)
		}
		l.depart(now)
	case err != nil:
		l.openFailed(l.path, err, now)
	case !st.regular:
		l.depart(now)
		err := errNotRegular
		if st.dir {
			err = errors.New("a directory: give a glob such as " + filepath.Join(l.path, "*.log"))
		}
		l.openFailed(l.path, err, now)
	case l.live == nil || l.live.id != st.id:
		l.arrive(st, now)
	case l.live.asleep() && l.live.kind == plain && (st.size != l.live.size || st.mod != l.live.mod):
		l.rouse(now)
	}
	unread := l.unread
	l.unread = l.live != nil && l.live.offset == 0 && st.size > 0
	if l.unread && !l.opening {
		l.hunt = now.Add(huntTime)
	}
	if now.Before(l.hunt) || unread { // also once after the first read, however late that is
		l.at(now.Add(l.source.t.o.PollInterval))
		if l.beside() {
			l.insert(l.unseen(now))
		}
	}
	l.visit(now)
}

// beside reports whether the directories in which siblings lie changed since it
// was last asked.
func (l *lineage) beside() bool {
	var lists []*directory
	for _, path := range l.places() {
		if list, err := l.source.t.dirs.list(filepath.Dir(path)); err == nil {
			lists = append(lists, list)
		}
	}
	same := slices.Equal(lists, l.lists)
	l.lists = lists
	return !same
}

// depart notes that the path leads elsewhere. What is open is read on.
func (l *lineage) depart(now time.Time) {
	l.alias = identity{}
	if l.live != nil {
		l.follow(l.live)
		l.live.vacate()
		if l.live.asleep() {
			l.tidied = time.Time{} // it may have got something since it was put to sleep
		}
		l.live.away = now
		l.live = nil
		l.at(now.Add(l.source.t.o.Drain))
	}
}

// arrive takes in the file that the path leads to now.
func (l *lineage) arrive(st look, now time.Time) {
	if i := slices.IndexFunc(l.gens, func(g *generation) bool { return g.id == st.id }); i >= 0 {
		l.comeBack(i, now)
		return
	}
	if owner := l.source.owner(st.id); owner != nil && owner != l {
		l.depart(now)
		if !l.takeOver(owner, st.id, now) {
			l.alias = st.id
			l.at(now.Add(time.Second))
		}
		return
	}
	g, err := l.openLive(now)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.openFailed(l.path, err, now)
		}
		return
	}
	if g.id != st.id { // it was replaced since: look again
		g.sleep()
		l.at(now)
		return
	}
	before := l.newest()
	if before != nil && !l.continues(before, g, now) {
		g.sleep()
		l.at(now.Add(l.source.t.o.PollInterval))
		return
	}
	if !l.source.claim(g.id, l) {
		g.sleep()
		l.at(now)
		return
	}
	l.depart(now)
	l.gens = append(l.gens, g)
	l.live = g
	l.trace(g, "live")
	if l.opening && l.first {
		g.target = g.backlog()
	}
	switch {
	case l.opening && l.first && before == nil:
		l.start(g)
	case before != nil:
		l.source.count.rotations.Add(1)
		fallthrough
	default:
		// g is in its place already: it may have been packed meanwhile.
		l.hunt = now.Add(huntTime)
		l.insert(l.unseen(now))
	}
}

// start sets a file that was never seen before to where the source begins.
func (l *lineage) start(g *generation) {
	if l.source.cfg.Start != "end" {
		return
	}
	end, err := lastLineEnd(g.content, g.size)
	if err == nil {
		err = g.anchor(end)
	}
	if err != nil {
		l.readFailed(g, err, time.Now())
	}
}

// lastLineEnd returns the offset behind the last newline before size, so that
// the line being written is read whole.
func lastLineEnd(c content, size int64) (int64, error) {
	var b [4 << 10]byte
	for end := size; end > 0; {
		from := max(0, end-int64(len(b)))
		n, err := readFull(c, b[:end-from], from)
		if err != nil {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			if b[i] == '\n' {
				return from + int64(i) + 1, nil
			}
		}
		end = from
	}
	return 0, nil
}

// comeBack makes an older generation live again: it was renamed back.
func (l *lineage) comeBack(i int, now time.Time) {
	g := l.gens[i]
	if g.content == nil && !l.reopen(g, l.path, now) {
		return
	}
	l.depart(now)
	l.gens = append(slices.Delete(l.gens, i, i+1), g)
	l.live = g
	g.away, g.final = time.Time{}, g.kind != plain
	l.trace(g, "live again")
}

// reopen wakes g at path. A file that has its inode but not its content is a new
// one under a number used again.
func (l *lineage) reopen(g *generation, path string, now time.Time) bool {
	same, err := g.wake(path, now)
	switch {
	case err != nil:
		if !errors.Is(err, fs.ErrNotExist) {
			l.openFailed(path, err, now)
		}
		return false
	case same:
		return true
	}
	fresh, err := openGeneration(path, g.real, now)
	if err != nil || fresh.id != g.id {
		if err == nil {
			_ = fresh.content.Close()
		}
		l.at(now)
		return false
	}
	*g = *fresh
	return true
}

// takeOver takes the generation id from a lineage whose path does not lead to it
// any more: a followed file was renamed to another followed path.
func (l *lineage) takeOver(owner *lineage, id identity, now time.Time) bool {
	if !owner.mu.TryLock() {
		return false
	}
	defer owner.mu.Unlock()
	i := slices.IndexFunc(owner.gens, func(g *generation) bool { return g.id == id })
	if i < 0 || owner.gens[i] == owner.live {
		return false
	}
	if st, err := lookAt(owner.path); err == nil && st.id == id {
		return false
	}
	g := owner.gens[i]
	if g.content == nil && !l.reopen(g, l.path, now) {
		return false
	}
	owner.gens = slices.Delete(owner.gens, i, i+1)
	owner.measure()
	owner.source.move(id, owner, l)
	l.gens = append(l.gens, g)
	l.live = g
	g.away, g.final, g.recorded = time.Time{}, g.kind != plain, false
	l.trace(g, "taken over")
	return true
}

// newest returns the generation that was live last, or nil.
func (l *lineage) newest() *generation {
	if len(l.gens) == 0 {
		return nil
	}
	return l.gens[len(l.gens)-1]
}

// insert puts older generations in front of the live one.
func (l *lineage) insert(gens []*generation) {
	if len(gens) == 0 {
		return
	}
	at := len(l.gens)
	if l.live != nil {
		at--
	}
	l.gens = slices.Insert(l.gens, at, gens...)
	l.source.count.rotations.Add(int64(len(gens)))
}
