// Package strictyaml reads the YAML that people write: configurations, overlays, tests
// of rules.
//
// It promises that every fault of a file is reported at once, with its line: unknown and
// repeated keys, with the key that was probably meant; a list where a mapping belongs;
// numbers without a unit where a duration belongs; and whatever validation finds
// afterwards. What may be written is defined by Go types and their mapstructure tags. The
// size of a file is bounded by its reader, the number of its values, with aliases, here.
package strictyaml

import (
	"errors"
	"reflect"

	"github.com/go-viper/mapstructure/v2"

	"wvwatch/internal/fault"
)

// Document is what one file holds. It is used by one goroutine.
type Document struct {
	File string // its name in faults
	// Values are nested by key: mappings are map[string]any, those with free keys
	// map[string]string, lists []any and single values their text.
	Values map[string]any

	lines  map[string]int // path to line
	spoilt []string       // paths that lost their value to a fault
	faults fault.List
}

// Options change how a file is read.
type Options struct {
	Expand func(text string) (string, error) // replaces what single values hold; nil for nothing
}

// Read reads data, the content of the file of that name, as a T.
func Read[T any](file string, data []byte, o Options) *Document {
	d := &Document{File: file, lines: map[string]int{}}
	r := &reader{Document: d, schema: reflect.TypeFor[T](), expand: o.Expand}
	d.Values = r.document(data)
	return d
}

// Line returns the line of path, or of the nearest thing around it that is written in
// the file; 0 for none.
func (d *Document) Line(path string) int {
	for path != "" {
		if l := d.lines[path]; l > 0 {
			return l
		}
		path = Parent(path)
	}
	return 0
}

// Decode decodes the values into out, a pointer.
func (d *Document) Decode(out any) {
	c := &mapstructure.DecoderConfig{Result: out}
	Decoder(c)
	decoder, err := mapstructure.NewDecoder(c)
	if err == nil {
		err = decoder.Decode(d.Values)
	}
	d.Decoded(err, nil)
}

// Decoder sets how values are decoded: their texts are parsed here, for the first and
// only time.
func Decoder(c *mapstructure.DecoderConfig) {
	c.DecodeHook = mapstructure.DecodeHookFuncType(textHook)
	c.WeaklyTypedInput = false
	c.ZeroFields = true // a list replaces the default one, instead of being laid over its first items
}

// Decoded adds the faults in err, which a decoder has returned. origin returns
// the flag or variable that has set a path, or "" for none; it may be nil.
func (d *Document) Decoded(err error, origin func(path string) string) {
	switch e := err.(type) { //nolint:errorlint // it goes through the tree itself
	case nil:
	case *mapstructure.DecodeError:
		d.add(&fault.Error{Path: e.Name(), Message: e.Unwrap().Error()}, origin)
		d.spoilt = append(d.spoilt, e.Name())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			d.Decoded(one, origin)
		}
	case interface{ Unwrap() error }:
		d.Decoded(e.Unwrap(), origin)
	default:
		d.add(&fault.Error{Message: err.Error()}, origin)
	}
}

// Validated adds the faults in err, but for what follows only from a value that is lost
// already. origin is as for Decoded.
func (d *Document) Validated(err error, origin func(path string) string) {
	var list fault.List
	if !errors.As(err, &list) {
		list.Under("", err)
	}
	for _, e := range list {
		if !d.isSpoilt(e.Path) {
			d.add(e, origin)
		}
	}
}

// add adds e with its place.
func (d *Document) add(e *fault.Error, origin func(path string) string) {
	d.Place(e, origin)
	d.faults = append(d.faults, e)
}

// Place sets the file and line of e by its path, or what else has set that: origin is as
// for Decoded.
func (d *Document) Place(e *fault.Error, origin func(path string) string) {
	if e.File == "" {
		e.File, e.Line = d.File, d.Line(e.Path)
	}
	for p := e.Path; p != "" && origin != nil; p = Parent(p) {
		if from := origin(p); from != "" {
			e.File, e.Line = from, 0
		}
	}
}

func (d *Document) isSpoilt(path string) bool {
	for _, s := range d.spoilt {
		if within(path, s) || within(s, path) {
			return true
		}
	}
	return false
}

// Err returns every fault as a fault.List; nil where there is none.
func (d *Document) Err() error { return d.faults.Err() }
