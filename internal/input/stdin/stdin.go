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

// Receiver reads one stream.
type Receiver struct {
	in      *os.File
	ends    bool // at the end of the stream, else it goes on with the next writer
	spool   *spool.Spool
	traffic *traffic.Counter
	log     *slog.Logger
}

// New returns a receiver of standard input.
func New(s *spool.Spool, count *traffic.Counter, log *slog.Logger) *Receiver {
	return &Receiver{in: os.Stdin, ends: true, spool: s, traffic: count, log: log.With("component", "stdin")}
}

// OpenFIFO returns a receiver of the FIFO at path. It is opened for writing, too, so
// that it does not end when a writer closes it.
func OpenFIFO(path string, s *spool.Spool, count *traffic.Counter, log *slog.Logger) (*Receiver, error) {
	if err := CheckFIFO(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
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
// then is in the spool.
func (r *Receiver) Run(ctx context.Context) error {
	defer r.traffic.Connect()()
	blocks, taken := make(chan block), make(chan struct{})
	defer close(taken)
	go r.read(blocks, taken) // a read of standard input can not be interrupted
	if !r.ends {
		defer r.in.Close()
	}
	stream := rand.Uint64() | 1
	var rest []byte
	skipping := false // the rest of a line that is too long
	for {
		var b block
		select {
		case <-ctx.Done():
			return nil // half a line goes on at the next start, or never
		case b = <-blocks:
		}
		if skipping {
			end := bytes.IndexByte(b.data, '\n') + 1
			skipping = end == 0
			if skipping {
				end = len(b.data)
			}
			b.data = b.data[end:]
		}
		rest = append(rest, b.data...)
		whole := bytes.LastIndexByte(rest, '\n') + 1
		if b.err != nil {
			whole = len(rest)
		} else if whole == 0 && len(rest) > maxLine {
			rest, whole, skipping = rest[:maxLine+1], maxLine+1, true
		}
		if whole > 0 {
			if err := r.append(ctx, spool.Batch{Lines: rest[:whole], Stream: stream}); err != nil {
				return err
			}
			rest = rest[:copy(rest, rest[whole:])]
		}
		switch {
		case errors.Is(b.err, io.EOF):
			return nil
		case b.err != nil:
			return fmt.Errorf("read %s: %w", r.in.Name(), b.err)
		}
		select {
		case taken <- struct{}{}:
		case <-ctx.Done():
			return nil //nolint:nilerr // a stop is no failure
		}
	}
}

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
		if _, more := <-taken; !more || err != nil {
			return
		}
	}
}

// append stores b, and waits while there is no room for it.
func (r *Receiver) append(ctx context.Context, b spool.Batch) error {
	for {
		_, err := r.spool.Append(ctx, b)
		if err == nil {
			r.traffic.Accept(bytes.Count(b.Lines, []byte{'\n'}), len(b.Lines))
			return nil
		}
		if !errors.Is(err, spool.ErrFull) {
			return err
		}
		if r.spool.Room(ctx) != nil {
			r.traffic.Drop(traffic.Full, uint64(bytes.Count(b.Lines, []byte{'\n'}))) // the daemon stops
			return nil                                                               //nolint:nilerr // a stop is no failure
		}
	}
}
