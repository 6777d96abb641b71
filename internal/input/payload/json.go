package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds how deep values may be nested.
const maxDepth = 100

// reader walks through JSON without building it in memory.
type reader struct {
	d     *json.Decoder
	depth int
}

func newReader(body []byte) *reader {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return &reader{d: d}
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
		return r.invalid(fmt.Errorf("%v where %v belongs", t, open))
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
	return nil, r.invalid(fmt.Errorf("%v where a value belongs", t))
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
