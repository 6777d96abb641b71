package kafka

import (
	"bytes"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"wvwatch/internal/input/payload"
)

// Paths of labels that name a part of a Kafka record. Any other path is also the
// name of a header.
const (
	keyPath   = "kafka.key"
	topicPath = "kafka.topic"
)

// maxValue bounds the lines that one record becomes.
const maxValue = 64 << 20

// renderer turns records into log lines.
type renderer struct {
	labels  []string // wanted by the configuration: headers, keyPath, topicPath
	payload *payload.Writer
	prefix  []byte
}

func newRenderer(labels []string) *renderer {
	return &renderer{labels: labels, payload: payload.NewWriter(labels, maxValue)}
}

// The beginnings of values that are an export of OTLP: as JSON, and as a message: its
// first field has the number 1 and a length.
var (
	otlpJSON  = []byte(`{"resourceLogs":`)
	otlpProto = byte(0x0a)
)

// append appends the lines of r to dst: its value as it is, or the records of an OTLP
// export or of an array, one a line. Labels from headers, key and topic go before each
// line as RFC 5424's structured data, where the parser finds them.
func (d *renderer) append(dst []byte, r *kgo.Record) []byte {
	value := withoutEnd(r.Value)
	if len(value) == 0 {
		return dst
	}
	if decode := decoderOf(value); decode != nil {
		d.payload.Reset(nil)
		if err := decode(d.payload, r.Value); err == nil && d.payload.Records() > 0 { // else it is text that only begins so
			value = withoutEnd(d.payload.Lines())
		}
	}
	if len(d.labels) == 0 || !d.label(r) {
		return append(append(dst, value...), '\n')
	}
	for line := range bytes.SplitSeq(value, newline) {
		dst = append(append(append(dst, d.prefix...), line...), '\n')
	}
	return dst
}

// withoutEnd returns value without the newlines at its end.
func withoutEnd(value []byte) []byte {
	for len(value) > 0 && value[len(value)-1] == '\n' {
		value = value[:len(value)-1]
	}
	return value
}

// decoderOf returns what turns a value into lines; nil for a value that is lines.
func decoderOf(value []byte) func(*payload.Writer, []byte) error {
	switch {
	case value[0] == otlpProto:
		return payload.OTLP
	case bytes.HasPrefix(value, otlpJSON):
		return payload.OTLPJSON
	case value[0] == '[' && value[len(value)-1] == ']' && bytes.IndexByte(value[:min(len(value), 32)], '{') > 0:
		return payload.Values
	}
	return nil
}

// label makes prefix of the labels of r, and reports whether there are any.
func (d *renderer) label(r *kgo.Record) bool {
	d.prefix = append(d.prefix[:0], "<14>1 - - - - - [labels"...)
	none := len(d.prefix)
	for _, name := range d.labels {
		switch name {
		case keyPath:
			if len(r.Key) > 0 {
				d.prefix = payload.AppendParam(d.prefix, name, r.Key)
			}
		case topicPath:
			d.prefix = payload.AppendParam(d.prefix, name, []byte(r.Topic))
		default:
			if i := slices.IndexFunc(r.Headers, func(h kgo.RecordHeader) bool { return strings.EqualFold(h.Key, name) }); i >= 0 {
				d.prefix = payload.AppendParam(d.prefix, name, r.Headers[i].Value)
			}
		}
	}
	if len(d.prefix) == none {
		return false
	}
	d.prefix = append(d.prefix, ']', ' ')
	return true
}
