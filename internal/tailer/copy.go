package tailer

import (
	"bytes"
	"errors"
	"slices"
	"time"
)

// A file with another inode may hold what was read already: copytruncate makes
// copies, gzip does, and editors put a copy in the place of the original. Names
// and numbers can not tell; the content can.

// ample is how much two files must share for one to be a copy of the other, when
// neither holds the other whole: banners are shorter.
const ample = 64 << 10

// shared returns how many bytes a and b have in common from the begin.
func shared(a, b content) (int64, error) {
	const size = 64 << 10
	buf := make([]byte, 2*size)
	x, y := buf[:size], buf[size:]
	for off := int64(0); ; off += size {
		n, err := readFull(a, x, off)
		if err != nil {
			return off, err
		}
		m, err := readFull(b, y, off)
		if err != nil {
			return off, err
		}
		k := min(n, m)
		if !bytes.Equal(x[:k], y[:k]) {
			for i := range k {
				if x[i] != y[i] {
					return off + int64(i), nil
				}
			}
		}
		if k < size {
			return off + int64(k), nil
		}
	}
}

// continues sets g, new at the path, to where it goes on if it is a copy put in
// the place of before. It returns false while that can not be said yet.
func (l *lineage) continues(before, g *generation, now time.Time) bool {
	if before.content == nil || before.kind != plain || g.kind != plain || g.size == 0 {
		return l.decided()
	}
	same, err := shared(before.content, g.content)
	if err != nil || same == 0 {
		return l.decided()
	}
	st, err := lookInto(before.file)
	if err != nil || !telling(g.content) {
		return l.decided()
	}
	if same < ample && (st.links > 0 || l.packed(before, now)) {
		return l.decided() // the original is still there: it was rotated, and the new one begins alike
	}
	switch {
	case same >= st.size || same >= ample || st.size-same <= same/4: // short of some last lines
		at, err := lastLineEnd(g.content, same)
		if err == nil {
			err = g.anchor(at)
		}
		if err == nil && same >= st.size {
			before.tail = elsewhere
		}
		return l.decided()
	case same < g.size:
		return l.decided() // they part: they only begin alike
	}
	// All of the new file is in the old one. It may be a copy in the making, or a
	// file that begins alike and has only begun.
	if l.doubt.IsZero() {
		l.doubt = now
	}
	if now.Sub(l.doubt) < time.Second {
		return false
	}
	return l.decided()
}

// telling reports whether most lines of c, as far as a look shows, are different:
// where a service writes the same ones over and over, one file is like another.
func telling(c content) bool {
	b := make([]byte, ample)
	n, err := readFull(c, b, 0)
	if err != nil {
		return false
	}
	lines, different := 0, map[string]bool{}
	for line := range bytes.Lines(b[:n]) {
		lines++
		different[string(line)] = true
	}
	return 2*len(different) > lines
}

// packed reports whether a compressed sibling holds all of g.
func (l *lineage) packed(g *generation, now time.Time) bool {
	all, err := l.source.t.dirs.siblings(l.places()...)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(s sibling) bool {
		if s.kind == plain || !s.strict {
			return false
		}
		c, err := openGeneration(s.path, "", now)
		if err != nil {
			return false
		}
		defer c.sleep()
		within, err := g.contains(s, c.content)
		return within && err == nil
	})
}

func (l *lineage) decided() bool {
	l.doubt = time.Time{}
	return true
}

// kinship is what a file is to a lineage.
type kinship uint8

const (
	stranger  kinship = iota // nothing of it was read
	copied                   // it begins with what was read of a generation, and may go on
	contained                // all of it is in a generation, or was before that grew
	unclear                  // it can not be read now
)

// kin compares s, opened as c, with the generations of l and returns the one it
// is a copy of.
func (l *lineage) kin(s sibling, c content) (kinship, *generation) {
	for _, g := range slices.Backward(l.gens) {
		k, err := g.kinOf(s, c)
		switch {
		case err != nil:
			return unclear, nil
		case k != stranger && !l.coincides(g, s, c):
			return k, g
		}
	}
	return stranger, nil
}

// kinOf compares s, opened as c, with what g holds and with what was read of it.
func (g *generation) kinOf(s sibling, c content) (kinship, error) {
	if g.content != nil && g.kind == plain {
		switch within, err := g.contains(s, c); {
		case err != nil:
			return unclear, err
		case within && !g.intact():
			return unclear, errRewritten
		case within:
			return contained, nil
		}
	}
	return g.kin(s, c)
}

var errRewritten = errors.New("truncated, which is about to be noticed")

// coincides reports whether s is like g only because lines are all alike. Of what
// is live rotation makes copies, which are younger, and then it truncates it: what
// was renamed and holds what it held was not copied.
func (l *lineage) coincides(g *generation, s sibling, c content) bool {
	if s.kind != plain {
		return false
	}
	older := s.id.born > 0 && s.id.born < g.id.born
	uncopied := g != l.live && (g.finished || g.content != nil && g.intact())
	return (older || uncopied) && !telling(c)
}

// intact reports whether the open file g still holds what was read of it.
func (g *generation) intact() bool {
	same, err := g.fingerprint.in(g.content)
	return g.offset == 0 || same && err == nil
}

// contains reports whether all of s, opened as c, is in the open file g, which
// then gives it.
func (g *generation) contains(s sibling, c content) (bool, error) {
	var x, y [headMax]byte
	n, err := readFull(g.content, x[:], 0)
	if err != nil {
		return false, nil //nolint:nilerr // the reading of g itself will say so
	}
	m, err := readFull(c, y[:], 0)
	if err != nil {
		return false, err
	}
	if k := min(n, m); k == 0 || !bytes.Equal(x[:k], y[:k]) {
		return false, nil
	}
	if z, ok := c.(*inflated); ok && z.endsAt(g.size, s.size) {
		return true, nil
	}
	same, err := shared(g.content, c)
	if err != nil {
		return false, err
	}
	var one [1]byte
	n, err = readFull(c, one[:], same)
	return n == 0, err
}

// kin compares s, opened as c, with what was read of g.
func (g *generation) kin(s sibling, c content) (kinship, error) {
	if g.offset == 0 {
		return stranger, nil
	}
	if z, ok := c.(*inflated); ok && z.endsAt(g.offset, s.size) {
		if same, err := g.headIn(c); same || err != nil {
			return copied, err
		}
	}
	if same, err := g.fingerprint.in(c); same || err != nil {
		return copied, err
	}
	if same, err := g.earlier(s, c); same || err != nil {
		return contained, err
	}
	return stranger, nil
}

// plainSize returns the length of s, opened as c, without its compression.
func (s sibling) plainSize(c content) (int64, error) {
	if z, ok := c.(*inflated); ok {
		return z.length()
	}
	return s.size, nil
}
