package payload

import (
	"bytes"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields calls f with each field of a protobuf message. value is that of a
// length-delimited field, number that of a varint or fixed one. Groups are refused.
func fields(message []byte, f func(number protowire.Number, value []byte, scalar uint64) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrInvalid, protowire.ParseError(n))
		}
		message = message[n:]
		var value []byte
		var scalar uint64
		switch kind {
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			scalar, n = protowire.ConsumeVarint(message)
		case protowire.Fixed64Type:
			scalar, n = protowire.ConsumeFixed64(message)
		case protowire.Fixed32Type:
			var short uint32
			short, n = protowire.ConsumeFixed32(message)
			scalar = uint64(short)
		default:
			return fmt.Errorf("%w: a field of wire type %d", ErrInvalid, kind)
		}
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrInvalid, protowire.ParseError(n))
		}
		if err := f(number, value, scalar); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// Loki writes the entries of a logproto.PushRequest: pkg/push/push.proto of Loki.
func Loki(w *Writer, body []byte) error {
	return fields(body, func(number protowire.Number, stream []byte, _ uint64) error {
		if number != 1 { // streams
			return nil
		}
		w.beginStream()
		return fields(stream, func(number protowire.Number, value []byte, _ uint64) error {
			switch number {
			case 1: // labels
				w.lokiLabels(value)
			case 2: // entries
				return w.lokiEntry(value)
			}
			return nil
		})
	})
}

func (w *Writer) lokiEntry(entry []byte) error {
	w.beginRecord()
	w.record.text = []byte{}
	err := fields(entry, func(number protowire.Number, value []byte, _ uint64) error {
		switch number {
		case 1: // timestamp
			return fields(value, func(number protowire.Number, _ []byte, n uint64) error {
				switch number {
				case 1: // seconds
					w.record.time += int64(n) * 1e9
				case 2: // nanos
					w.record.time += int64(n)
				}
				return nil
			})
		case 2: // line
			w.record.text = value
		case 3: // structuredMetadata
			var name, text []byte
			err := fields(value, func(number protowire.Number, value []byte, _ uint64) error {
				switch number {
				case 1:
					name = value
				case 2:
					text = value
				}
				return nil
			})
			if err == nil {
				w.attribute(string(name), text)
			}
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.endRecord()
}

// lokiLabels notes the labels of {name="value", other="value"}. What is written
// otherwise is not read on.
func (w *Writer) lokiLabels(text []byte) {
	if len(w.labels) == 0 {
		return
	}
	text = bytes.Trim(text, "{} ")
	for len(text) > 0 {
		name, rest, ok := bytes.Cut(text, []byte("="))
		quoted, err := strconv.QuotedPrefix(string(rest))
		if !ok || err != nil {
			return
		}
		if value, err := strconv.Unquote(quoted); err == nil {
			w.label(string(bytes.TrimSpace(name)), []byte(value))
		}
		text = bytes.TrimLeft(rest[len(quoted):], ", ")
	}
}

// LokiJSON writes the entries of Loki's JSON push body, or of several.
func LokiJSON(w *Writer, body []byte) error {
	r := newReader(body)
	return r.exports("streams", func(key string) error {
		if key != "streams" {
			return r.skip()
		}
		return r.array(func() error {
			w.beginStream()
			return r.object(func(key string) error {
				switch key {
				case "stream":
					return r.object(func(name string) error {
						value, err := r.text()
						w.label(name, value)
						return err
					})
				case "values":
					return r.array(func() error { return w.lokiValue(r) })
				}
				return r.skip()
			})
		})
	})
}

// lokiValue writes ["Unix nanoseconds", "line", {"name": "value"}].
func (w *Writer) lokiValue(r *reader) error {
	w.beginRecord()
	w.record.text = []byte{}
	n := 0
	err := r.array(func() (err error) {
		var text []byte
		switch n++; n {
		case 1:
			if text, err = r.text(); err == nil {
				w.record.time, _ = strconv.ParseInt(string(text), 10, 64) // else the time is not known
			}
			return err
		case 2:
			if text, err = r.text(); err == nil && text != nil {
				w.record.text = text
			}
			return err
		case 3:
			return r.object(func(name string) error {
				value, err := r.text()
				if err == nil {
					w.attribute(name, value)
				}
				return err
			})
		}
		return r.skip()
	})
	if err != nil {
		return err
	}
	return w.endRecord()
}
