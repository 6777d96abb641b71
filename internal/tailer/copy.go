package tailer

import (
	"errors"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// A file with another inode may hold what was read already: copytruncate makes
// copies, gzip does, and editors put a copy in the place of the original. Names
// and numbers can not tell; the content can.

// ample is how much two files must share for one to be a copy of the other, when
// neither holds the other whole: banners are shorter.
const ample = 64 << 10

// continues sets g, new at the path, to where it goes on if it is a copy put in
// the place of before, or the same file under another number. It returns false
// while that can not be said yet.
func (l *lineage) continues(before, g *generation, now time.Time) bool {
	if before.packed || g.packed || g.size == 0 || !logfs.Telling(g.file) {
		return l.decided()
	}
	if same, err := before.print.In(g.file); same && err == nil {
		return l.goOn(before, g, before.print.Offset)
	}
	if before.resting() {
		return l.decided()
	}
	same, err := logfs.Shared(before.file, g.file)
	if err != nil || same == 0 {
		return l.decided()
	}
	info, err := before.file.Stat()
	if err != nil {
		return l.decided()
	}
	if same < ample && (info.Links > 0 || l.packedCopy(before, now)) {
		return l.decided() // the original is still there: it was rotated, and the new one begins alike
	}
	switch {
	case same >= info.Size || same >= ample || info.Size-same <= same/4: // short of some last lines
		at, err := logfs.LastLineEnd(g.file, same)
		if err != nil {
			return l.decided()
		}
		if same >= info.Size {
			before.tail = elsewhere
		}
		return l.goOn(before, g, at)
	case same < g.size:
		return l.decided() // they part: they only begin alike
	}
	// All of the new file is in the old one. It may be a copy in the making, or a
	// file that begins alike and has only begun.
	if l.undecided(now, time.Second) {
		return false
	}
	return l.decided()
}

// goOn sets g to at, up to where its text was read in before. What both get from
// now on is one stream, which is read once, in g.
func (l *lineage) goOn(before, g *generation, at int64) bool {
	if err := g.anchor(at); err == nil {
		before.twin = g
	}
	return l.decided()
}

// packedCopy reports whether a compressed sibling holds all of g.
func (l *lineage) packedCopy(g *generation, now time.Time) bool {
	all, err := l.source.t.dirs.Siblings(l.places()...)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(s logfs.Sibling) bool {
		if !s.Packed || !s.Strict {
			return false
		}
		c, err := openGeneration(s.Path, "", now)
		if err != nil {
			return false
		}
		defer c.rest()
		within, err := g.contains(s, c)
		return within && err == nil
	})
}

// kinOf compares s, opened as c, with what g holds and with what was read of it.
func (g *generation) kinOf(s logfs.Sibling, c *generation) (relation, error) {
	if g.file != nil && !g.packed && !g.lost() {
		switch within, err := g.contains(s, c); {
		case err != nil:
			return unclear, err
		case within && !g.holds():
			return unclear, errRewritten
		case within:
			return shorter, nil
		}
	}
	return g.kin(s, c)
}

var errRewritten = errors.New("truncated, which is about to be noticed")

// contains reports whether all of s, opened as c, is in the open file g.
func (g *generation) contains(s logfs.Sibling, c *generation) (bool, error) {
	var x, y [logfs.HeadMax]byte
	n, err := logfs.ReadFull(g.file, x[:], 0)
	if err != nil {
		return false, nil //nolint:nilerr // the reading of g itself will report it
	}
	m, err := logfs.ReadFull(c.file, y[:], 0)
	if err != nil {
		return false, err
	}
	if k := min(n, m); k == 0 || string(x[:k]) != string(y[:k]) {
		return false, nil
	}
	if c.file.EndsAt(g.size, s.Size) {
		return true, nil
	}
	same, err := logfs.Shared(g.file, c.file)
	if err != nil {
		return false, err
	}
	var one [1]byte
	n, err = logfs.ReadFull(c.file, one[:], same)
	return n == 0, err
}

// kin compares s, opened as c, with what was read of g.
func (g *generation) kin(s logfs.Sibling, c *generation) (relation, error) {
	if g.print.Offset == 0 {
		return stranger, nil
	}
	if c.file.EndsAt(g.print.Offset, s.Size) {
		if is, err := g.print.HeadIn(c.file); is || err != nil {
			return same, err
		}
	}
	if is, err := g.print.In(c.file); is || err != nil {
		return same, err
	}
	if other, err := g.print.Differs(c.file); other || err != nil {
		return stranger, err // spare decompressing all of it
	}
	size, err := c.file.Length(s.Info)
	if err != nil {
		return unclear, err
	}
	if is, err := g.print.Earlier(c.file, size); is || err != nil {
		return shorter, err
	}
	return stranger, nil
}
