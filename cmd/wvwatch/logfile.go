package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"wvwatch/internal/input/payload"
	"wvwatch/internal/tailer/logfs"
)

// logFile reads a log, plain or compressed by what it holds, not by its name.
type logFile struct {
	io.Reader
	close []func()
}

// openLog opens path, or stdin for "-". read is increased by the bytes taken
// from the file, as they stand there.
func openLog(path string, stdin io.Reader, read *atomic.Int64) (*logFile, error) {
	l := &logFile{}
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
	if isBinary(head) {
		return nil, errBinary
	}
	return in, nil
}

// Close may be called once.
func (l *logFile) Close() {
	for i := len(l.close) - 1; i >= 0; i-- {
		l.close[i]()
	}
}

// isBinary tells what is no text by its control characters: a log has hardly
// any but the end of lines, colours, and the NULs that a crash leaves in a hole.
func isBinary(head []byte) bool {
	head = bytes.TrimLeft(head, "\x00")
	control := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != 0x1b {
			control++
		}
	}
	return control > len(head)/32
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
