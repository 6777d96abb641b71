package logfs

import (
	"io"
	"os"
	"unicode/utf8"
)

// utf16Text reads UTF-16 with a byte order mark as text in which every code unit
// is one byte. So offsets can be computed, and a file that grows is read like
// any other. What is not ASCII becomes a question mark: codes, times, paths and
// keys are ASCII.
type utf16Text struct {
	file *os.File
	big  bool // the more significant byte comes first
}

const (
	utf16Unit = 2 // bytes of a code unit, and of the byte order mark
)

// utf16Length returns how many characters a file of size bytes holds.
func utf16Length(size int64) int64 { return max(0, size-utf16Unit) / utf16Unit }

// ReadAt implements io.ReaderAt.
func (u utf16Text) ReadAt(p []byte, off int64) (int, error) {
	units := make([]byte, utf16Unit*len(p))
	n, err := ReadFull(u.file, units, utf16Unit+utf16Unit*off)
	if err != nil {
		return 0, err
	}
	n /= utf16Unit
	for i := range n {
		low, high := units[2*i], units[2*i+1]
		if u.big {
			low, high = high, low
		}
		if high != 0 || low >= utf8.RuneSelf {
			low = '?'
		}
		p[i] = low
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close closes the file.
func (u utf16Text) Close() error { return u.file.Close() }
