package fieldnames

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// MemberReader walks through the own members of one object, or of a list of pairs as
// OpenTelemetry writes objects: [{"key":"errorCode","value":{"intValue":"4025"}}].
type MemberReader struct {
	text   []byte
	at     int
	pairs  bool
	Name   []byte
	Field  Field
	Value  []byte // of a string its content; of an object or array its text
	Nested bool   // the value is an object or an array
}

// MembersOf returns a reader of the members of object, which is borrowed.
func MembersOf(object []byte) MemberReader {
	return MemberReader{text: object, at: 1, pairs: len(object) > 0 && object[0] == '['}
}

// Next reads the next member; where the text is no object any more there is none.
func (m *MemberReader) Next() bool {
	t, i := m.text, lex.SkipSpace(m.text, m.at)
	for i < len(t) && t[i] == ',' {
		i = lex.SkipSpace(t, i+1)
	}
	if i >= len(t) || t[i] == '}' || t[i] == ']' {
		return false
	}
	if m.pairs {
		p, end := PairAt(t, i)
		if end < 0 {
			if end = lex.SkipValue(t, i); end < 0 {
				return false
			}
		}
		m.Name, m.Value, m.Nested, m.at = p.Name, p.Value, p.Nested, end
		m.Field = OfMember(m.Name)
		return true
	}
	name, after := lex.MemberName(t, i)
	i = lex.SkipSpace(t, after)
	if after < 0 || i >= len(t) || t[i] != ':' && t[i] != '=' {
		return false
	}
	if t[i] == '=' && i+1 < len(t) && t[i+1] == '>' {
		i++
	}
	i = lex.SkipSpace(t, i+1)
	if i >= len(t) {
		return false
	}
	end := lex.SkipValue(t, i)
	if end < 0 {
		end = len(t)
	}
	m.Name, m.Field, m.at = name, OfMember(name), end
	m.Value, m.Nested = lex.Content(t[i:end])
	return true
}

// OfMember is Of for a name that may have a path before it: body.message.
func OfMember(name []byte) Field {
	k := In(Other, name)
	if k == Other && len(name) > 0 {
		if i := bytes.LastIndexByte(name, '.'); i >= 0 {
			switch k := Of(name[i+1:]); k {
			case Message, Status, Code:
				return k
			}
		}
		var low [8]byte
		if len(name) < len(low) && lex.IsUpper(name[0]) {
			switch k := Of(lex.Lower(low[:0], name)); k {
			case Message, Status, Code:
				return k
			}
		}
	}
	return k
}

// Pair is one element of a list of pairs.
type Pair struct {
	Name   []byte
	Value  []byte
	Nested bool
	Start  int // of the value
	Quoted bool
}

// PairNames are what the name of a pair is called.
var PairNames = lex.Words("key", "name", "field", "Key", "Name", "k")

// PairAt reads a pair at t[i], and returns where it ends; -1 where there is none.
func PairAt(t []byte, i int) (p Pair, end int) {
	if i >= len(t) || t[i] != '{' {
		return p, -1
	}
	j := lex.SkipSpace(t, i+1)
	if j >= len(t) || t[j] != '"' {
		return p, -1
	}
	name, after := lex.MemberName(t, j)
	if after < 0 || !lex.Contains(PairNames, name) {
		return p, -1
	}
	if j = lex.SkipSpace(t, after); j >= len(t) || t[j] != ':' {
		return p, -1
	}
	if j = lex.SkipSpace(t, j+1); j >= len(t) || t[j] != '"' {
		return p, -1
	}
	close := lex.ClosingQuote(t, j+1, '"')
	if close < 0 {
		return p, -1
	}
	p.Name = t[j+1 : close]
	if j = lex.SkipSpace(t, close+1); j >= len(t) || t[j] != ',' {
		return p, -1
	}
	if j = lex.SkipSpace(t, j+1); j >= len(t) || t[j] != '"' {
		return p, -1
	}
	second, after := lex.MemberName(t, j)
	if after < 0 || len(second) == 0 || second[0]|0x20 != 'v' {
		return p, -1
	}
	if j = lex.SkipSpace(t, after); j >= len(t) || t[j] != ':' {
		return p, -1
	}
	j = lex.SkipSpace(t, j+1)
	if end = lex.SkipValue(t, i); end < 0 || j >= end {
		return p, -1
	}
	p.Start = j
	if t[j] == '{' { // {"stringValue":"..."}
		object := t[j:end]
		for m := MembersOf(object); m.Next(); {
			if IsTypedValue(m.Name) {
				p.Start = j + cap(object) - cap(m.Value)
				p.Value, p.Nested = m.Value, m.Nested
				if p.Quoted = t[p.Start-1] == '"'; p.Quoted {
					p.Start--
				}
				return p, end
			}
		}
	}
	stop := lex.SkipValue(t, j)
	if stop < 0 {
		return p, -1
	}
	p.Value, p.Nested = lex.Content(t[j:stop])
	p.Quoted = t[j] == '"'
	return p, end
}

// IsTypedValue reports whether a name is one of a value with its type: intValue,
// string_value.
func IsTypedValue(name []byte) bool {
	n := len(name)
	return n >= 5 && (string(name[n-5:]) == "Value" || string(name[n-5:]) == "value")
}
