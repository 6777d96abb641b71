package tailer

import (
	"slices"
	"time"
)

// retire finishes generations that were rotated away and have been quiet.
func (l *lineage) retire(r *reader) {
	now := time.Now()
	for _, g := range slices.Clone(l.gens) {
		if g == l.live || g.content == nil || !g.ended {
			continue
		}
		if !g.final && !l.drained(g, now) {
			continue
		}
		g.final = true
		out := advanced
		for out == advanced {
			out = r.read(l, g, now)
		}
		if out != ended { // the next run deals with it
			g.final = g.kind != plain
			l.at(now.Add(l.source.t.o.PollInterval))
			continue
		}
		if st, err := lookInto(g.file); err == nil && st.links == 0 {
			l.bequeath(g)
			r.record(l) // before its number can be used again
		}
		if g.tail == cut {
			l.lose(g.size-g.offset, g.path, "line cut off by a copy")
		}
		g.finished = true
		r.commit(l, g)
		g.sleep()
		l.at(now.Add(patience)) // to see whether its file is gone
		l.trace(g, "finished")
	}
}

// drained reports whether g, which is not live, has been quiet for long enough
// after its successor came.
func (l *lineage) drained(g *generation, now time.Time) bool {
	drain := l.source.t.o.Drain
	if g.links > 0 && l.live == nil && l.alias == (identity{}) {
		return false
	}
	if since := later(g.grew, g.away); now.Sub(since) < drain {
		l.at(since.Add(drain))
		return false
	}
	st, err := lookInto(g.file)
	if err != nil || st.size != g.size || st.mod != g.mod {
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

// forget drops the positions that others have replaced, once those are known.
func (l *lineage) forget(r *reader) {
	if slices.ContainsFunc(l.gens, func(g *generation) bool { return g.moved != Key{} && !g.recorded }) {
		return
	}
	if !r.t.gate.enter() {
		return
	}
	defer r.t.gate.leave()
	for _, k := range l.dead {
		if !l.source.holds(k) {
			r.sink(l.source.cfg.Name).Forget(k)
		}
	}
	l.dead = nil
}
