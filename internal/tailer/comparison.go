package tailer

import (
	"errors"
	"slices"
	"time"

	"wvwatch/internal/tailer/logfs"
)

// comparison compares a file with all that is known: the files that are
// open and the texts that are remembered.
type comparison struct {
	l   *logPath // that found it
	g   *generation
	s   logfs.Sibling
	now time.Time

	head []byte // its first bytes, once they were read
}

// begin returns the first bytes of the file. They are read once: it is compared with
// many, and hardly any begins alike.
func (f *comparison) begin() ([]byte, error) {
	if f.head != nil {
		return f.head, nil
	}
	head, err := logfs.HeadOf(f.g.file)
	if err == nil {
		f.head = head
	}
	return head, err
}

// judge decides what is to be read of the file: it compares it with the files
// that are open, then with the texts that are remembered. It returns false
// where nothing is, now or for good, and sets the file to the offset otherwise.
func (f *comparison) judge() bool {
	l, g, s, now := f.l, f.g, f.s, f.now
	k, of := f.copyOf(l, every)
	if k == same && of != l.live && of.lost() {
		l.dismiss(of) // its text is remembered, and found in s
		k = stranger
	}
	switch {
	case k == unclear:
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	case k == shorter && of.print.Offset == 0:
		return false // were of truncated now, nothing would show it: look again when some of it was read
	case k == shorter:
		l.ignored[s.ID] = ignoredSibling{info: s.Info, of: of}
		l.trace(g, "contained")
		return false
	case k == same && (of.resting() || !of.holds()):
		return false // of was truncated: it is about to notice, and then to look for s
	case k == same && of == l.live:
		l.at(now.Add(l.source.t.o.RescanInterval)) // a longer copy, which may be about to take its place
		return false
	case k == same: // a copy that holds more than the file that was rotated away
		if err := g.anchor(of.print.Offset); err != nil {
			l.unreadable(s.Path, err, now)
			return false
		}
		of.duplicate = g
		return true
	}
	p, rel, err := f.recall()
	switch {
	case rel == unclear:
		l.lists = nil
		l.at(now.Add(l.source.t.o.RescanInterval))
		if !errors.Is(err, errPending) && !errors.Is(err, logfs.ErrCut) {
			l.unreadable(s.Path, err, now)
		}
		return false
	case rel == shorter:
		f.shorterCopy()
		return false
	case rel == same && p.Finished && !f.exceeds(&p):
		l.remember(s.Info, &p, now)
		return false
	case rel == same:
		if !l.source.t.memory.take(p) {
			l.at(now)
			return false
		}
		g.resume(&p)
		return true
	case s.Mod < l.firstStart && !l.source.cfg.matches(s.Path):
		l.leaveOut(s, now)
		return false
	}
	switch f.elsewhere(every, (*logPath).reads) {
	case unclear, same:
		l.at(now.Add(l.source.t.o.PollInterval))
		return false
	case shorter:
		l.ignored[s.ID] = ignoredSibling{info: s.Info}
		return false
	}
	return true
}

// every admits all files.
func every(*generation) bool { return true }

// rotated admits the files that no path leads to any more.
func rotated(g *generation) bool { return g.phase != live }

// elsewhere compares the file with those that other log paths of the source have
// open: two paths may lead to one file, and only one of them follows it. It is
// unclear while another log path is at work.
func (f *comparison) elsewhere(ok func(*generation) bool, open func(*logPath) bool) relation {
	for _, o := range f.l.source.list() {
		if o == f.l || !open(o) || o.stuck(f.l.source.t, stuckTime) {
			continue
		}
		if !o.mu.TryLock() {
			return unclear
		}
		rel, _ := f.copyOf(o, ok)
		o.mu.Unlock()
		if rel != stranger {
			return rel
		}
	}
	return stranger
}

// shorterCopy remembers a copy of a finished text by itself: the marks that show
// it are not kept for as long as the copy may be.
func (f *comparison) shorterCopy() {
	l, g, s := f.l, f.g, f.s
	l.ignored[s.ID] = ignoredSibling{info: s.Info}
	if g.packed || g.anchor(g.size) != nil {
		return
	}
	p := g.position(l)
	p.Finished, p.Seen = true, f.now.UnixNano()
	l.ignored[s.ID] = ignoredSibling{info: s.Info, id: p.ID}
	l.note(l.source.t.memory, p)
}

// recall asks the memory for the text of the file.
func (f *comparison) recall() (Position, relation, error) {
	l, t := f.l, f.l.source.t
	atPath := f.s.Path == l.path
	return t.memory.recall(f, func(r *remembered) bool {
		if r.Source != l.source.cfg.Name && t.follows(r.Source, r.Name) {
			return false // another source reads the same files
		}
		if !atPath || !r.Finished || f.g.packed || r.sameInode(f.g.inode) {
			return true
		}
		// A file that begins, at the path itself, as one did that was read there and
		// rotated away is a new run of a program that always writes the same; so is one
		// at another path that begins with the same few lines.
		return r.Name != l.path && (r.HeadLen == logfs.HeadMax || r.ModTime == f.s.Mod)
	})
}

// exceeds reports whether the file, which holds the text p, goes on.
func (f *comparison) exceeds(p *Position) bool {
	g := f.g
	if g.packed && g.file.EndsAt(p.Offset, f.s.Size) {
		return false
	}
	if !g.packed {
		return g.size > p.Offset
	}
	var one [1]byte
	n, _ := logfs.ReadFull(g.file, one[:], p.Offset)
	return n > 0
}

// copyOf compares the file with the open files of l that ok admits and returns the
// one it is a copy of: shorter, or with all that was read of it.
func (f *comparison) copyOf(l *logPath, ok func(*generation) bool) (relation, *generation) {
	for _, g := range slices.Backward(l.gens) {
		if !ok(g) || l != f.l && f.unlike(g) {
			continue
		}
		rel, err := f.compareWith(g)
		switch {
		case err != nil:
			return unclear, nil
		case rel != stranger && !f.coincides(l, g):
			return rel, g
		}
	}
	return stranger, nil
}

// unlike reports whether the file begins otherwise than g, which was rotated away: it is
// not written again, so what was read of it is still there. Where hundreds of files are
// rotated a second, each new one is compared with as many.
func (f *comparison) unlike(g *generation) bool {
	head, _ := f.begin()
	return g.phase != live && g.print.Excludes(head)
}

// coincides reports whether the file is like g of l only because lines are all
// alike. Of what is live rotation makes copies, which are younger, and then it
// truncates it: what was renamed and holds what it held was not copied.
func (f *comparison) coincides(l *logPath, g *generation) bool {
	if f.g.packed {
		return false
	}
	older := f.s.ID.Born > 0 && f.s.ID.Born < g.inode.Born
	uncopied := func() bool { return !(g == l.live && l.leadsTo(g)) && g.file != nil && g.holds() }
	return (older || uncopied()) && !logfs.Telling(f.g.file)
}
