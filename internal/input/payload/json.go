package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep values may be nested.
const maxDepth = 100

// reader walks through JSON without building it in memory.
type reader struct {
	body  []byte
	d     *json.Decoder
	depth int
}

func newReader(body []byte) *reader {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return &reader{body: body, d: d}
}

// rest returns what follows the values that were read.
func (r *reader) rest() []byte { return bytes.TrimLeft(r.body[r.d.InputOffset():], " \t\r\n") }

// exports reads objects, one after the other, to the end of the body. It calls member
// with the name of each member, which must read its value. An object that has members,
// but not the wanted one, is none of them: its sender has the wrong path.
func (r *reader) exports(wanted string, member func(name string) error) error {
	for {
		has, other := false, ""
		err := r.object(func(key string) error {
			name := camel(key)
			if has = has || name == wanted; !has {
				other = key
			}
			return member(name)
		})
		switch {
		case err != nil:
			return err
		case !has && other != "":
			return fmt.Errorf("%w: an object with %.40q and without %q", ErrInvalid, other, wanted)
		case len(r.rest()) == 0:
			return nil
		}
	}
}

// camel returns the name of a field of protobuf in the form that JSON has it in: some
// senders write resource_logs for resourceLogs.
func camel(name string) string {
	first, rest, ok := strings.Cut(name, "_")
	for ok && rest != "" {
		var word string
		word, rest, ok = strings.Cut(rest, "_")
		if word != "" {
			first += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return first
}

func (r *reader) token() (json.Token, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, r.invalid(err)
	}
	return t, nil
}

// object calls member with the key of each member of the value that comes next; it
// must read the member's value. null is an empty object.
func (r *reader) object(member func(key string) error) error {
	return r.compound('{', func() error {
		key, err := r.token()
		if err != nil {
			return err
		}
		name, _ := key.(string) // the library allows nothing else
		return member(name)
	})
}

// array calls element for each element of the value that comes next; it must read
// it. null is an empty array.
func (r *reader) array(element func() error) error { return r.compound('[', element) }

func (r *reader) compound(open json.Delim, each func() error) error {
	t, err := r.token()
	if err != nil || t == nil {
		return err
	}
	if t != open {
		return r.invalid(fmt.Errorf("%v, want %v", t, open))
	}
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrInvalid, maxDepth)
	}
	for r.d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	r.depth--
	_, err = r.token()
	return err
}

// text reads a string, a number or a bool as text; nil for null.
func (r *reader) text() ([]byte, error) {
	t, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case string:
		return []byte(t), nil
	case json.Number:
		return []byte(t), nil
	case bool:
		return fmt.Append(nil, t), nil
	case nil:
		return nil, nil
	}
	return nil, r.invalid(fmt.Errorf("%v, want a value", t))
}

// skip passes over the value that comes next.
func (r *reader) skip() error {
	t, err := r.token()
	for depth := 0; err == nil; t, err = r.token() {
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: nested deeper than %d", ErrInvalid, maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
	return err
}

// decode reads the value that comes next into v.
func (r *reader) decode(v any) error {
	if err := r.d.Decode(v); err != nil {
		return r.invalid(err)
	}
	return nil
}

// invalid adds to err where in the body it is.
func (r *reader) invalid(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w at byte %d", ErrInvalid, err, r.d.InputOffset())
}
