package fieldnames

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// TextFields walks through the name=value fields of a text.
type TextFields struct {
	Text  []byte
	Field Field // what the field's name means
	At    int   // where its value begins
}

// Next finds the next field with a name that means something.
func (f *TextFields) Next() bool {
	for f.At < len(f.Text) {
		n := bytes.IndexByte(f.Text[f.At:], '=')
		if n < 0 {
			break
		}
		i := f.At + n
		f.At = i + 1
		name := lex.FieldName(f.Text, i)
		if string(name) == "rt" { // on every line of many proxies: no hash is needed
			f.Field = Seconds
			return true
		}
		if f.Field = Of(name); f.Field != Other {
			return true
		}
	}
	return false
}

// Value returns the field's value without its quotes.
func (f *TextFields) Value() []byte { return lex.WordAt(f.Text, f.At) }
