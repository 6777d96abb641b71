package logfs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stream reads the plain text of a stream, whatever it is packed with. It is what
// File is for a file: both read the same text of the same bytes.
type Stream struct {
	reader io.Reader
	close  func()
}

// NewStream looks at the first bytes of packed. The caller closes the stream.
func NewStream(packed io.Reader) (*Stream, error) {
	buffered, ok := packed.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReaderSize(packed, 64<<10)
	}
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := &Stream{reader: buffered, close: func() {}}
	switch KindOf(head) {
	case Gzip:
		s.reader, err = newGzipReader(buffered)
	case Zstd:
		var d *zstd.Decoder
		if d, err = zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20)); err == nil {
			s.reader, s.close = &zstdReader{Decoder: d}, d.Close
		}
	case UTF16:
		_, err = buffered.Discard(utf16Unit)
		s.reader = utf16Reader{buffered, head[0] == 0xfe}
	default:
		err = nil
	}
	if err == nil && KindOf(head).Packed() {
		err = s.widen()
	}
	if err != nil {
		s.Close()
		return nil, packedError(err)
	}
	return s, nil
}

// widen looks whether what was unpacked is UTF-16.
func (s *Stream) widen() error {
	mark := make([]byte, utf16Unit)
	n, err := io.ReadFull(s.reader, mark)
	switch {
	case KindOf(mark[:n]) == UTF16:
		s.reader = utf16Reader{s.reader, mark[0] == 0xfe}
	case n > 0:
		s.reader = io.MultiReader(bytes.NewReader(mark[:n]), s.reader)
	}
	if n < len(mark) && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil // the next read shows whether it is whole
	}
	return err
}

// Read implements io.Reader. Where a compressed stream ends too early, what could
// be unpacked comes before an error with ErrCut.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = packedError(err)
	}
	return n, err
}

// Close releases what the stream holds, not what it reads from.
func (s *Stream) Close() { s.close() }

func packedError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = ErrCut
	}
	return fmt.Errorf("decompress: %w", err)
}

// gzipReader reads the members of a gzip file. What follows the last one and is
// no member is ignored, as gzip does: tapes and block devices pad with zeros.
type gzipReader struct {
	packed *bufio.Reader
	member *gzip.Reader
}

func newGzipReader(packed *bufio.Reader) (*gzipReader, error) {
	member, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	member.Multistream(false)
	return &gzipReader{packed, member}, nil
}

// Read implements io.Reader.
func (r *gzipReader) Read(p []byte) (int, error) {
	n, err := r.member.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	magic, err := r.packed.Peek(2)
	if err != nil || KindOf(magic) != Gzip {
		return n, io.EOF
	}
	if err := r.member.Reset(r.packed); err != nil {
		return n, err
	}
	r.member.Multistream(false)
	return n, nil
}

// zstdReader ignores what follows the last frame and is none.
type zstdReader struct {
	*zstd.Decoder
	read bool
}

// Read implements io.Reader.
func (r *zstdReader) Read(p []byte) (int, error) {
	n, err := r.Decoder.Read(p)
	r.read = r.read || n > 0
	if errors.Is(err, zstd.ErrMagicMismatch) && r.read {
		err = io.EOF
	}
	return n, err
}
