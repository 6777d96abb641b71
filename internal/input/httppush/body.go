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

	"wvwatch/internal/input/payload"
)

const (
	maxBody   = 8 << 20  // of a request, before and after decompression
	maxLines  = 16 << 20 // that it becomes
	maxBodies = 10 << 20 // of all requests while they are received
)

var (
	errTooLarge = errors.New("the body is too large")
	errBusy     = errors.New("too much is being received at the same time")
	errEncoding = errors.New("unknown Content-Encoding: use gzip, zstd, snappy, deflate or none")
)

// budget bounds the memory of all bodies that a server receives at the same time.
type budget struct{ used atomic.Int64 }

func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) <= maxBodies {
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

// want takes what is missing to n bytes. A nil loan is not bounded.
func (l *loan) want(n int) error {
	if l == nil || n <= l.taken {
		return nil
	}
	if !l.from.take(n - l.taken) {
		return errBusy
	}
	l.taken = n
	return nil
}

func (l *loan) giveBack() { l.from.used.Add(int64(-l.taken)); l.taken = 0 }

// readAll reads what r has into buf's memory, or more: as it arrives, so that a length
// that a sender claims allocates nothing.
func readAll(r io.Reader, buf []byte, l *loan) ([]byte, error) {
	buf = buf[:0]
	if err := l.want(cap(buf)); err != nil {
		return buf, err
	}
	for {
		if len(buf) == cap(buf) {
			size := max(32<<10, min(4*cap(buf), maxBody+1))
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
func unpack(encoding string, body, buf []byte) ([]byte, error) {
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	if encoding == "" || encoding == "identity" || len(body) == 0 {
		return body, nil
	}
	text, err := decompress(encoding, body, buf)
	if err != nil && !errors.Is(err, errEncoding) && !errors.Is(err, errTooLarge) {
		err = fmt.Errorf("not %s, or cut off: %w", encoding, err)
	}
	return text, err
}

// decompress is unpack for a body that is compressed.
func decompress(encoding string, body, buf []byte) ([]byte, error) {
	var in io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		in, err = zlib.NewReader(bytes.NewReader(body))
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxBody), zstd.WithDecoderMaxMemory(2*maxBody), zstd.WithDecoderLowmem(true)); err == nil {
			defer d.Close()
			in = d
		}
	case "snappy":
		return unsnap(body, buf)
	default:
		return nil, errEncoding
	}
	if err != nil {
		return nil, err
	}
	return readAll(in, buf, nil)
}

// unsnap unpacks snappy: a block, or a stream of frames.
func unsnap(body, buf []byte) ([]byte, error) {
	if bytes.HasPrefix(body, []byte("\xff\x06\x00\x00sNaPpY")) {
		return readAll(snappy.NewReader(bytes.NewReader(body)), buf, nil)
	}
	n, err := snappy.DecodedLen(body)
	switch {
	case err != nil:
		return nil, err
	case n > maxBody:
		return nil, errTooLarge
	case n > 32*len(body)+1024: // snappy packs 22 times at most
		return nil, snappy.ErrCorrupt
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	return snappy.Decode(buf[:cap(buf)], body)
}

// isBodyError reports whether err is about a body, and not about storing it.
func isBodyError(err error) bool { return !errors.Is(err, errFailed) }

// statusOf returns the answer to a body that can not be taken.
func statusOf(err error) int {
	var tooLong *http.MaxBytesError
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, payload.ErrTooLarge), errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	case errors.Is(err, errEncoding):
		return http.StatusUnsupportedMediaType
	}
	return http.StatusBadRequest
}
