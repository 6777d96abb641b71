package logfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
)

// Content is a text that is read at any offset, by one goroutine at a time.
type Content interface {
	io.ReaderAt
	io.Closer
}

// Kind is how a file holds its text. It is decided by the file's first bytes,
// never by its name.
type Kind uint8

// The kinds of files. An empty file is Empty until it holds something.
const (
	Empty Kind = iota
	Plain
	UTF16
	Gzip
	Zstd
)

// Packed reports whether a file of this kind is compressed: its text has another
// length than the file, and no writer appends lines to it.
func (k Kind) Packed() bool { return k == Gzip || k == Zstd }

// KindOf returns the kind of a file that begins with head.
func KindOf(head []byte) Kind {
	switch {
	case len(head) == 0:
		return Empty
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return Gzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16
	}
	return Plain
}

// File is an open regular file; its ReadAt reads plain text. It is used by one
// goroutine at a time.
type File struct {
	file *os.File
	kind Kind
	text Content // what reads the text where the file itself does not
}

// Open opens the regular file path leads to. It never waits for the other end of
// a pipe.
func Open(path string) (*File, Info, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, Info{}, err
	}
	info, err := StatFile(f)
	if err == nil && !info.Regular {
		err = &os.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, info, err
	}
	return &File{file: f}, info, nil
}

// Kind looks at the first bytes, until there are some. A file that can not be
// read is Empty: the read that follows has the error.
func (f *File) Kind() Kind {
	if f.kind != Empty {
		return f.kind
	}
	var head [4]byte
	n, _ := ReadFull(f.file, head[:], 0)
	if n < len(head) && (n < 2 || KindOf(head[:n]) == Plain) {
		return KindOf(head[:n]) // too little for a magic number: ask again
	}
	f.kind = KindOf(head[:n])
	switch f.kind {
	case Gzip, Zstd:
		f.text = newInflated(f.file, f.kind)
	case UTF16:
		f.text = utf16Text{f.file, head[0] == 0xfe}
	}
	return f.kind
}

// ReadAt reads plain text. It returns io.EOF at its end and an error with
// ErrCut where a compressed file ends too early.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if f.text == nil {
		f.Kind()
	}
	if f.text == nil {
		return f.file.ReadAt(p, off)
	}
	return f.text.ReadAt(p, off)
}

// Close closes the file.
func (f *File) Close() error {
	if f.text != nil {
		return f.text.Close()
	}
	return f.file.Close()
}

// OS returns the open file itself, which stays f's.
func (f *File) OS() *os.File { return f.file }

// Stat looks at the open file.
func (f *File) Stat() (Info, error) { return StatFile(f.file) }

// Length returns how long the text is; info is of a look at the file. Of a
// compressed file all is read.
func (f *File) Length(info Info) (int64, error) {
	f.Kind()
	switch text := f.text.(type) {
	case *inflated:
		return text.length()
	case utf16Text:
		return utf16Length(info.Size), nil
	}
	return info.Size, nil
}

// EndsAt reports whether the file itself records, without being read, that its
// text is n bytes long: gzip does, in its last four bytes.
func (f *File) EndsAt(n, size int64) bool {
	f.Kind()
	z, ok := f.text.(*inflated)
	return ok && z.endsAt(n, size)
}

// ReadFull reads len(b) bytes at off; fewer only where c ends.
func ReadFull(c io.ReaderAt, b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		m, err := c.ReadAt(b[n:], off+int64(n))
		n += m
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		case m == 0:
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// LastLineEnd returns the offset after the last newline before size.
func LastLineEnd(c Content, size int64) (int64, error) {
	var b [4 << 10]byte
	for end := size; end > 0; {
		from := max(0, end-int64(len(b)))
		n, err := ReadFull(c, b[:end-from], from)
		if err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(b[:n], '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		end = from
	}
	return 0, nil
}

// Shared returns how many bytes a and b have in common from the begin.
func Shared(a, b Content) (int64, error) {
	const size = 64 << 10
	buf := make([]byte, 2*size)
	x, y := buf[:size], buf[size:]
	for off := int64(0); ; off += size {
		n, err := ReadFull(a, x, off)
		if err != nil {
			return off, err
		}
		m, err := ReadFull(b, y, off)
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

// tellingSize is how much of a text Telling looks at.
const tellingSize = 64 << 10

// Telling reports whether most lines of c, as far as a look shows, are different:
// where a service writes the same ones over and over, one file is like another.
func Telling(c Content) bool {
	b := make([]byte, tellingSize)
	n, err := ReadFull(c, b, 0)
	if err != nil && !errors.Is(err, ErrCut) {
		return false
	}
	lines, different := 0, map[string]bool{}
	for line := range bytes.Lines(b[:n]) {
		lines++
		different[string(line)] = true
	}
	return 2*len(different) > lines
}

// Glance takes of a compressed file of size bytes what is cheap to have: the head
// of its text and, where the file itself records it, the length. The guard of such a
// fingerprint is empty.
func (f *File) Glance(size int64) (Fingerprint, error) {
	var p Fingerprint
	head := make([]byte, HeadMax)
	n, err := ReadFull(f, head, 0)
	if err != nil && !errors.Is(err, ErrCut) {
		return p, err
	}
	p.setHead(head[:n])
	if z, ok := f.text.(*inflated); ok {
		p.Offset = z.textLength(size)
	}
	return p, nil
}

// Through returns f with its text read by way of c, which reads f; tests put a
// file system that does not answer in between.
func (f *File) Through(c Content) *File {
	f.Kind()
	return &File{file: f.file, kind: f.kind, text: c}
}
