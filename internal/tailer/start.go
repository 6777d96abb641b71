package tailer

import (
	"time"

	"wvwatch/internal/tailer/logfs"
)

// begin is the first look at the path in this run: saved positions find their
// files, and what is older than the first start is left out. It returns false
// while another log path looks for a text that a file of this one holds.
func (l *logPath) begin(now time.Time) bool {
	if l.start == begun {
		return true
	}
	if l.begunAt.IsZero() {
		l.begunAt = now
	}
	if !l.reserve(now) {
		l.openFailed(l.path, errTooManyOpen, now)
		l.begunAt, l.retry, l.next = time.Time{}, time.Time{}, time.Time{}
		return false
	}
	defer func() {
		if l.live != nil && l.live.file != nil && l.live.openFiles == nil {
			l.live.openFiles = &l.source.t.openFiles
		} else {
			l.source.t.openFiles.free()
		}
	}()
	t := l.source.t
	all, err := t.dirs.Siblings(append(l.paths(), logfs.RealPath(l.path))...)
	if err != nil {
		l.openFailed(l.path, err, now)
		all = nil
	}
	if later := t.now(); later.Sub(now) > searchTime/2 {
		now, l.begunAt = later, later // the file system did not answer: the time to search begins now
	}
	if r := (restorer{l: l, all: all, now: now}); !r.restore() {
		return false
	}
	l.start, l.opening, l.visited = begun, true, now
	if !l.fresh { // what rotation was about to do when positions were saved may show only now
		l.hunt = now.Add(huntTime)
	}
	return true
}

// searchTime is how long a text may be missing before the file in its place means
// that it is lost: its own may just be renamed.
const searchTime = 2 * time.Second

// startAt sets a file that is older than the first start to where its source
// begins to read such ones.
func (l *logPath) startAt(g *generation, now time.Time) {
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
