package evaluate

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/tape"
)

// frame gathers the members of one object that evidence needs.
type frame struct {
	under     fieldnames.Field
	level     int8 // escapes and encodings around the object
	first     int  // candidates before the object's own
	player    bool // holds a key that only a player writes
	hasError  bool // errorCode
	hasNamed  bool // the same under another name
	typed     bool // the number is in an object with its type
	hasExtra  bool
	inExtra   bool // the extra is the code of an object
	hasWhat   bool
	hasCode   bool // code, as a number
	hasText   bool // message or status next to it: what a server body has
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

// note keeps a member of the object that is open. Where no frame is open, none can
// report a code.
func (s *Evaluator) note(k *tape.Token) {
	if n := len(s.frames); n > 0 {
		f := &s.frames[n-1]
		f.note(k)
		s.player = s.player || f.player
		return
	}
	if k.Field >= fieldnames.Message && k.Field <= fieldnames.Player {
		var f frame
		f.note(k)
		s.player = s.player || f.player
	}
}

// present notes a member of the open object that is no whole scalar.
func (s *Evaluator) present(k fieldnames.Field) {
	if n := len(s.frames); n > 0 && k == fieldnames.Message {
		s.frames[n-1].hasText = true
	} else if k != fieldnames.Message {
		s.player = true
		if n > 0 {
			s.frames[n-1].player = true
		}
	}
}

// note keeps a scalar member.
func (f *frame) note(k *tape.Token) {
	v := value{k.Text, k.Flags&tape.Quoted != 0}
	switch k.Field {
	case fieldnames.ErrorCode:
		f.hasError, f.errorCode, f.typed = true, v, f.typed || k.Flags&tape.Typed != 0
	case fieldnames.NamedCode:
		if f.typed = f.typed || k.Flags&tape.Typed != 0; !f.hasNamed {
			f.hasNamed, f.named = true, v
		}
	case fieldnames.Extra, fieldnames.ExtraCode:
		f.hasExtra, f.extra = true, v
	case fieldnames.Code:
		f.hasCode, f.code = !v.quoted, v
	case fieldnames.Status:
		f.hasText = true
	case fieldnames.Message:
		f.hasText, f.player = true, f.player || bytes.HasPrefix(v.text, []byte("Shaka Error "))
	case fieldnames.What:
		if n, end := lex.LeadingInt(v.text); end == len(v.text) && end > 0 {
			f.hasWhat, f.what = true, n
		}
	case fieldnames.Grade:
		f.player = f.player || !v.quoted || !logtime.IsGrade(v.text)
	case fieldnames.Player:
		f.player = true
	}
}
