package payload

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/snappy"
)

// maxFile bounds a body that is read from a file.
const maxFile = 16 << 20

// NewReader returns the log lines in r, where it holds bodies that agents send: JSON of
// Loki, OTLP, Firehose or a CloudWatch subscription, one body a line, or one body in
// protobuf (that of Loki in snappy). Anything else is returned as it is. labels are as
// for NewWriter.
func NewReader(r io.Reader, labels []string) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case jsonDecoder(head) != nil:
		return &bodies{in: in, w: NewWriter(labels, maxFile)}, nil
	case bytes.ContainsFunc(head, isControl):
		return binaryBody(in, labels)
	}
	return in, nil
}

// isControl reports whether a text does not have c.
func isControl(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b }

// decoder writes the lines of a body.
type decoder func(w *Writer, body []byte) error

// jsonDecoder returns the decoder of the body that line begins with, or nil.
func jsonDecoder(line []byte) decoder {
	line = bytes.TrimLeft(line, " \t\r\n\xef\xbb\xbf")
	if len(line) == 0 || line[0] != '{' {
		return nil
	}
	key, _, _ := bytes.Cut(bytes.TrimLeft(line[1:], " \""), []byte{'"'})
	switch string(key) {
	case "resourceLogs":
		return OTLPJSON
	case "streams":
		return LokiJSON
	case "requestId":
		if !bytes.Contains(line, []byte(`"records"`)) {
			return nil
		}
		return func(w *Writer, body []byte) error {
			_, err := Firehose(w, body)
			return err
		}
	case "messageType", "owner":
		if bytes.Contains(line, []byte(`"logEvents"`)) {
			return Subscription
		}
	}
	return nil
}

// bodies reads the lines of bodies, one a line. What is no body is a line itself.
type bodies struct {
	in   *bufio.Reader
	w    *Writer
	body []byte
	rest []byte // lines that are not read yet
	end  error
}

// Read implements io.Reader.
func (b *bodies) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.end != nil {
			return 0, b.end
		}
		b.next()
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// next reads the next body.
func (b *bodies) next() {
	b.body = b.body[:0]
	for {
		part, err := b.in.ReadSlice('\n')
		b.body = append(b.body, part...)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			b.end = err
		}
		if err == nil || b.end != nil || len(b.body) > maxFile {
			break
		}
	}
	b.rest = b.body
	decode := jsonDecoder(b.body)
	if decode == nil {
		return
	}
	b.w.Reset(b.w.Lines())
	if decode(b.w, b.body) == nil {
		b.rest = b.w.Lines()
	}
}

// binaryBody returns the lines of a body in protobuf; what is none is returned as it is.
func binaryBody(in io.Reader, labels []string) (io.Reader, error) {
	body, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil {
		return nil, err
	}
	for _, try := range []decoder{OTLP, lokiSnappy} {
		w := NewWriter(labels, 4*maxFile)
		w.Reset(nil)
		if try(w, body) == nil && w.Records() > 0 {
			return bytes.NewReader(w.Lines()), nil
		}
	}
	return io.MultiReader(bytes.NewReader(body), in), nil
}

// lokiSnappy writes the entries of a PushRequest in snappy, as it is sent.
func lokiSnappy(w *Writer, body []byte) error {
	n, err := snappy.DecodedLen(body)
	if err != nil || n > 4*maxFile || n > 32*len(body)+1024 {
		return ErrInvalid
	}
	plain, err := snappy.Decode(nil, body)
	if err != nil {
		return ErrInvalid
	}
	return Loki(w, plain)
}
