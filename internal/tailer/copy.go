package tailer

import (
	"errors"

	"wvwatch/internal/tailer/logfs"
)

// A file with another inode may hold what was read already: copytruncate makes
// copies, gzip does, and editors put a copy in the place of the original. Names
// and numbers can not show that; the content does.

// compareWith compares s, opened as c, with what g holds and with what was read of it.
func (g *generation) compareWith(s logfs.Sibling, c *generation) (relation, error) {
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
	return g.compareRead(s, c)
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

// compareRead compares s, opened as c, with what was read of g.
func (g *generation) compareRead(s logfs.Sibling, c *generation) (relation, error) {
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
