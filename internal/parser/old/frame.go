package old

import "bytes"

// frame gathers the members of one object that evidence needs.
type frame struct {
	under     key
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
func (f *frame) note(k key, v value) {
	switch k {
	case keyErrorCode:
		f.hasError, f.errorCode = true, v
	case keyNamedCode:
		if !f.hasNamed {
			f.hasNamed, f.named = true, v
		}
	case keyExtra, keyExtraCode:
		f.hasExtra, f.extra = true, v
	case keyCode:
		f.hasCode, f.code = !v.quoted, v
	case keyStatus:
		f.hasText = true
	case keyMessage:
		f.player = f.player || bytes.HasPrefix(v.text, []byte("Shaka Error "))
	case keyWhat:
		if n, end := leadingInt(v.text); end == len(v.text) && end > 0 {
			f.hasWhat, f.what = true, n
		}
	case keyGrade:
		if !v.quoted || !isGrade(v.text) {
			f.player = true
		}
	}
}
