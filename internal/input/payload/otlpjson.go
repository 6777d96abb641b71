package payload

import (
	"encoding/base64"
	"strconv"
)

// OTLPJSON writes the records of an ExportLogsServiceRequest in JSON, as OTLP's
// specification maps it, or of several. A value of another kind than its name has is kept
// as text: one bad value costs no batch.
func OTLPJSON(w *Writer, body []byte) error {
	r := newReader(body)
	return r.exports("resourceLogs", func(key string) error {
		if key != "resourceLogs" {
			return r.skip()
		}
		return r.array(func() error {
			w.beginStream()
			return r.object(func(key string) error {
				switch camel(key) {
				case "resource":
					return r.object(func(key string) error {
						if key != "attributes" {
							return r.skip()
						}
						return r.array(func() error {
							return r.keyValue(func(name string, v anyValue) {
								if v.plain {
									w.label(name, v.text)
								}
							})
						})
					})
				case "scopeLogs":
					return r.array(func() error { return w.otlpScope(r) })
				}
				return r.skip()
			})
		})
	})
}

func (w *Writer) otlpScope(r *reader) error {
	return r.object(func(key string) error {
		if camel(key) != "logRecords" {
			return r.skip()
		}
		return r.array(func() error { return w.otlpJSONRecord(r) })
	})
}

func (w *Writer) otlpJSONRecord(r *reader) error {
	w.beginRecord()
	var observed int64
	field := func(name string, v anyValue) {
		var text []byte
		if v.plain {
			text = v.text
		}
		w.noteField(name, text)
		f := append(appendString(append(w.record.fields, ','), []byte(name)), ':')
		w.record.fields = append(f, v.json...)
	}
	err := r.object(func(key string) (err error) {
		switch camel(key) {
		case "timeUnixNano":
			w.record.time, err = r.nanos()
		case "observedTimeUnixNano":
			observed, err = r.nanos()
		case "severityText":
			w.record.severity, err = r.text()
		case "body":
			var v anyValue
			if v, err = r.anyValue(); err != nil {
				return err
			}
			if w.record.text = v.text; !v.plain {
				w.record.text = nil
				field("body", v)
			}
		case "attributes":
			return r.array(func() error { return r.keyValue(field) })
		default:
			return r.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if w.record.time == 0 {
		w.record.time = observed
	}
	return w.endRecord()
}

// nanos reads a time; what is none is not known.
func (r *reader) nanos() (int64, error) {
	text, err := r.text()
	n, _ := strconv.ParseInt(string(text), 10, 64)
	return n, err
}

// anyValue is a value as JSON, and its text where it is a string or a number.
type anyValue struct {
	plain bool
	text  []byte
	json  []byte
}

// keyValue reads {"key": ..., "value": {...}}.
func (r *reader) keyValue(f func(name string, v anyValue)) error {
	var name []byte
	v := anyValue{json: []byte("null")}
	err := r.object(func(key string) (err error) {
		switch key {
		case "key":
			name, err = r.text()
		case "value":
			v, err = r.anyValue()
		default:
			err = r.skip()
		}
		return err
	})
	if err == nil {
		f(string(name), v)
	}
	return err
}

// anyValue reads {"stringValue": ...} and the like.
func (r *reader) anyValue() (v anyValue, err error) {
	err = r.object(func(key string) (err error) {
		v = anyValue{}
		switch kind := camel(key); kind {
		case "stringValue":
			v.text, err = r.text()
			v.plain, v.json = true, appendString(nil, v.text)
		case "intValue":
			v.text, err = r.text()
			v.plain, v.json = true, appendString(nil, v.text)
			if n, e := strconv.ParseInt(string(v.text), 10, 64); e == nil {
				v.json = strconv.AppendInt(nil, n, 10)
			}
		case "boolValue":
			v.json, err = r.text()
		case "doubleValue":
			var text []byte
			text, err = r.text()
			v.json = appendString(nil, text)
			if f, e := strconv.ParseFloat(string(text), 64); e == nil {
				v.json = appendFloat(nil, f)
			}
		case "bytesValue":
			var text []byte
			text, err = r.text()
			v.json = appendString(nil, text)
			if plain, e := base64.StdEncoding.AppendDecode(nil, text); e == nil {
				v.json = appendBytes(nil, plain)
			}
		case "arrayValue", "kvlistValue":
			v.json, err = r.values(kind == "kvlistValue")
		default:
			err = r.skip()
		}
		return err
	})
	if v.json == nil {
		v.json = []byte("null")
	}
	return v, err
}

// values reads {"values": [...]} as an array, or as an object where named.
func (r *reader) values(named bool) ([]byte, error) {
	var list []byte
	comma := func() {
		if len(list) > 0 {
			list = append(list, ',')
		}
	}
	err := r.object(func(key string) error {
		if key != "values" {
			return r.skip()
		}
		return r.array(func() error {
			if named {
				return r.keyValue(func(name string, v anyValue) {
					comma()
					list = append(append(appendString(list, []byte(name)), ':'), v.json...)
				})
			}
			v, err := r.anyValue()
			comma()
			list = append(list, v.json...)
			return err
		})
	})
	if named {
		return append(append([]byte{'{'}, list...), '}'), err
	}
	return append(append([]byte{'['}, list...), ']'), err
}
