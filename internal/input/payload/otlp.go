package payload

import (
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// OTLP writes the records of an ExportLogsServiceRequest:
// opentelemetry/proto/collector/logs/v1 and logs/v1, version 1.11.
func OTLP(w *Writer, body []byte) error {
	return fields(body, func(number protowire.Number, resourceLogs []byte, _ uint64) error {
		if number != 1 { // resource_logs
			return nil
		}
		w.beginStream()
		return fields(resourceLogs, func(number protowire.Number, value []byte, _ uint64) error {
			switch number {
			case 1: // resource
				return w.otlpAttributes(value, 1, w.otlpLabel)
			case 2: // scope_logs
				return fields(value, func(number protowire.Number, record []byte, _ uint64) error {
					if number != 2 { // log_records
						return nil
					}
					return w.otlpRecord(record)
				})
			}
			return nil
		})
	})
}

// otlpAttributes calls f with each key and value in the field number of message.
func (w *Writer) otlpAttributes(message []byte, number protowire.Number, f func(key string, value []byte) error) error {
	return fields(message, func(n protowire.Number, pair []byte, _ uint64) error {
		if n != number {
			return nil
		}
		key, value, err := keyValue(pair)
		if err != nil {
			return err
		}
		return f(string(key), value)
	})
}

// keyValue splits a KeyValue.
func keyValue(pair []byte) (key, value []byte, err error) {
	err = fields(pair, func(number protowire.Number, field []byte, _ uint64) error {
		switch number {
		case 1:
			key = field
		case 2:
			value = field
		}
		return nil
	})
	return key, value, err
}

func (w *Writer) otlpLabel(key string, value []byte) error {
	text, err := plainValue(value)
	if text != nil {
		w.label(key, text)
	}
	return err
}

func (w *Writer) otlpRecord(record []byte) error {
	w.beginRecord()
	r := &w.record
	var observed int64
	err := fields(record, func(number protowire.Number, value []byte, scalar uint64) error {
		switch number {
		case 1: // time_unix_nano
			r.time = int64(scalar)
		case 3: // severity_text
			r.severity = value
		case 5: // body
			return w.otlpBody(value)
		case 6: // attributes
			key, v, err := keyValue(value)
			if err != nil {
				return err
			}
			return w.otlpField(string(key), v)
		case 11: // observed_time_unix_nano
			observed = int64(scalar)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.time == 0 {
		r.time = observed
	}
	return w.endRecord()
}

// otlpBody notes the body: as text, or as the member body.
func (w *Writer) otlpBody(value []byte) error {
	text, err := plainValue(value)
	if err != nil || text != nil {
		w.record.text = text
		return err
	}
	return w.otlpField("body", value)
}

// otlpField notes an attribute of the record.
func (w *Writer) otlpField(key string, value []byte) error {
	text, err := plainValue(value)
	if err != nil {
		return err
	}
	w.noteField(key, text)
	w.record.fields = append(appendString(append(w.record.fields, ','), []byte(key)), ':')
	w.record.fields, err = appendValue(w.record.fields, value, 0)
	return err
}

// plainValue returns the text of an AnyValue that is a string or a number, else nil.
func plainValue(value []byte) (text []byte, err error) {
	err = fields(value, func(number protowire.Number, field []byte, scalar uint64) error {
		switch number {
		case 1: // string_value
			text = field
			if text == nil {
				text = []byte{}
			}
		case 3: // int_value
			text = strconv.AppendInt(nil, int64(scalar), 10)
		}
		return nil
	})
	return text, err
}

// appendValue appends an AnyValue as JSON.
func appendValue(dst, value []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, fmt.Errorf("%w: nested deeper than %d", ErrInvalid, maxDepth)
	}
	start := len(dst)
	err := fields(value, func(number protowire.Number, field []byte, scalar uint64) (err error) {
		dst = dst[:start] // of a oneof the last one counts
		switch number {
		case 1: // string_value
			dst = appendString(dst, field)
		case 2: // bool_value
			dst = strconv.AppendBool(dst, scalar != 0)
		case 3: // int_value
			dst = strconv.AppendInt(dst, int64(scalar), 10)
		case 4: // double_value
			dst = appendFloat(dst, math.Float64frombits(scalar))
		case 5: // array_value
			dst, err = appendArray(append(dst, '['), field, depth)
			dst = append(dst, ']')
		case 6: // kvlist_value
			dst, err = appendObject(append(dst, '{'), field, depth)
			dst = append(dst, '}')
		case 7: // bytes_value
			dst = appendBytes(dst, field)
		}
		return err
	})
	if len(dst) == start {
		dst = append(dst, "null"...)
	}
	return dst, err
}

func appendArray(dst, list []byte, depth int) ([]byte, error) {
	first := true
	err := fields(list, func(number protowire.Number, element []byte, _ uint64) (err error) {
		if number != 1 {
			return nil
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst, err = appendValue(dst, element, depth+1)
		return err
	})
	return dst, err
}

func appendObject(dst, list []byte, depth int) ([]byte, error) {
	first := true
	err := fields(list, func(number protowire.Number, pair []byte, _ uint64) error {
		if number != 1 {
			return nil
		}
		key, value, err := keyValue(pair)
		if err != nil {
			return err
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, key), ':')
		dst, err = appendValue(dst, value, depth+1)
		return err
	})
	return dst, err
}
