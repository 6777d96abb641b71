package tailer

import (
	"bytes"
	"errors"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// Not every byte of a file is part of a line that can be read: a line may be too
// long, and a file written to after its end, as after a truncation under a
// writer without O_APPEND, holds NULs that no program wrote.

// minHole is how many NULs at the begin of a line are a hole and not its text. At
// the begin of a file any number is.
const minHole = 512

// overlong reports whether data begins with a line that is too long.
func (r *reader) overlong(data []byte) bool {
	return len(data) > r.t.o.MaxLine && bytes.IndexByte(data[:r.t.o.MaxLine], '\n') < 0
}

// interruption returns where in data, after complete lines, a hole or an
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
func (r *reader) enterHole(l *logPath, g *generation, b block) (out outcome, hole bool) {
	data := b.data[b.keep:]
	n := leadingNULs(data)
	switch {
	case n == len(data):
		g.cursor.scanned, g.cursor.hole = g.print.Offset+int64(n), true
		return advanced, true
	case g.print.Offset == 0 || n >= minHole:
		g.advance(b.data[:b.keep+n], n, false)
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
func (r *reader) stepOver(l *logPath, g *generation, info logfs.Info, now time.Time) outcome {
	if !g.packed {
		if same, err := g.print.In(g.file); err != nil {
			return l.readFailed(g, err, now)
		} else if !same && g.print.Offset > 0 {
			return rewritten
		}
	}
	filled, err := r.filled(g)
	if err != nil {
		return l.readFailed(g, err, now)
	}
	if len(r.block) < r.t.o.Block {
		r.block = make([]byte, logfs.GuardMax+r.t.o.Block)
	}
	n, err := logfs.ReadFull(g.file, r.block[:r.t.o.Block], g.cursor.scanned)
	if g.cursor.cut = errors.Is(err, logfs.ErrCut); err != nil && !g.cursor.cut {
		return l.readFailed(g, err, now)
	}
	data := r.block[:n]
	r.sawUpTo(l, g, info, g.cursor.scanned+int64(n), n < r.t.o.Block, now)
	if g.cursor.hole && filled {
		g.cursor.scanned = 0 // what was a hole has been written to
		return advanced
	}
	if g.cursor.hole {
		return r.stepOverHole(l, g, data, now)
	}
	end := g.cursor.scanned
	switch newline := bytes.IndexByte(data, '\n'); {
	case newline >= 0:
		end += int64(newline) + 1
	case n > 0:
		g.cursor.scanned += int64(n)
		return advanced
	case !g.closed():
		return ended
	}
	l.source.count.overlong.Add(1)
	l.warn("overlong", "line longer than the bound skipped", "file", l.path, "offset", g.print.Offset)
	return r.jump(l, g, end, now)
}

// filled reports whether what was a hole at the offset has been written to. A
// compressed file does not change, and going back in it is dear.
func (r *reader) filled(g *generation) (bool, error) {
	if g.packed {
		return false, nil
	}
	var first [1]byte
	_, err := logfs.ReadFull(g.file, first[:], g.print.Offset)
	return first[0] != 0, err
}

func (r *reader) stepOverHole(l *logPath, g *generation, data []byte, now time.Time) outcome {
	end := g.cursor.scanned + int64(leadingNULs(data))
	switch {
	case end < g.cursor.scanned+int64(len(data)):
		if g.print.Offset > 0 && end-g.print.Offset < minHole {
			g.cursor.scanned = 0 // too few to be a hole
			return advanced
		}
	case len(data) > 0:
		g.cursor.scanned = end
		return advanced
	case !g.closed():
		return ended // a preallocated file is filled in later
	}
	return r.jump(l, g, end, now)
}

func (r *reader) jump(l *logPath, g *generation, to int64, now time.Time) outcome {
	if err := g.anchor(to); err != nil {
		return l.readFailed(g, err, now)
	}
	r.commit(l, g)
	return advanced
}
