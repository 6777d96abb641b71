package httppush

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	maxBody   = 8 << 20  // of a request, before and after decompression
	maxLines  = 16 << 20 // that it becomes
	maxMemory = 24 << 20 // of all requests at the same time
)

var (
	errTooLarge = errors.New("the body is too large")
	errBusy     = errors.New("too much is being received at the same time")
	errEncoding = errors.New("unknown Content-Encoding: use gzip, zstd, snappy, deflate or none")
)

// budget bounds the memory of all requests of a server.
type budget struct{ used atomic.Int64 }

func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) <= maxMemory {
		return true
	}
	b.used.Add(int64(-n))
	return false
}

// loan is what one request has taken of the budget.
type loan struct {
	from  *budget
	taken int
}

// want takes what is missing to n bytes.
func (l *loan) want(n int) error {
	if n <= l.taken {
		return nil
	}
	if !l.from.take(n - l.taken) {
		return errBusy
	}
	l.taken = n
	return nil
}

func (l *loan) giveBack() { l.from.used.Add(int64(-l.taken)); l.taken = 0 }

// readAll appends what r has to buf, of which it takes the memory from the budget
// as it arrives: a length that a sender claims allocates nothing.
func readAll(r io.Reader, buf []byte, l *loan) ([]byte, error) {
	buf = buf[:0]
	if err := l.want(cap(buf)); err != nil {
		return buf, err
	}
	for {
		if len(buf) == cap(buf) {
			size := max(32<<10, min(2*cap(buf), maxBody+1))
			if len(buf) > maxBody {
				return buf, errTooLarge
			}
			if err := l.want(size); err != nil {
				return buf, err
			}
			buf = append(make([]byte, 0, size), buf...)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > maxBody:
			return buf, errTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

// unpack returns what body is compressed as: in buf's memory, or body itself.
func unpack(encoding string, body, buf []byte, l *loan) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip":
		in, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return readAll(in, buf, l)
	case "deflate":
		in, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return readAll(in, buf, l)
	case "zstd":
		in, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxBody), zstd.WithDecoderMaxMemory(2*maxBody), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return readAll(in, buf, l)
	case "snappy":
		return unsnap(body, buf, l)
	}
	return nil, errEncoding
}

// unsnap unpacks snappy: a block, or a stream of frames.
func unsnap(body, buf []byte, l *loan) ([]byte, error) {
	if bytes.HasPrefix(body, []byte("\xff\x06\x00\x00sNaPpY")) {
		return readAll(snappy.NewReader(bytes.NewReader(body)), buf, l)
	}
	n, err := snappy.DecodedLen(body)
	switch {
	case err != nil:
		return nil, err
	case n > maxBody:
		return nil, errTooLarge
	case n > 32*len(body)+1024: // snappy packs 22 times at most: the length is a lie
		return nil, snappy.ErrCorrupt
	}
	if err := l.want(n); err != nil {
		return nil, err
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	return snappy.Decode(buf[:cap(buf)], body)
}

// statusOf returns the answer to a body that can not be taken.
func statusOf(err error) int {
	var tooLong *http.MaxBytesError
	switch {
	case errors.Is(err, errTooLarge), errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, errEncoding):
		return http.StatusUnsupportedMediaType
	}
	return http.StatusBadRequest
}

// memory are the buffers of one request, which are used again.
type memory struct{ body, plain, lines []byte }

// shrink forgets buffers that are larger than usual.
func (m *memory) shrink() {
	for _, b := range []*[]byte{&m.body, &m.plain, &m.lines} {
		if cap(*b) > 1<<20 {
			*b = nil
		}
	}
}

func invalid(err error) error { return fmt.Errorf("body: %w", err) }
