package tailer

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// content is the plain text of a file, read at any offset. It is used by one
// goroutine at a time.
type content interface {
	io.ReaderAt
	io.Closer
}

// open opens the regular file path leads to and says what it is. It never waits
// for the other end of a pipe. What is compressed reads as its plain text.
func open(path string) (content, *os.File, look, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, look{}, err
	}
	st, err := lookInto(f)
	if err == nil && !st.regular {
		err = &os.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, st, err
	}
	if kind := compressionOf(path); kind != plain {
		return newInflated(f, kind), f, st, nil
	}
	return f, f, st, nil
}

// readFull reads len(b) bytes at off; fewer only where c ends.
func readFull(c content, b []byte, off int64) (int, error) {
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
