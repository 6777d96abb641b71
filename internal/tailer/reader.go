package tailer

import (
	"bytes"
	"time"

	"github.com/cespare/xxhash/v2"
)

// reader reads blocks and gives them to sinks. It is lent to one lineage at a
// time: that is how the sinks serve one goroutine at a time, and why memory does
// not grow with the number of files.
type reader struct {
	t     *Tailer
	block []byte
	sinks map[string]Sink
}

func newReader(t *Tailer) *reader { return &reader{t: t, sinks: map[string]Sink{}} }

func (r *reader) sink(source string) Sink {
	s := r.sinks[source]
	if s == nil {
		s = r.t.newSink(source)
		r.sinks[source] = s
	}
	return s
}

// outcome says how a read went.
type outcome uint8

const (
	advanced  outcome = iota // there may be more
	ended                    // all complete records are committed, or wait to be settled
	rewritten                // the file is not what it was before offset
	failed                   // it can not be read now
)

// read reads one block of g and commits what the sink takes of it.
func (r *reader) read(l *lineage, g *generation, now time.Time) outcome {
	l.alive()
	if !g.recorded {
		if l.waits(g) {
			return failed
		}
		r.commit(l, g)
	}
	if g.content == nil {
		return ended
	}
	st, out := r.verify(l, g, now)
	if out != advanced {
		return out
	}
	if g.scanned > g.offset {
		return r.stepOver(l, g, st, now)
	}
	for size := r.t.o.Block; ; size = min(2*size, r.t.o.MaxLine+maxRecord) {
		keep := g.guardLen
		if len(r.block) < guardMax+size {
			r.block = make([]byte, guardMax+size)
		}
		n, err := readFull(g.content, r.block[:keep+size], g.offset-int64(keep))
		if err != nil {
			return l.readFailed(g, err, now)
		}
		if n < keep || keep > 0 && xxhash.Sum64(r.block[:keep]) != g.guard {
			return rewritten
		}
		end := g.offset + int64(n-keep)
		if g.kind == plain && end > st.size {
			// Some came after the look. What was written last has the time by which a
			// copy is told, after a restart, from a file that only begins alike.
			if later, err := lookInto(g.file); err == nil {
				st.mod = later.mod
			}
		}
		g.trust(st, end, now)
		all := n < keep+size
		largest := size >= r.t.o.MaxLine+maxRecord
		if !r.t.gate.enter() {
			return failed
		}
		out, larger := r.take(l, g, r.block[:n], keep, all, largest, now)
		r.t.gate.leave()
		if !larger {
			return out
		}
	}
}

// verify looks at the open file: has it shrunk, does it begin as it did?
func (r *reader) verify(l *lineage, g *generation, now time.Time) (look, outcome) {
	if g.kind != plain {
		return look{}, advanced
	}
	st, err := lookInto(g.file)
	if err != nil {
		return st, l.readFailed(g, err, now)
	}
	if st.size < g.offset || st.size < g.size && g.offset == 0 {
		return st, rewritten
	}
	shrunk := g.size - st.size
	if shrunk > 0 || !g.checked && g.offset > int64(g.guardLen) {
		same, err := g.fingerprint.in(g.content)
		switch {
		case err != nil:
			return st, l.readFailed(g, err, now)
		case !same && g.offset > 0:
			return st, rewritten
		case shrunk > 0:
			l.lose(shrunk, g.path, "cut off unread")
		}
	}
	g.checked = true
	return st, advanced
}

// take gives the lines of block[keep:] to the sink. all says that the content
// ends with the block. Where a larger block is needed it says so, unless it is
// the largest already.
func (r *reader) take(l *lineage, g *generation, block []byte, keep int, all, largest bool, now time.Time) (out outcome, larger bool) {
	data := block[keep:]
	if len(data) == 0 {
		return ended, false
	}
	if data[0] == 0 {
		if out, hole := r.enterHole(l, g, block, keep); hole {
			return out, false
		}
	}
	if r.overlong(data) {
		g.scanned, g.hole = g.offset+int64(r.t.o.MaxLine), false
		return advanced, false
	}
	lines := data[:bytes.LastIndexByte(data, '\n')+1]
	wait := r.t.o.Silence
	settled := false
	if end, ok := r.interruption(g, data); ok {
		lines, all, settled = data[:end], false, true
	} else if all && g.final {
		settled = true
		if g.tail == whole {
			lines = data
		}
	} else if all {
		if len(lines) < len(data) { // half a line may yet continue the record before it
			wait = max(wait, time.Second)
		}
		settled = g.quiet(now, wait)
	}
	end := g.offset + int64(len(lines))
	switch {
	case len(lines) == 0:
		return ended, !all
	case all && !settled && g.parsed == end:
		l.hold(g, wait)
		return ended, false
	}
	consumed := r.parse(l, g, lines, settled)
	if consumed == 0 && !all && !settled {
		if !largest {
			return advanced, true
		}
		consumed = r.parse(l, g, lines, true)
	}
	if consumed == 0 && (settled || !all) {
		consumed = len(lines) // the sink breaks its promise; standing still would be worse
	}
	if consumed > 0 {
		g.advance(block[:keep+consumed], consumed)
		r.sink(l.source.cfg.Name).Commit(g.position(l))
		l.source.count.lastRead.Store(time.Now().UnixNano())
	}
	switch {
	case !all, settled && g.offset < end:
		return advanced, false
	case g.offset < end:
		g.parsed = end
		l.hold(g, wait)
	}
	return ended, false
}

// parse calls the sink.
func (r *reader) parse(l *lineage, g *generation, lines []byte, settled bool) int {
	end := g.offset + int64(len(lines))
	old := 0
	if settled {
		old = len(lines)
	}
	n := r.sink(l.source.cfg.Name).Parse(Batch{
		Source: l.source.cfg.Name, Name: l.path, Lines: lines, Settled: old,
		CatchingUp: end <= g.target || g.size-end >= largeBacklog,
	})
	return max(0, min(n, len(lines)))
}

// record commits, before anything is read, the positions that were found again in
// another file, and with that frees the numbers they had. It returns false while
// one of them would replace a position that is not found again yet.
func (r *reader) record(l *lineage) bool {
	waits := false
	for _, g := range l.gens {
		switch {
		case g.moved == (Key{}) || g.recorded:
		case l.waits(g):
			waits = true
		default:
			r.commit(l, g)
			l.source.settle(l, g.moved)
		}
	}
	if !waits {
		l.source.settle(l, Key{})
	}
	return !waits
}

// waits reports whether g's number is that of a position which another lineage
// has not found again yet. It does not wait for ever: two may wait for each other.
func (l *lineage) waits(g *generation) bool {
	now := time.Now()
	if now.Sub(l.begunAt) >= patience || !l.source.reserved(g.id, l) {
		return false
	}
	l.at(now.Add(l.source.t.o.PollInterval))
	return true
}

// commit records where g stands though nothing was read.
func (r *reader) commit(l *lineage, g *generation) {
	if r.t.gate.enter() {
		r.note(l, g)
		r.t.gate.leave()
	}
}

// note is commit inside the gate.
func (r *reader) note(l *lineage, g *generation) {
	s := r.sink(l.source.cfg.Name)
	s.Parse(Batch{Source: l.source.cfg.Name, Name: l.path})
	s.Commit(g.position(l))
	g.recorded = true
}
