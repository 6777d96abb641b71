package tailer

import (
	"errors"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// replacement is a file that is new at a path, and the one that was there before.
type replacement struct {
	l      *logPath
	before *generation // nil for none
	g      *generation
	now    time.Time
}

// ample is how much two files must share for one to be a copy of the other, when
// neither holds the other whole: banners are shorter.
const ample = 64 << 10

// settle sets the file to where it goes on if its text is known: a copy that was
// put in the place of the one before, or a text with a file that could not be seen for
// a while. It returns false while that is not known yet.
func (s *replacement) settle(info logfs.Info) bool {
	l, g, now := s.l, s.g, s.now
	if s.before != nil {
		if !s.continues() {
			return false
		}
		if g.print.Offset > 0 {
			return true
		}
	}
	f := comparison{l: l, g: g, s: logfs.SiblingOf(l.path, l.path, info), now: now}
	p, rel, err := f.recall()
	switch {
	case errors.Is(err, errPending):
		return !l.undecided(now, patience/2) && l.decided()
	case rel == same && l.source.t.memory.take(p):
		g.resume(&p)
		l.trace(g, "recalled")
	}
	return l.decided()
}

// continues sets the file to where it goes on if it is a copy put in the place of
// the one before, or the same file under another number. It returns false while
// that is not known yet.
func (s *replacement) continues() bool {
	l, before, g, now := s.l, s.before, s.g, s.now
	if before.packed || g.packed || g.size == 0 || !logfs.Telling(g.file) {
		return l.decided()
	}
	if same, err := before.print.In(g.file); same && err == nil && (before.print.Offset >= ample || !s.rotated()) {
		return s.goOn(before.print.Offset)
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
	if same < ample && (info.Links > 0 || s.packedCopy()) {
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
		return s.goOn(at)
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

// rotated reports whether the file before is still there under another name, or
// packed: then the new one is a new run of a program that always begins alike.
func (s *replacement) rotated() bool {
	all, err := s.l.source.t.dirs.Siblings(s.l.paths()...)
	return err == nil && slices.ContainsFunc(all, func(f logfs.Sibling) bool { return f.ID == s.before.inode && f.Path != s.l.path }) ||
		s.packedCopy()
}

// goOn sets the file to at, up to where its text was read in the one before. What
// both get from now on is one stream, which is read once, in the new file.
func (s *replacement) goOn(at int64) bool {
	if err := s.g.anchor(at); err != nil {
		return !s.l.undecided(s.now, patience/2) && s.l.decided()
	}
	s.before.duplicate = s.g
	return s.l.decided()
}

// packedCopy reports whether a compressed sibling holds all of the file before.
func (s *replacement) packedCopy() bool {
	l, now := s.l, s.now
	all, err := l.source.t.dirs.Siblings(l.paths()...)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(f logfs.Sibling) bool {
		if !f.Packed || !f.Strict {
			return false
		}
		c, err := openGeneration(f.Path, "", now)
		if err != nil {
			return false
		}
		defer c.close()
		within, err := s.before.contains(f, c)
		return within && err == nil
	})
}
