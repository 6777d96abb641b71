package logread

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"wvwatch/internal/input/payload"
	"wvwatch/internal/tailer/logfs"
)

// File reads a log, plain or compressed: its content decides, not its name. It is used
// by one goroutine at a time.
type File struct {
	io.Reader
	close []func()
}

// Open opens path, or stdin for "-". The bytes read from the file, compressed where
// it is, are added to read. The caller closes the file. A directory and a file that
// holds binary data are errors.
func Open(path string, stdin io.Reader, read *atomic.Int64) (*File, error) {
	l := &File{}
	var raw = stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		l.close = append(l.close, func() { _ = f.Close() }) // read only: nothing can be lost
		if info, err := f.Stat(); err == nil && info.IsDir() {
			l.Close()
			return nil, fmt.Errorf("%s: is a directory: name its files, for example %s/*.log", path, path)
		}
		raw = f
	}
	text, err := logfs.NewStream(bufio.NewReaderSize(countingReader{raw, read}, 64<<10))
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l.close = append(l.close, text.Close)
	lines, err := readPayload(text)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l.Reader = lines
	return l, nil
}

var errBinary = errors.New("is not a log: it holds binary data")

// readPayload returns the log lines in r, also where it holds what agents push.
func readPayload(r io.Reader) (io.Reader, error) {
	lines, err := payload.NewReader(r, nil)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(lines, 64<<10)
	head, err := in.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, logfs.ErrCut) {
		return nil, err
	}
	if logfs.IsBinary(head) {
		return nil, errBinary
	}
	return in, nil
}

// Close closes what Open opened, but not standard input. It may be called once.
func (l *File) Close() {
	for _, closeOne := range slices.Backward(l.close) {
		closeOne()
	}
}

type countingReader struct {
	io.Reader
	n *atomic.Int64
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}
