package tailer

import (
	"bytes"
	"time"
)

// Not every byte of a file is part of a line that can be read: a line may be too
// long, and a file written to behind its end, as after a truncation under a
// writer without O_APPEND, holds NULs that nobody wrote.

// minHole is how many NULs at the begin of a line are a hole and not its text. At
// the begin of a file any number is.
const minHole = 512

// overlong reports whether data begins with a line that is too long.
func (r *reader) overlong(data []byte) bool {
	return len(data) > r.t.o.MaxLine && bytes.IndexByte(data[:r.t.o.MaxLine], '\n') < 0
}

// interruption returns where in data, behind complete lines, a hole or an
// over-long line begins.
func (r *reader) interruption(g *generation, data []byte) (end int, ok bool) {
	if g.sparse {
		if i := bytes.Index(data, []byte{'\n', 0}) + 1; i > 0 {
			if n := leadingNULs(data[i:]); n >= minHole || i+n == len(data) {
				return i, true
			}
		}
	}
	for at := 0; len(data)-at > r.t.o.MaxLine; {
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 || n > r.t.o.MaxLine {
			return at, true
		}
		at += n
	}
	return 0, false
}

// enterHole steps over NULs at the begin of data, or begins to. hole is false
// where they are text.
func (r *reader) enterHole(l *lineage, g *generation, block []byte, keep int) (out outcome, hole bool) {
	data := block[keep:]
	n := leadingNULs(data)
	switch {
	case n == len(data):
		g.scanned, g.hole = g.offset+int64(n), true
		return advanced, true
	case g.offset == 0 || n >= minHole:
		g.advance(block[:keep+n], n)
		r.note(l, g)
		return advanced, true
	}
	return ended, false
}

func leadingNULs(b []byte) int {
	for i, c := range b {
		if c != 0 {
			return i
		}
	}
	return len(b)
}

// stepOver looks, beyond what was looked through before, for the end of the
// over-long line or of the hole that begins at g's offset. Until it is found the
// offset stays: a restart finds the begin again.
func (r *reader) stepOver(l *lineage, g *generation, st look, now time.Time) outcome {
	if same, err := g.fingerprint.in(g.content); err != nil {
		return l.readFailed(g, err, now)
	} else if !same && g.offset > 0 {
		return rewritten
	}
	var first [1]byte
	if _, err := readFull(g.content, first[:], g.offset); err != nil {
		return l.readFailed(g, err, now)
	}
	if len(r.block) < r.t.o.Block {
		r.block = make([]byte, guardMax+r.t.o.Block)
	}
	n, err := readFull(g.content, r.block[:r.t.o.Block], g.scanned)
	if err != nil {
		return l.readFailed(g, err, now)
	}
	data := r.block[:n]
	g.trust(st, g.scanned+int64(n), now)
	if g.hole && first[0] != 0 {
		g.scanned = 0 // what was a hole has been written to
		return advanced
	}
	if g.hole {
		return r.stepOverHole(l, g, data, now)
	}
	end := g.scanned
	switch newline := bytes.IndexByte(data, '\n'); {
	case newline >= 0:
		end += int64(newline) + 1
	case n > 0:
		g.scanned += int64(n)
		return advanced
	case !g.final:
		return ended
	}
	l.source.count.overlong.Add(1)
	l.warn("overlong", "line longer than the bound skipped", "file", l.path, "offset", g.offset)
	return r.jump(l, g, end, now)
}

func (r *reader) stepOverHole(l *lineage, g *generation, data []byte, now time.Time) outcome {
	end := g.scanned + int64(leadingNULs(data))
	switch {
	case end < g.scanned+int64(len(data)):
		if g.offset > 0 && end-g.offset < minHole {
			g.scanned = 0 // too few to be a hole
			return advanced
		}
	case len(data) > 0:
		g.scanned = end
		return advanced
	case !g.final:
		return ended // a preallocated file is filled in later
	}
	return r.jump(l, g, end, now)
}

func (r *reader) jump(l *lineage, g *generation, to int64, now time.Time) outcome {
	if err := g.anchor(to); err != nil {
		return l.readFailed(g, err, now)
	}
	r.commit(l, g)
	return advanced
}
