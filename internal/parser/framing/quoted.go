package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// A body in quoted-printable, as mail has it: bytes are =XX, and a line that ends in an
// equals sign goes on in the next one.

// addQuoted adds the line e to the record in o if the line before was broken, and reports
// whether it did.
func (o *open) addQuoted(p *Framer, e *envelope, at Span) bool {
	if !o.live || !o.broken || p.multiline.Off || p.multiline.First != nil || o.full() || e.perLine && o.tag != e.tag {
		return false
	}
	o.goOn(p, e, at)
	o.text = append(o.text[:len(o.text)-1], e.Text...)
	n := len(e.Text)
	o.quoted, o.broken = true, n > 0 && e.Text[n-1] == '='
	return true
}

// breaks notes that the last line of o, which ends in an equals sign, goes on in the next
// one, if it does so inside an object.
func (o *open) breaks(line []byte) {
	if o.live && (bytes.LastIndexByte(line, '{') > bytes.LastIndexByte(line, '}') || bytes.Contains(line, escapedBrace)) {
		o.broken, o.encoded = true, true
	}
}

var escapedBrace, equalsSign = []byte("=7B"), []byte("=")

// unquote decodes the record in o from its first object on.
func (o *open) unquote() {
	begin := bytes.IndexByte(o.text, '{')
	if i := bytes.Index(o.text, escapedBrace); i >= 0 && (begin < 0 || i < begin) {
		begin = i
	}
	if begin >= 0 {
		o.text = lex.Unquote(o.text[:begin], o.text[begin:])
	}
}
