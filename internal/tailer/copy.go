package tailer

import (
	"bytes"
	"errors"

	"wvwatch/internal/tailer/logfs"
)

// A file with another inode may hold what was read already: copytruncate makes
// copies, gzip does, and editors put a copy in the place of the original. Names
// and numbers can not show that; the content does.

// compareWith compares the file with what g holds and with what was read of it.
func (f *comparison) compareWith(g *generation) (relation, error) {
	head, err := f.begin()
	if g.file != nil && !g.packed && (err != nil || g.beginsLike(head)) && !g.lost() {
		if err != nil {
			return unclear, err
		}
		switch within, err := g.encloses(f.s, f.g); {
		case err != nil:
			return unclear, err
		case within && !g.holds():
			return unclear, errRewritten
		case within:
			return shorter, nil
		}
	}
	if g.print.Excludes(head) {
		return stranger, nil
	}
	return g.compareRead(f.s, f.g)
}

var errRewritten = errors.New("truncated, which is about to be noticed")

// contains reports whether all of s, opened as c, is in the open file g.
func (g *generation) contains(s logfs.Sibling, c *generation) (bool, error) {
	head, err := logfs.HeadOf(c.file)
	if err != nil || !g.beginsLike(head) {
		return false, err
	}
	return g.encloses(s, c)
}

// beginsLike reports whether the open file g begins with head, or head with all of g.
// An error is left to the reading of g.
func (g *generation) beginsLike(head []byte) bool {
	begin, err := logfs.HeadOf(g.file)
	n := min(len(begin), len(head))
	return err == nil && n > 0 && bytes.Equal(begin[:n], head[:n])
}

// encloses is contains for files that begin alike.
func (g *generation) encloses(s logfs.Sibling, c *generation) (bool, error) {
	if c.file.EndsAt(g.size, s.Size) {
		return true, nil
	}
	same, err := logfs.Shared(g.file, c.file)
	if err != nil {
		return false, err
	}
	var one [1]byte
	n, err := logfs.ReadFull(c.file, one[:], same)
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
