package parser

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// frame gathers the members of one object that evidence needs.
type frame struct {
	under     fieldnames.Field
	level     int8 // escapes and encodings around the object
	first     int  // candidates before the object's own
	start     int  // where the object begins, of one that is read by its shape; -1: it holds others
	player    bool // holds a key that only a player writes
	hasError  bool // errorCode
	hasNamed  bool // the same under another name
	typed     bool // the number is in an object with its type
	hasExtra  bool
	hasWhat   bool
	hasCode   bool // code, as a number
	hasText   bool // message or status beside it: what a server body has
	errorCode value
	named     value
	extra     value
	code      value
	what      int
}

// value is a member's scalar: the text of a number, a word, or a string's content.
type value struct {
	text   []byte
	quoted bool
}

// note keeps a scalar member.
func (f *frame) note(k fieldnames.Field, v value) {
	switch k {
	case fieldnames.ErrorCode:
		f.hasError, f.errorCode = true, v
	case fieldnames.NamedCode:
		if !f.hasNamed {
			f.hasNamed, f.named = true, v
		}
	case fieldnames.Extra, fieldnames.ExtraCode:
		f.hasExtra, f.extra = true, v
	case fieldnames.Code:
		f.hasCode, f.code = !v.quoted, v
	case fieldnames.Status:
		f.hasText = true
	case fieldnames.Message:
		f.player = f.player || bytes.HasPrefix(v.text, []byte("Shaka Error "))
	case fieldnames.What:
		if n, end := lex.LeadingInt(v.text); end == len(v.text) && end > 0 {
			f.hasWhat, f.what = true, n
		}
	case fieldnames.Grade:
		if !v.quoted || !logtime.IsGrade(v.text) {
			f.player = true
		}
	}
}
