package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// huntTime is how long after a rotation files are looked for that came and went
// unseen: a listing made while files are renamed may miss one. They are looked
// for too while nothing of the live file was read: nothing would show that it was
// copied and truncated.
const huntTime = 2 * time.Second

// poll looks where the path leads and takes in what is new there.
func (l *logPath) poll(now time.Time) {
	if now.Before(l.retry) {
		return
	}
	info, err := logfs.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if l.opening && len(l.gens) == 0 {
			l.source.notThere(l.path)
		}
		l.depart(now)
	case err != nil:
		l.openFailed(l.path, err, now)
	case !info.Regular:
		l.depart(now)
		err := logfs.ErrNotRegular
		if info.Dir {
			err = errors.New("a directory: give a glob such as " + filepath.Join(l.path, "*.log"))
		}
		l.openFailed(l.path, err, now)
	case l.live == nil || l.live.inode != info.ID:
		l.arrive(info, now)
	case l.suspect:
		l.lookAgain(now)
	case l.live.resting() && l.live.differs(info):
		l.rouse(now)
	}
	l.suspect = false
	(&recognition{l, l.live, now}).live(info)
	unread := l.unread
	l.unread = l.live != nil && l.live.print.Offset == 0 && info.Size > 0
	if l.unread && !l.opening {
		l.hunt = now.Add(huntTime)
	}
	if now.Before(l.hunt) || unread { // also once after the first read, however late that is
		l.at(now.Add(l.source.t.o.PollInterval))
		if l.directoriesChanged() {
			l.insert(l.unseen(now))
		}
	}
	l.visit(now)
	l.giveUp(now)
}

// depart notes that the path leads elsewhere. What is open is read on.
func (l *logPath) depart(now time.Time) {
	l.alias = logfs.Identity{}
	g := l.live
	if g == nil {
		return
	}
	(&recognition{l, g, now}).release()
	l.learn(g.follow(l.path))
	g.vacate()
	g.enter(draining, now)
	g.saved = false
	if g.resting() { // for want of descriptors; its sibling is found by its text
		l.dismiss(g)
	}
	l.live = nil
	l.at(now.Add(l.source.t.o.Drain))
}

// dismiss gives a resting file to the memory: nothing of it is read now.
func (l *logPath) dismiss(g *generation) {
	l.gens = slices.DeleteFunc(l.gens, func(o *generation) bool { return o == g })
	l.unclaim(g.inode)
	l.note(l.source.t.memory, g.position(l))
	g.close()
}

// arrive takes in the file that the path leads to now.
func (l *logPath) arrive(info logfs.Info, now time.Time) {
	if i := slices.IndexFunc(l.gens, func(g *generation) bool { return g.inode == info.ID && g.file != nil }); i >= 0 {
		l.comeBack(i, now)
		return
	}
	if owner := l.source.owner(info.ID); owner != nil && owner != l {
		l.depart(now)
		if !l.takeOver(owner, info.ID, now) {
			l.alias = info.ID
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
	if g.inode != info.ID { // it was replaced since: look again
		g.close()
		l.at(now)
		return
	}
	l.welcome(g, info, now)
}

// lookAgain opens the path again, since the open live file disagrees with what a
// look at it shows: where a file is renamed on another side of a mount, its open
// descriptor still reads the old text and answers for the new file.
func (l *logPath) lookAgain(now time.Time) {
	g, err := l.openLive(now)
	if err != nil {
		return // the next look sees it
	}
	if same, err := l.live.print.In(g.file); same || err != nil || l.live.print.Offset == 0 {
		g.close()
		return
	}
	info, err := g.file.Stat()
	if err != nil {
		g.close()
		return
	}
	l.welcome(g, info, now)
}

// welcome makes g, opened at the path, the live file, from where its text was
// read to if that is known.
func (l *logPath) welcome(g *generation, info logfs.Info, now time.Time) {
	var before *generation // that was live last
	if n := len(l.gens); n > 0 {
		before = l.gens[n-1]
	}
	if !l.source.claim(g.inode, l) {
		g.close()
		l.at(now)
		return
	}
	if !(&replacement{l, before, g, now}).settle(info) {
		l.unclaim(g.inode)
		g.close()
		l.at(now.Add(l.source.t.o.PollInterval))
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
	case before == nil && !g.owned:
		l.startAt(g, now)
	case before != nil:
		l.source.count.rotations.Add(1)
	}
	// g is in its place already: what was before it may have been packed meanwhile.
	l.hunt = now.Add(huntTime)
	if !l.opening {
		l.insert(l.unseen(now))
	}
}

// unclaim gives up the claim on a file, unless another open file has its number.
func (l *logPath) unclaim(id logfs.Identity) {
	if !slices.ContainsFunc(l.gens, func(g *generation) bool { return g.inode == id }) {
		l.source.release(id, l)
	}
}

// comeBack makes an older file live again: it was renamed back.
func (l *logPath) comeBack(i int, now time.Time) {
	g := l.gens[i]
	l.depart(now)
	l.gens = append(slices.Delete(l.gens, i, i+1), g)
	l.live = g
	g.enter(live, now)
	g.occupy(l, now)
	l.trace(g, "live again")
}

// takeOver takes the file id from a log path that does not lead to it any
// more: a followed file was renamed to another followed path.
func (l *logPath) takeOver(owner *logPath, id logfs.Identity, now time.Time) bool {
	if !owner.mu.TryLock() {
		return false
	}
	defer owner.mu.Unlock()
	i := slices.IndexFunc(owner.gens, func(g *generation) bool { return g.inode == id })
	if i < 0 || owner.gens[i] == owner.live || owner.gens[i].resting() {
		return false
	}
	if info, err := logfs.Stat(owner.path); err == nil && info.ID == id {
		return false
	}
	g := owner.gens[i]
	owner.gens = slices.Delete(owner.gens, i, i+1)
	owner.measure()
	owner.source.move(id, owner, l)
	l.gens = append(l.gens, g)
	l.live = g
	g.saved = false
	g.enter(live, now)
	g.occupy(l, now)
	l.trace(g, "taken over")
	return true
}

// insert puts older files in front of the live one.
func (l *logPath) insert(gens []*generation) {
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

// giveUp counts what is missing as lost, once another file is in its place: then
// rotation has deleted it. A directory that can not be seen proves nothing. The
// text stays in the memory: if a file holds it after all, that is read on.
func (l *logPath) giveUp(now time.Time) {
	if len(l.missing) == 0 || l.live == nil {
		return
	}
	if wait := l.begunAt.Add(searchTime); now.Before(wait) {
		l.at(wait)
		return
	}
	all, err := l.source.t.dirs.Siblings(l.paths()...)
	if err != nil {
		l.at(now.Add(searchTime))
		return
	}
	var there []Position
	for _, p := range l.missing {
		if slices.ContainsFunc(all, func(s logfs.Sibling) bool { return p.sameInode(s.ID) && s.ID != l.live.inode }) {
			there = append(there, p) // it can not be read now
			continue
		}
		if p.ID == l.live.id || !l.source.t.memory.take(p) {
			continue // found
		}
		if !p.Rotated {
			l.source.count.lostFiles.Add(1)
			l.warn("missing", "a file that was read before is gone: what it held unread, if anything, is lost", "file", p.Name, "offset", p.Offset)
		}
		p.Finished, p.Seen = true, now.UnixNano()
		l.note(l.source.t.memory, p)
	}
	if l.missing = there; len(there) > 0 {
		l.at(now.Add(searchTime))
	}
}
