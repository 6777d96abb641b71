// Package payload turns the bodies that log agents send into log lines: Loki push,
// OTLP logs, Firehose and JSON arrays.
//
// A record that is text becomes that text, after an RFC 5424 header with its time
// and the labels that are wanted; one with attributes of its own becomes a JSON
// object on one line. What a line means is the parser's. The package does no I/O,
// allocates nothing by a length that a sender claims, and bounds what it writes.
package payload

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors of the decoders. Any other error is one of these with more detail.
var (
	ErrInvalid  = errors.New("not valid")
	ErrTooLarge = errors.New("too large")
)

// Writer collects the lines of one body. It is reused by calling Reset.
type Writer struct {
	labels []string // the attributes of the transport that lines carry
	max    int      // bytes of out

	out     []byte
	records int
	stream  []byte // labels of the present stream or resource, as structured data
	members []byte // the same as JSON members
	record  record
	timeAt  int  // where the last line of JSON had its time
	control bool // the message of a subscription has no log events
}

// record is one record as a decoder puts it together.
type record struct {
	time     int64  // Unix nanoseconds; 0 unknown
	severity []byte // borrowed
	text     []byte // borrowed; the body where it is text
	fields   []byte // JSON members, each with a comma before it
	own      bool   // fields has more than where the record comes from
	named    []byte // values of wanted labels, as structured data
}

// NewWriter returns a writer of at most max bytes. labels names the attributes of
// streams, resources and records that lines carry, so that the parser finds them
// as key="value" and as members.
func NewWriter(labels []string, max int) *Writer { return &Writer{labels: labels, max: max} }

// Reset empties w and makes it write into buf's memory.
func (w *Writer) Reset(buf []byte) {
	w.out, w.records = buf[:0], 0
	w.stream, w.members = w.stream[:0], w.members[:0]
}

// Lines returns what was written: whole lines. It is w's memory.
func (w *Writer) Lines() []byte { return w.out }

// Records returns how many records were written.
func (w *Writer) Records() int { return w.records }

// beginStream forgets the labels of the last stream.
func (w *Writer) beginStream() { w.stream, w.members, w.control = w.stream[:0], w.members[:0], false }

// label notes a label of the stream that the next records are of.
func (w *Writer) label(name string, value []byte) {
	if slices.Contains(w.labels, name) {
		w.stream = AppendParam(w.stream, name, value)
		w.members = appendMember(w.members, name, value)
	}
}

// beginRecord makes w.record empty.
func (w *Writer) beginRecord() {
	w.record = record{fields: w.record.fields[:0], named: w.record.named[:0]}
}

// origin are the beginnings of the names of attributes that agents add for
// the origin of a record. They are no part of what a program logged.
var origin = []string{"log.", "k8s.", "container.", "host.", "service.", "os.", "process.", "telemetry.", "loki.", "detected_level", "filename", "logtag", "time", "stream", "observed_timestamp", "severity_"}

// attribute notes an attribute of the record that is text.
func (w *Writer) attribute(name string, value []byte) {
	w.noteField(name, value)
	w.record.fields = appendMember(w.record.fields, name, value)
}

// noteField notes that an attribute of that name is among the fields; value is its
// text, nil where it has none.
func (w *Writer) noteField(name string, value []byte) {
	if !slices.ContainsFunc(origin, func(p string) bool { return strings.HasPrefix(name, p) }) {
		w.record.own = true
	}
	if value != nil && slices.Contains(w.labels, name) {
		w.record.named = AppendParam(w.record.named, name, value)
	}
}

// endRecord writes w.record.
func (w *Writer) endRecord() error {
	r := &w.record
	w.records++
	r.text = r.text[:min(len(r.text), maxLine)]
	switch {
	case r.own || r.text == nil:
		w.out = append(w.out, '{')
		w.out = append(w.out, `"time":"`...)
		w.out = appendTime(w.out, r.time)
		w.out = append(w.out, '"')
		if len(r.severity) > 0 {
			w.out = appendMember(w.out, "severity", r.severity)
		}
		if r.text != nil {
			w.out = appendMember(w.out, "message", r.text)
		}
		w.out = append(append(w.out, w.members...), r.fields...)
		w.out = append(w.out, '}', '\n')
	default:
		text := bytes.TrimRight(r.text, "\r\n")
		if labelled := len(w.stream)+len(r.named) > 0; !hasEnvelope(text) && (labelled || r.time != 0 && !w.hasTime(text)) {
			w.out = append(w.out, "<14>1 "...)
			w.out = appendTime(w.out, r.time)
			w.out = append(w.out, " - - - - "...)
			if labelled {
				w.out = append(w.out, "[labels"...)
				w.out = append(append(w.out, w.stream...), r.named...)
				w.out = append(w.out, ']', ' ')
			} else {
				w.out = append(w.out, '-', ' ')
			}
		}
		w.out = append(append(w.out, text...), '\n')
	}
	if len(w.out) > w.max {
		return ErrTooLarge
	}
	return nil
}

// hasEnvelope reports whether a container runtime's header with a time is before
// the text: it is read only where it begins the line.
func hasEnvelope(text []byte) bool {
	if len(text) < 29 {
		return false
	}
	return text[4] == '-' && text[10] == 'T' && (bytes.Contains(text[:min(len(text), 48)], []byte(" stdout ")) || bytes.Contains(text[:min(len(text), 48)], []byte(" stderr "))) ||
		bytes.HasPrefix(text, []byte(`{"log":"`))
}

// isTimeKey reports whether text begins with the name of a member that loggers write the time
// in.
func isTimeKey(text []byte) bool {
	return bytes.HasPrefix(text, []byte(`"time`)) || bytes.HasPrefix(text, []byte(`"@t`)) || bytes.HasPrefix(text, []byte(`"ts"`))
}

// hasTime reports whether the text has a time where most logs have it. Such a line is
// kept as it is: the parser reads lines of one shape faster without a header. The lines
// of one logger mostly have it at the same place.
func (w *Writer) hasTime(text []byte) bool {
	head := text[:min(len(text), 512)]
	switch {
	case len(head) < 20:
		return false
	case head[0] == '{':
		if w.timeAt < len(head) && isTimeKey(head[w.timeAt:]) {
			return true
		}
		for at := 0; ; at++ {
			quote := bytes.IndexByte(head[at:], '"')
			if quote < 0 {
				return false
			}
			if at += quote; isTimeKey(head[at:]) {
				w.timeAt = at
				return true
			}
		}
	case head[4] == '-' && head[7] == '-' && (head[10] == 'T' || head[10] == ' '):
		return true
	}
	i := bytes.IndexByte(head[:min(len(head), 128)], '[')
	return i >= 0 && len(head) > i+12 && head[i+3] == '/' && head[i+7] == '/'
}

// appendTime appends t, "-" for 0.
func appendTime(dst []byte, t int64) []byte {
	if t == 0 {
		return append(dst, '-')
	}
	return time.Unix(0, t).UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999999Z07:00")
}

// AppendParam appends a parameter of RFC 5424's structured data, with a space before it.
func AppendParam(dst []byte, name string, value []byte) []byte {
	dst = append(append(append(dst, ' '), name...), '=', '"')
	for _, c := range value[:min(len(value), maxLabel)] {
		switch {
		case c == '"' || c == '\\' || c == ']':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// maxLine bounds a record's text: readers of log lines skip what is longer.
const maxLine = 1<<20 + 1

// maxLabel bounds a label's value: the parser sees that it is too long.
const maxLabel = 256

// appendMember appends a JSON member that is a string, with a comma before it.
func appendMember(dst []byte, name string, value []byte) []byte {
	dst = append(dst, ',')
	dst = appendString(dst, []byte(name))
	dst = append(dst, ':')
	return appendString(dst, value)
}

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string. Bytes that are no UTF-8 are replaced.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			_, size := utf8.DecodeRune(s[i:])
			if size == 1 {
				dst = append(dst, "\ufffd"...)
			} else {
				dst = append(dst, s[i:i+size]...)
			}
			i += size
			continue
		}
		i++
	}
	return append(dst, '"')
}

// appendFloat appends a JSON number, or a string for what is none.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(dst, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendBytes appends bytes as a JSON string: their text where they are text, else
// base64.
func appendBytes(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return appendString(dst, b)
	}
	return appendString(dst, base64.StdEncoding.AppendEncode(nil, b))
}

// Values writes JSON values, one a line: the elements of arrays, and objects that follow
// one another without a newline. Agents send their records so.
func Values(w *Writer, body []byte) error {
	d := newReader(body)
	var line bytes.Buffer
	value := func() error {
		var element json.RawMessage
		if err := d.decode(&element); err != nil {
			return err
		}
		line.Reset()
		if err := json.Compact(&line, element); err != nil {
			return ErrInvalid
		}
		w.records++
		w.out = append(append(w.out, line.Bytes()...), '\n')
		if len(w.out) > w.max {
			return ErrTooLarge
		}
		return nil
	}
	for {
		rest, read := d.rest(), value
		if len(rest) == 0 {
			return nil
		}
		if rest[0] == '[' {
			read = func() error { return d.array(value) }
		}
		if err := read(); err != nil {
			return err
		}
	}
}

// Text writes body as it is: it is lines already.
func (w *Writer) Text(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	w.records += bytes.Count(body, []byte{'\n'})
	w.out = append(w.out, body...)
	if body[len(body)-1] != '\n' {
		w.out = append(w.out, '\n')
		w.records++
	}
	if len(w.out) > w.max {
		return ErrTooLarge
	}
	return nil
}
