package payload

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// Delivery is what Firehose wants to see again in the answer.
type Delivery struct {
	RequestID string // the same on every attempt
	Timestamp int64  // Unix milliseconds
}

// Firehose writes the records of a request to an HTTP endpoint: each record's data is
// base64 of lines, or of what CloudWatch Logs sends to a subscription, gzip with
// JSON in it.
func Firehose(w *Writer, body []byte) (d Delivery, err error) {
	w.beginStream()
	r := newReader(body)
	err = r.exports("records", func(key string) error {
		switch key {
		case "requestId":
			text, err := r.text()
			d.RequestID = string(text)
			return err
		case "timestamp":
			text, err := r.text()
			d.Timestamp, _ = strconv.ParseInt(string(text), 10, 64)
			return err
		case "records":
			return r.array(func() error { return w.firehoseRecord(r) })
		}
		return r.skip()
	})
	return d, err
}

func (w *Writer) firehoseRecord(r *reader) error {
	return r.object(func(key string) error {
		if key != "data" {
			return r.skip()
		}
		text, err := r.text()
		if err != nil {
			return err
		}
		data, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil {
			return fmt.Errorf("%w: data is not base64", ErrInvalid)
		}
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			return w.subscription(data)
		}
		w.records++
		w.out = append(w.out, data...)
		if n := len(data); n > 0 && data[n-1] != '\n' {
			w.out = append(w.out, '\n')
		}
		if len(w.out) > w.max {
			return ErrTooLarge
		}
		return nil
	})
}

// subscription writes the events of a subscription's message.
func (w *Writer) subscription(packed []byte) error {
	in, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	room := w.max - len(w.out)
	body, err := io.ReadAll(io.LimitReader(in, int64(room)+1))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(body) > room {
		return ErrTooLarge
	}
	return Subscription(w, body)
}

// Subscription writes the events of a message of a CloudWatch Logs subscription. A
// CONTROL_MESSAGE has none.
func Subscription(w *Writer, body []byte) error {
	w.beginStream()
	r := newReader(body)
	return r.object(func(key string) error {
		switch key {
		case "logGroup", "logStream", "owner":
			text, err := r.text()
			w.label(key, text)
			return err
		case "messageType":
			text, err := r.text()
			if string(text) == "CONTROL_MESSAGE" {
				w.control = true
			}
			return err
		case "logEvents":
			return r.array(func() error { return w.logEvent(r) })
		}
		return r.skip()
	})
}

func (w *Writer) logEvent(r *reader) error {
	w.beginRecord()
	w.record.text = []byte{}
	err := r.object(func(key string) (err error) {
		var text []byte
		switch key {
		case "timestamp":
			text, err = r.text()
			ms, _ := strconv.ParseInt(string(text), 10, 64)
			w.record.time = ms * 1e6
		case "message":
			if text, err = r.text(); text != nil {
				w.record.text = text
			}
		default:
			err = r.skip()
		}
		return err
	})
	if err != nil || w.control {
		return err
	}
	return w.endRecord()
}
