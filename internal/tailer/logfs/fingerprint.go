package logfs

import (
	"bytes"
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"
)

const (
	// HeadMax is how many of its first bytes recognise a text, at most.
	HeadMax = 1 << 10
	// GuardMax is how many bytes before an offset are verified, at most.
	GuardMax = 512
)

// Fingerprint recognises a text of which the first Offset bytes were consumed,
// under any name, inode and compression: by its first bytes, by those before the
// offset, and by marks in between. The zero value is that of a text of which
// nothing was consumed.
type Fingerprint struct {
	Offset   int64
	Head     uint64 // hash of the first HeadLen bytes
	HeadLen  int
	Guard    uint64 // hash of the GuardLen bytes before Offset
	GuardLen int

	marks marks
	begin []byte // the bytes of the head, while it grows
}

// Consumed takes the fingerprint of the first offset bytes of c.
func Consumed(c Content, offset int64) (Fingerprint, error) {
	var b [HeadMax]byte
	f := Fingerprint{Offset: offset}
	head := b[:min(offset, HeadMax)]
	if n, err := ReadFull(c, head, 0); err != nil || n < len(head) {
		return f, errors.Join(err, io.ErrUnexpectedEOF)
	}
	f.setHead(bytes.Clone(head))
	var err error
	if f.marks, err = marksOf(c, offset); err != nil {
		return f, err
	}
	guard := b[:min(offset, GuardMax)]
	if n, err := ReadFull(c, guard, offset-int64(len(guard))); err != nil || n < len(guard) {
		return f, errors.Join(err, io.ErrUnexpectedEOF)
	}
	f.Guard, f.GuardLen = xxhash.Sum64(guard), len(guard)
	return f, nil
}

// Advance moves the offset over n bytes, which are the last of before: the bytes
// that end at the new offset, with as many of those in front of them as the
// guard held. edge means that the text ended there when it was read; what was
// written last is what may be taken back.
func (f *Fingerprint) Advance(before []byte, n int, edge bool) {
	if f.Offset > 0 {
		f.marks.commit(f.Offset, f.Guard)
	}
	if f.HeadLen < HeadMax && int64(len(f.begin)) == f.Offset {
		f.setHead(append(f.begin, before[len(before)-n:][:min(n, HeadMax-f.HeadLen)]...))
	}
	was := f.Offset
	f.Offset += int64(n)
	f.marks.cover(before, f.Offset)
	if edge {
		f.marks.line(before, n, was, f.Offset)
	}
	before = before[max(0, len(before)-GuardMax):]
	f.Guard, f.GuardLen = xxhash.Sum64(before), len(before)
}

func (f *Fingerprint) setHead(b []byte) {
	f.begin, f.Head, f.HeadLen = b, xxhash.Sum64(b), len(b)
	if f.HeadLen == HeadMax {
		f.begin = nil
	}
}

// Resume reads the begin of c again, in which f was found, so that a short head
// goes on growing.
func (f *Fingerprint) Resume(c Content) {
	if f.HeadLen >= HeadMax {
		return
	}
	b := make([]byte, f.HeadLen)
	if n, err := ReadFull(c, b, 0); err == nil && n == len(b) && xxhash.Sum64(b) == f.Head {
		f.begin = b
	}
}

// In reports whether c begins with the text. Of nothing, nothing is recognised.
// An error means that c could not be read, not that it differs.
func (f *Fingerprint) In(c Content) (bool, error) {
	if f.Offset <= 0 || f.GuardLen <= 0 || f.HeadLen < 0 || f.HeadLen > HeadMax || f.GuardLen > GuardMax || int64(f.GuardLen) > f.Offset {
		return false, nil
	}
	if same, err := f.HeadIn(c); !same {
		return false, err
	}
	var b [GuardMax]byte
	return hashIs(c, b[:f.GuardLen], f.Offset-int64(f.GuardLen), f.Guard)
}

// HeadIn reports whether c begins with the same bytes.
func (f *Fingerprint) HeadIn(c Content) (bool, error) {
	var b [HeadMax]byte
	return hashIs(c, b[:f.HeadLen], 0, f.Head)
}

// Differs reports whether c begins otherwise; a text that is shorter than the head
// may still be the same.
func (f *Fingerprint) Differs(c Content) (bool, error) {
	var b [HeadMax]byte
	n, err := ReadFull(c, b[:f.HeadLen], 0)
	return n == f.HeadLen && xxhash.Sum64(b[:n]) != f.Head, err
}

// Earlier reports whether c, which is size bytes long, is what the text was
// before it grew to Offset: a copy that was made before all was consumed.
func (f *Fingerprint) Earlier(c Content, size int64) (bool, error) {
	if size >= f.Offset {
		return false, nil
	}
	if size >= int64(f.HeadLen) {
		if same, err := f.HeadIn(c); !same {
			return false, err
		}
	}
	return f.marks.in(c, size)
}

// Kept returns how much of the consumed text is still there in c, the same file
// of now size bytes, after its end was changed in place: lines were cut off, a
// batch was taken back, a footer was overwritten. It returns 0 where c is
// another text. Where the change is further back than the lines that are
// noted, it is another text, too.
func (f *Fingerprint) Kept(c Content, size int64) (int64, error) {
	if size >= int64(f.HeadLen) && f.HeadLen == HeadMax {
		if same, err := f.HeadIn(c); !same {
			return 0, err
		}
	}
	kept, err := f.marks.kept(c, min(size, f.Offset))
	if err != nil || kept == 0 || !Telling(c) {
		return 0, err
	}
	return kept, nil
}

// TakenBack returns the fingerprint of the first kept bytes, which c still holds.
// The ends of the lines before stay noted: the end may be changed again.
func (f *Fingerprint) TakenBack(c Content, kept int64) (Fingerprint, error) {
	p, err := Consumed(c, kept)
	if err == nil {
		p.marks.lines = f.marks.linesUpTo(kept)
	}
	return p, err
}

// Settle drops what only a text needs that may still change: the marks of its last
// lines. Shorter copies are known by the rest.
func (f *Fingerprint) Settle() { f.marks.lines, f.marks.inner = nil, nil }

// PackMarks writes the marks as a checkpoint keeps them.
func (f *Fingerprint) PackMarks() string { return f.marks.pack() }

// UnpackMarks reads what PackMarks wrote; of anything else it takes what it can.
func (f *Fingerprint) UnpackMarks(s string) { f.marks = unpackMarks(s) }

// hashIs reports whether the len(b) bytes of c at off have the hash want.
func hashIs(c Content, b []byte, off int64, want uint64) (bool, error) {
	n, err := ReadFull(c, b, off)
	if n == len(b) {
		return xxhash.Sum64(b) == want, nil
	}
	return false, err
}
