package tailer

import (
	"time"

	"wvwatch/internal/tailer/logfs"
)

// recognition compares a file that began empty with the texts that are known.
type recognition struct {
	l   *logPath
	g   *generation
	now time.Time
}

// live looks at the first bytes of a live file that was empty, or not there,
// when it was opened: a text that is known from another path may be copied or
// unpacked to this one. Nothing of it is read while it is no more than a begin of
// that.
func (r *recognition) live(info logfs.Info) {
	l, g, now := r.l, r.g, r.now
	if g == nil || g.file == nil || g.print.Offset > 0 || g.origin == recognised || info.ID != g.inode || info.Size == 0 {
		return
	}
	if g.differs(info) {
		g.see(info)
		g.grew, g.grown = now, true
	}
	f := comparison{l: l, g: g, s: logfs.SiblingOf(l.path, l.path, info), now: now}
	p, rel, err := f.recall()
	if rel == same && l.source.t.memory.take(p) {
		g.resume(&p)
		g.saved = false
		l.trace(g, "recalled")
	} else {
		if rel == stranger && err == nil {
			rel = f.elsewhere(rotated, (*logPath).drains)
		}
		// A begin of a known text is held until it is more or all of it: content
		// decides, however long that takes. A log path that is busy is not waited for
		// for ever.
		if rel == shorter && !g.packed || rel == same || rel == unclear && now.Sub(g.since) < patience {
			g.origin = begunAlike
			l.at(now.Add(l.source.t.o.PollInterval))
			return
		}
	}
	g.origin = recognised
}

// release ends the wait for what g, which begins as a known text, will be: it is
// not rotated away before that is known, or it is a copy that will not grow.
func (r *recognition) release() {
	l, g, now := r.l, r.g, r.now
	if g.origin != begunAlike {
		return
	}
	g.origin = recognised
	info, err := g.file.Stat()
	if err != nil {
		return
	}
	f := comparison{l: l, g: g, s: logfs.SiblingOf(l.path, l.path, info), now: now}
	_, rel, _ := f.recall()
	if rel == stranger {
		rel = f.elsewhere(rotated, (*logPath).drains)
	}
	if rel == shorter && g.anchor(g.size) == nil {
		l.trace(g, "a copy")
	}
}
