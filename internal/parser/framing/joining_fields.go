package framing

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// The members of a server's body as YAML, prototext and PowerShell print them, one
// a line: they make one record, until one comes again.

// bodyField returns a bit for the member of a server's body that a line holds,
// "errorCode: 4025" or "<errorCode>4025</errorCode>", or 0.
func bodyField(text []byte) uint8 {
	if len(text) > 4 && text[0] == '<' && text[len(text)-1] == '>' {
		if i := bytes.IndexByte(text, '>'); i < len(text)-1 {
			return fieldBit(text[1:i])
		}
		return 0
	}
	end := 0
	for end < len(text) && end < lex.MaxField && lex.InName[text[end]] {
		end++
	}
	i := lex.SkipBlanks(text, end)
	if end < 4 || i >= len(text) || text[i] != ':' && text[i] != '=' || i+1 < len(text) && !lex.IsSpace(text[i+1]) && text[i] == ':' {
		return 0
	}
	return fieldBit(text[:end])
}

// fieldBit returns the bit for the name of a member of a server's body, or 0.
func fieldBit(name []byte) uint8 {
	switch string(name) {
	case "status", "Status":
		return 1
	case "code", "Code":
		return 2
	case "message", "Message":
		return 4
	}
	if k := fieldnames.OfMember(name); k == fieldnames.ErrorCode || k == fieldnames.NamedCode {
		return 8
	}
	return 0
}

// continuesFields reports whether text is a further member of the body that the
// record in o holds, or begins one that its only line announced.
func (o *open) continuesFields(text []byte) bool {
	f := bodyField(text)
	if f == 0 || o.fields&f != 0 {
		return false
	}
	if o.fields == 0 {
		first := o.first
		if o.wrapped {
			first, _, _ = bytes.Cut(o.text[o.head:], []byte{'\n'})
		}
		if o.several || !o.wrapped && o.at.First != o.at.Last {
			return false
		}
		if first = bytes.TrimSpace(first); len(first) > 0 && first[len(first)-1] == ':' {
			o.fields = f
			return true
		}
		if o.fields = bodyField(first); o.fields == 0 && lex.WordIn(first, fieldnames.ServerStatus) >= 0 {
			o.fields = 1
		}
		if o.fields == 0 || o.fields == f {
			return false
		}
	}
	o.fields |= f
	return true
}
