package logfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrCut is returned where a compressed file ends too early, as one does that is
// still being written. What could be unpacked was returned before it.
var ErrCut = errors.New("compressed file ends too early")

// packedName reports whether path is called as packed files are.
func packedName(path string) bool { return unpackedName(path) != path }

// unpackedName returns the name a file had before it was packed.
func unpackedName(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst")
}

// inflated is the plain text of a compressed file. It is cheap to read forwards;
// to go back further than the last read it starts again from the beginning.
type inflated struct {
	file   *os.File
	kind   Kind
	stream *Stream
	base   int64  // offset of window in the plain text
	window []byte // the bytes read last
	err    error  // how the stream ended, nil while it goes on
}

func newInflated(f *os.File, kind Kind) *inflated {
	return &inflated{file: f, kind: kind}
}

// ReadAt returns io.EOF at the end of the plain text, and an error with ErrCut
// where the file ends too early.
func (z *inflated) ReadAt(p []byte, off int64) (int, error) {
	if z.stream == nil || off < z.base {
		if err := z.rewind(); err != nil {
			return 0, err
		}
	}
	for z.err == nil && z.base+int64(len(z.window)) < off+int64(len(p)) {
		z.drop(off)
		z.fill(len(p))
	}
	n := 0
	if at := off - z.base; at < int64(len(z.window)) {
		n = copy(p, z.window[at:])
	}
	if n == len(p) {
		return n, nil
	}
	if errors.Is(z.err, io.EOF) {
		return n, io.EOF
	}
	err := fmt.Errorf("%q: %w", z.file.Name(), z.err)
	z.stop() // the next read tries again: the file may have been completed
	return n, err
}

// length returns how long the plain text is, which takes decompressing it.
func (z *inflated) length() (int64, error) {
	b := make([]byte, 64<<10)
	for off := int64(0); ; off += int64(len(b)) {
		n, err := ReadFull(z, b, off)
		if n < len(b) || err != nil {
			return off + int64(n), err
		}
	}
}

// Close closes the file too.
func (z *inflated) Close() error {
	z.stop()
	z.window = nil
	return z.file.Close()
}

// drop forgets what is before off.
func (z *inflated) drop(off int64) {
	n := min(off-z.base, int64(len(z.window)))
	if n <= 0 {
		return
	}
	z.window = z.window[:copy(z.window, z.window[n:])]
	z.base += n
}

// fill reads up to n more bytes into the window, and some.
func (z *inflated) fill(n int) {
	n = max(n, 64<<10)
	have := len(z.window)
	if cap(z.window) < have+n {
		grown := make([]byte, have, have+n)
		copy(grown, z.window)
		z.window = grown
	}
	m, err := io.ReadFull(z.stream, z.window[have:have+n])
	z.window = z.window[:have+m]
	if errors.Is(err, io.ErrUnexpectedEOF) && m < n {
		// Either the plain text ends here, or the file does too early: the stream
		// itself knows.
		var one [1]byte
		k, end := z.stream.Read(one[:])
		z.window = append(z.window, one[:k]...)
		err = end
	}
	z.err = err
}

func (z *inflated) rewind() error {
	z.stop()
	z.base, z.window, z.err = 0, z.window[:0], nil
	stream, err := NewStream(io.NewSectionReader(z.file, 0, 1<<62))
	if err != nil {
		return fmt.Errorf("%q: %w", z.file.Name(), err)
	}
	z.stream = stream
	return nil
}

func (z *inflated) stop() {
	if z.stream != nil {
		z.stream.Close()
		z.stream = nil
	}
}

// endsAt reports whether the file itself records that its plain text is n bytes
// long (modulo 4 GiB), which spares decompressing it.
func (z *inflated) endsAt(n, size int64) bool {
	length := z.textLength(size)
	return length > 0 && uint32(length) == uint32(n)
}

// textLength returns what a gzip file of size bytes holds in its last four bytes:
// the length of its text (of its last member, modulo 4 GiB). It is 0 for others.
func (z *inflated) textLength(size int64) int64 {
	var b [4]byte
	if z.kind != Gzip || size < 18 {
		return 0
	}
	if _, err := z.file.ReadAt(b[:], size-4); err != nil {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(b[:]))
}
