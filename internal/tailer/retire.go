package tailer

import (
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// retirement finishes the files of a log path that were rotated away.
type retirement struct {
	l   *logPath
	now time.Time
}

// run finishes those that have been quiet.
func (o *retirement) run(r *reader) {
	l, now := o.l, o.now
	for _, g := range slices.Clone(l.gens) {
		if g == l.live || g.resting() || !g.cursor.ended {
			continue
		}
		if g.phase == draining && !o.drained(g) {
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
		o.finish(g)
	}
}

// finish closes a file that is read to its end and gives its text to the memory.
func (o *retirement) finish(g *generation) {
	l, now := o.l, o.now
	info, err := g.file.Stat()
	cut := g.cursor.cut
	g.enter(finished, now)
	g.print.Settle()
	p := g.position(l)
	p.Seen = now.UnixNano()
	l.gens = slices.DeleteFunc(l.gens, func(other *generation) bool { return other == g })
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
func (o *retirement) drained(g *generation) bool {
	l, now := o.l, o.now
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
