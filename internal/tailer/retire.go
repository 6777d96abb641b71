package tailer

import (
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// retire finishes files that were rotated away and have been quiet.
func (l *logPath) retire(r *reader) {
	now := l.source.t.now()
	for _, g := range slices.Clone(l.gens) {
		if g == l.live || g.resting() || !g.cursor.ended {
			continue
		}
		if g.phase == draining && !l.drained(g, now) {
			continue
		}
		g.enter(complete, now)
		out := advanced
		for out == advanced {
			out = r.read(l, g, now)
		}
		if out != ended { // the next run deals with it
			g.enter(draining, now)
			l.at(now.Add(l.source.t.o.PollInterval))
			continue
		}
		if g.tail == cut {
			l.lose(g.size-g.print.Offset, g.path, "line cut off by a copy")
		}
		l.finish(g, now)
	}
}

// finish closes a file that is read to its end and gives its text to the memory.
func (l *logPath) finish(g *generation, now time.Time) {
	info, err := g.file.Stat()
	cut := g.cursor.cut
	g.enter(finished, now)
	g.print.Settle()
	p := g.position(l)
	p.Seen = now.UnixNano()
	l.gens = slices.DeleteFunc(l.gens, func(o *generation) bool { return o == g })
	l.unclaim(g.inode)
	if err == nil && info.Links > 0 {
		l.ignored[g.inode] = ignoredSibling{info: info, id: g.id}
		l.at(now.Add(patience)) // its writer may still have it open
	}
	if g.print.Offset > 0 {
		l.note(l.source.t.memory, p)
	} else {
		l.forget = append(l.forget, g.id)
	}
	if cut {
		l.source.count.lostFiles.Add(1)
		l.warn("cut", "a compressed file ends too early: what could be unpacked is counted, the rest is lost", "file", g.path, "offset", g.print.Offset)
	}
	l.trace(g, "finished")
}

// drained reports whether g, which is not live, has been quiet for long enough
// after its successor came, or is compressed and whole.
func (l *logPath) drained(g *generation, now time.Time) bool {
	if g.packed && !g.cursor.cut {
		return true
	}
	drain := l.source.t.o.Drain
	if g.packed {
		drain = patience // it was cut off; if it is completed after all, it is looked at again
	}
	if noInode := (logfs.Identity{}); g.links > 0 && l.live == nil && l.alias == noInode && !g.packed {
		return false
	}
	if since := later(g.grew, g.since); now.Sub(since) < drain {
		l.at(since.Add(drain))
		return false
	}
	info, err := g.file.Stat()
	if err != nil || g.differs(info) {
		l.at(now)
		return false
	}
	return true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
