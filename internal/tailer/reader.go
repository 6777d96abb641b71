package tailer

import (
	"bytes"
	"errors"
	"time"

	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/tailer/logfs"
)

// reader reads blocks and gives them to sinks. It is lent to one log path at a
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

// outcome is the result of a read.
type outcome uint8

const (
	advanced  outcome = iota // there may be more
	ended                    // all complete records are committed, or wait to be settled
	rewritten                // the file is not what it was before offset
	failed                   // it can not be read now
)

// read reads one block of g and commits what the sink takes of it.
func (r *reader) read(l *logPath, g *generation, now time.Time) outcome {
	l.alive(r.t)
	if !g.saved {
		r.commit(l, g)
	}
	if g.file == nil || g.origin == begunAlike {
		return ended
	}
	info, out := r.verify(l, g, now)
	if out != advanced {
		return out
	}
	if g.cursor.scanned > g.print.Offset {
		return r.stepOver(l, g, info, now)
	}
	for size := r.t.o.Block; ; size = min(2*size, r.t.o.MaxLine+maxRecord) {
		keep := g.print.GuardLen
		if len(r.block) < logfs.GuardMax+size {
			r.block = make([]byte, logfs.GuardMax+size)
		}
		n, err := logfs.ReadFull(g.file, r.block[:keep+size], g.print.Offset-int64(keep))
		if g.cursor.cut = errors.Is(err, logfs.ErrCut); g.cursor.cut {
			err = nil // what could be unpacked counts, and the rest when the file is whole
		}
		if err != nil {
			return l.readFailed(g, err, now)
		}
		if n < keep || keep > 0 && xxhash.Sum64(r.block[:keep]) != g.print.Guard {
			return rewritten
		}
		b := block{data: r.block[:n], keep: keep, all: n < keep+size, largest: size >= r.t.o.MaxLine+maxRecord}
		r.sawUpTo(l, g, info, g.print.Offset+int64(n-keep), b.all, now)
		if !r.t.gate.enter() {
			return failed
		}
		out, larger := r.take(l, g, b, now)
		r.t.gate.leave()
		if !larger {
			return out
		}
	}
}

// block is what was read at once.
type block struct {
	data    []byte
	keep    int  // how much of it is from before the offset
	all     bool // the text ends with it
	largest bool // there is no larger one
}

// sawUpTo takes in that the text reaches to end, where all of it was read; info is
// of the look before that.
func (r *reader) sawUpTo(l *logPath, g *generation, info logfs.Info, end int64, all bool, now time.Time) {
	if g.packed {
		if disk, err := g.file.Stat(); err == nil && g.differs(disk) {
			g.see(disk)
			g.grew = now
		}
		g.size, g.failing = max(g.size, end), time.Time{}
		return
	}
	length, err := g.file.Length(info)
	if err == nil && end > length {
		// Some came after the look. What was written last has the time by which a
		// copy is distinguished, after a restart, from a file that only begins alike.
		if later, err := g.file.Stat(); err == nil {
			info.Mod = later.Mod
		}
	}
	g.trust(info, end, now)
	if all && end < length { // the look was not at what the descriptor reads
		if g.size = end; g == l.live {
			r.suspect(l, now)
		}
	}
}

// suspect asks for the path to be opened again.
func (r *reader) suspect(l *logPath, now time.Time) {
	l.suspect = true
	l.at(now.Add(r.t.o.PollInterval))
}

// verify looks at the open file: has it shrunk, does it begin as it did? A size
// alone proves nothing: where another side of a mount renamed the file, the look
// is at its successor while the descriptor still reads the old text.
func (r *reader) verify(l *logPath, g *generation, now time.Time) (logfs.Info, outcome) {
	if g.packed {
		return logfs.Info{}, advanced
	}
	info, err := g.file.Stat()
	if err != nil {
		return info, l.readFailed(g, err, now)
	}
	length, err := g.file.Length(info)
	if err != nil {
		return info, l.readFailed(g, err, now)
	}
	offset := g.print.Offset
	if offset == 0 && length < g.size {
		return info, rewritten
	}
	if length >= offset && length >= g.size && (g.cursor.checked || offset <= int64(g.print.GuardLen)) {
		g.cursor.checked = true
		return info, advanced
	}
	same, err := g.print.In(g.file)
	switch {
	case err != nil:
		return info, l.readFailed(g, err, now)
	case !same && offset > 0:
		return info, rewritten
	case length < offset:
		if g == l.live {
			r.suspect(l, now)
		}
	case length < g.size && !reaches(g):
		l.lose(g.size-length, g.path, "cut off unread")
		g.size = length
	}
	g.cursor.checked = true
	return info, advanced
}

// reaches reports whether the byte before g's size can still be read.
func reaches(g *generation) bool {
	var one [1]byte
	n, err := logfs.ReadFull(g.file, one[:], g.size-1)
	return n == 1 && err == nil
}

// take gives the lines of b to the sink. larger reports that a larger block
// is needed, unless b is the largest already.
func (r *reader) take(l *logPath, g *generation, b block, now time.Time) (out outcome, larger bool) {
	data := b.data[b.keep:]
	if len(data) == 0 {
		return ended, false
	}
	if g.duplicate != nil {
		if out, skipped := r.skipShared(l, g, b); skipped {
			return out, false
		}
	}
	if data[0] == 0 {
		if out, hole := r.enterHole(l, g, b); hole {
			return out, false
		}
	}
	if r.overlong(data) {
		g.cursor.scanned, g.cursor.hole = g.print.Offset+int64(r.t.o.MaxLine), false
		return advanced, false
	}
	lines, settled, wait := r.linesOf(g, &b, now)
	end := g.print.Offset + int64(len(lines))
	switch {
	case len(lines) == 0:
		return ended, !b.all
	case b.all && !settled && g.cursor.parsed == end:
		l.hold(g, wait)
		return ended, false
	}
	consumed := r.parse(l, g, lines, settled)
	if consumed == 0 && !b.all && !settled {
		if !b.largest {
			return advanced, true
		}
		consumed = r.parse(l, g, lines, true)
	}
	if consumed == 0 && (settled || !b.all) {
		consumed = len(lines) // the sink breaks its promise; standing still would be worse
	}
	if consumed > 0 {
		g.advance(b.data[:b.keep+consumed], consumed, b.all)
		r.sink(l.source.cfg.Name).Commit(g.position(l))
		g.saved = true
		l.source.count.lastRead.Store(now.UnixNano())
	}
	switch {
	case !b.all, settled && g.print.Offset < end:
		return advanced, false
	case g.print.Offset < end:
		g.cursor.parsed = end
		l.hold(g, wait)
	}
	return ended, false
}

// linesOf returns the lines of b that can be parsed now, whether they end every
// record in them, and how long what follows may belong to the last one.
func (r *reader) linesOf(g *generation, b *block, now time.Time) (lines []byte, settled bool, wait time.Duration) {
	data := b.data[b.keep:]
	lines = data[:bytes.LastIndexByte(data, '\n')+1]
	wait = r.t.o.Silence
	if end, ok := r.interruption(g, data); ok {
		b.all = false
		return data[:end], true, wait
	}
	switch {
	case b.all && g.closed():
		settled = true
		if g.tail == whole && !g.cursor.cut {
			lines = data
		}
	case b.all:
		if len(lines) < len(data) { // half a line may yet continue the record before it
			wait = max(wait, time.Second)
		}
		settled = now.Sub(g.lastAdded()) >= wait
	}
	return lines, settled, wait
}

// parse calls the sink.
func (r *reader) parse(l *logPath, g *generation, lines []byte, settled bool) int {
	end := g.print.Offset + int64(len(lines))
	old := 0
	if settled {
		old = len(lines)
	}
	l.idle(r.t)
	defer l.alive(r.t)
	g.findHeader()
	n := r.sink(l.source.cfg.Name).Parse(Batch{
		Source: l.source.cfg.Name, Name: l.path, Lines: lines, Settled: old,
		CatchingUp: end <= g.target || g.size-end >= largeBacklog, Header: &g.header.at,
	})
	return max(0, min(n, len(lines)))
}

// commit records where g is though nothing was read.
func (r *reader) commit(l *logPath, g *generation) {
	if r.t.gate.enter() {
		r.note(l, g)
		r.t.gate.leave()
	}
}

// note is commit inside the gate.
func (r *reader) note(l *logPath, g *generation) {
	r.put(l, g.position(l))
	g.saved = true
}

// put commits p with no lines.
func (r *reader) put(l *logPath, p Position) {
	s := r.sink(l.source.cfg.Name)
	s.Parse(Batch{Source: l.source.cfg.Name, Name: l.path})
	s.Commit(p)
}

// flush commits what l has noted of texts that are not read any more.
func (r *reader) flush(l *logPath) {
	if len(l.positions) == 0 && len(l.forget) == 0 || !r.t.gate.enter() {
		return
	}
	defer r.t.gate.leave()
	for _, p := range l.positions {
		if r.t.memory.has(p.ID) { // else a file holds the text again, and is read further
			r.put(l, p)
		}
	}
	for _, id := range l.forget {
		r.sink(l.source.cfg.Name).Forget(id)
	}
	l.positions, l.forget = nil, nil
}
