package logfs

import (
	"errors"
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

// utf16Unit is how many bytes a code unit has, and the byte order mark.
const utf16Unit = 2

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
	narrow(p, units[:utf16Unit*n], u.big)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close closes the file.
func (u utf16Text) Close() error { return u.file.Close() }

// narrow makes one byte of p of each code unit.
func narrow(p, units []byte, big bool) {
	for i := range len(units) / utf16Unit {
		low, high := units[2*i], units[2*i+1]
		if big {
			low, high = high, low
		}
		if high != 0 || low >= utf8.RuneSelf {
			low = '?'
		}
		p[i] = low
	}
}

// utf16Reader is utf16Text of a stream.
type utf16Reader struct {
	from io.Reader
	big  bool
}

// Read implements io.Reader.
func (u utf16Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	units := make([]byte, utf16Unit*min(len(p), 16<<10))
	n, err := io.ReadAtLeast(u.from, units, utf16Unit)
	if n%utf16Unit != 0 { // the other half of the last unit
		var m int
		m, err = io.ReadFull(u.from, units[n:n+1])
		n += m
	}
	narrow(p, units[:n-n%utf16Unit], u.big)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n / utf16Unit, err
}
