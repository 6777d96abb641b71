// Package stdin receives lines from standard input, or from a FIFO, into a spool. It
// reads no faster than the spool takes lines, so that the writer waits.
package stdin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
)

const (
	blockSize = 128 << 10 // read at once
	maxLine   = 1 << 20   // of a longer line so much, and a byte, is stored: the reader of the spool counts it and skips it
)

// reader is what is read: *os.File or *fifo.
type reader interface {
	io.ReadCloser
	Name() string
}

// Receiver reads one stream.
type Receiver struct {
	in      reader
	ends    bool // at the end of the stream, else it goes on with the next writer
	spool   *spool.Spool
	traffic *traffic.Counter
	log     *slog.Logger
}

// New returns a receiver of standard input.
func New(s *spool.Spool, count *traffic.Counter, log *slog.Logger) *Receiver {
	return &Receiver{in: os.Stdin, ends: true, spool: s, traffic: count, log: log.With("component", "stdin")}
}

// OpenFIFO returns a receiver of the FIFO at path, which goes on with the next writer when
// one closes it.
func OpenFIFO(path string, s *spool.Spool, count *traffic.Counter, log *slog.Logger) (*Receiver, error) {
	if err := CheckFIFO(path); err != nil {
		return nil, err
	}
	f, err := openFIFO(path)
	if err != nil {
		return nil, err
	}
	return &Receiver{in: f, spool: s, traffic: count, log: log.With("component", "stdin")}, nil
}

// CheckFIFO reports what is wrong with a FIFO's path.
func CheckFIFO(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: make it with mkfifo", err)
	case info.Mode()&os.ModeNamedPipe == 0:
		return fmt.Errorf("%q is no FIFO: name it in files", path)
	}
	return nil
}

// Close closes what OpenFIFO opened, of a receiver that is not run.
func (r *Receiver) Close() error {
	if r.ends {
		return nil
	}
	return r.in.Close()
}

// Run reads until the end of standard input, or until ctx is done. What it read by
// then is in the spool, with the half of a line: the writer can not go on with it.
func (r *Receiver) Run(ctx context.Context) error {
	defer r.traffic.Connect()()
	blocks, taken := make(chan block), make(chan struct{})
	defer close(taken)
	go r.read(blocks, taken) // a read of standard input can not be interrupted
	if !r.ends {
		defer r.in.Close()
	}
	stream := rand.Uint64() | 1
	var l lines
	for {
		var b block
		stopped := false
		select {
		case b = <-blocks:
		case <-ctx.Done():
			stopped = true
			select {
			case b = <-blocks: // was read already
			default:
			}
		}
		text := l.take(b.data, stopped || b.err != nil)
		if err := r.append(ctx, spool.Batch{Lines: text, Stream: stream}); err != nil {
			return err
		}
		l.drop(len(text))
		switch ended := errors.Is(b.err, io.EOF); {
		case stopped, ended && r.ends:
			return nil
		case b.err != nil && !ended:
			return fmt.Errorf("read %s: %w", r.in.Name(), b.err)
		}
		taken <- struct{}{}
	}
}

// lines collects what is read to lines.
type lines struct {
	text     []byte
	skipping bool // the rest of a line that is too long
}

// take adds data and returns the lines that are whole, or all where the last of them has
// ended too. They are borrowed until drop.
func (l *lines) take(data []byte, ended bool) []byte {
	if l.skipping {
		end := bytes.IndexByte(data, '\n') + 1
		l.skipping = end == 0 && !ended
		if end == 0 {
			end = len(data)
		}
		data = data[end:]
	}
	l.text = append(l.text, data...)
	switch whole := bytes.LastIndexByte(l.text, '\n') + 1; {
	case ended:
		return l.text
	case whole == 0 && len(l.text) > maxLine:
		l.text, l.skipping = l.text[:maxLine+1], true
		return l.text
	default:
		return l.text[:whole]
	}
}

// drop forgets the first n bytes.
func (l *lines) drop(n int) { l.text = l.text[:copy(l.text, l.text[n:])] }

// block is what one read returned. The data is borrowed until it is taken.
type block struct {
	data []byte
	err  error
}

func (r *Receiver) read(blocks chan<- block, taken <-chan struct{}) {
	buf := make([]byte, blockSize)
	for {
		n, err := r.in.Read(buf)
		select {
		case blocks <- block{buf[:n], err}:
		case <-taken: // closed: Run has returned
			return
		}
		if _, more := <-taken; !more || err != nil && (r.ends || !errors.Is(err, io.EOF)) {
			return
		}
	}
}

// append stores b, unless it is empty, and waits while there is no room for it. What was read
// is stored also after ctx is done.
func (r *Receiver) append(ctx context.Context, b spool.Batch) error {
	if len(b.Lines) == 0 {
		return nil
	}
	count := bytes.Count(b.Lines, []byte{'\n'})
	if b.Lines[len(b.Lines)-1] != '\n' {
		count++
	}
	for {
		_, err := r.spool.Append(context.WithoutCancel(ctx), b)
		if err == nil {
			r.traffic.Accept(count, len(b.Lines))
			return nil
		}
		if !errors.Is(err, spool.ErrFull) {
			return err
		}
		if r.spool.Room(ctx) != nil {
			r.traffic.Drop(traffic.Full, uint64(count)) // the daemon stops
			return nil                                  //nolint:nilerr // a stop is no failure
		}
	}
}
