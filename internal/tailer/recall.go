package tailer

import (
	"errors"
	"time"

	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/tailer/logfs"
)

// relation is what a file's text is to one that is known.
type relation uint8

const (
	stranger relation = iota // another text
	same                     // it begins with what was read, and may go on
	shorter                  // all of it is in what was read
	unclear                  // it can not be read now, or another log path still looks for the text
)

var errPending = errors.New("its position is still looked for")

// recall finds the text of the file f among those that ok admits. The second result
// is what the file is to it. Of several the one that was read furthest is returned.
func (m *memory) recall(f *comparison, ok func(*remembered) bool) (found Position, rel relation, err error) {
	g, info := f.g, f.s.Info
	head, err := f.begin()
	if len(head) == 0 {
		return found, stranger, err
	}
	var telling tristate
	for _, r := range m.alike(head) {
		if !ok(r) {
			continue
		}
		is, e := r.relationOf(g, info)
		if e != nil {
			err = e
			continue
		}
		if is == stranger || is == shorter && rel == same || is == rel && r.Offset <= found.Offset {
			continue
		}
		if !r.sameInode(g.inode) && !g.packed && !telling.of(func() bool { return logfs.Telling(g.file) }) {
			continue // nothing but the number of its lines distinguishes such files
		}
		if m.isPending(r) && !r.sameInode(g.inode) {
			err = errPending
			continue
		}
		found, rel = r.Position, is
	}
	switch {
	case rel == same:
		return found, rel, nil
	case err != nil:
		return found, unclear, err
	}
	return found, rel, nil
}

// tristate is a bool that is found out when it is asked for first.
type tristate struct{ known, value bool }

func (t *tristate) of(find func() bool) bool {
	if !t.known {
		t.known, t.value = true, find()
	}
	return t.value
}

// alike returns the texts that begin as head does, the begin of a file; where that
// is all of the file, also those that it may be a shorter copy of.
func (m *memory) alike(head []byte) (all []*remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n, byHash := range m.heads {
		if n > 0 && n <= len(head) {
			all = append(all, byHash[xxhash.Sum64(head[:n])]...)
		}
	}
	for _, x := range logfs.PrefixesOf(head) {
		for _, r := range m.prefixes[x] {
			if r.HeadLen > len(head) {
				all = append(all, r)
			}
		}
	}
	return all
}

func (m *memory) isPending(r *remembered) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return r.pending
}

// relationOf compares the text with the open file g.
func (r *remembered) relationOf(g *generation, info logfs.Info) (relation, error) {
	print := r.fingerprint()
	if g.packed && g.file.EndsAt(r.Offset, info.Size) {
		if is, err := print.HeadIn(g.file); is || err != nil {
			return same, err
		}
		return stranger, nil
	}
	if is, err := print.In(g.file); is || err != nil && !errors.Is(err, logfs.ErrCut) {
		return same, err
	}
	if print.GuardLen == 0 { // left out, compressed: its end was not read
		return r.leftOut(g, info)
	}
	size, err := g.file.Length(info)
	if errors.Is(err, logfs.ErrCut) { // it is being written
		if alike, e := print.HeadIn(g.file); alike && e == nil && size <= r.Offset {
			return unclear, err
		}
		return stranger, nil
	}
	if err != nil {
		return unclear, err
	}
	if is, err := print.Earlier(g.file, size); is || err != nil {
		return shorter, err
	}
	return stranger, nil
}

// leftOut compares the open file g with a compressed one that was left out at
// the first start, of which only the head and perhaps the length is known:
// unpacking keeps the time.
func (r *remembered) leftOut(g *generation, info logfs.Info) (relation, error) {
	print := r.fingerprint()
	alike, err := print.HeadIn(g.file)
	if !alike || err != nil {
		return stranger, err
	}
	if r.Offset > 0 { // the length is known
		if size, err := g.file.Length(info); err != nil || size != r.Offset {
			return stranger, err
		}
		return same, nil
	}
	if g.packed && r.sameInode(g.inode) {
		return shorter, nil // compressed files are not changed in place: it was touched
	}
	if time.Duration(max(r.ModTime-info.Mod, info.Mod-r.ModTime)) < 2*time.Second {
		return shorter, nil
	}
	return stranger, nil
}
