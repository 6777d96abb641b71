package fieldnames

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// TypedNumber reads a number that is written as an object with its type at t[i], as
// MongoDB's {"$numberInt":"4025"} is, and returns where it ends; 0 where there is none.
func TypedNumber(t []byte, i int) (v []byte, end int) {
	if end = lex.SkipShort(t, i, lex.MaxField+1); end < 0 {
		return nil, 0
	}
	m := MembersOf(t[i:end])
	if !m.Next() || m.Nested || !IsTypedValue(m.Name) && !bytes.HasPrefix(m.Name, []byte("$number")) && !numberTypes[string(m.Name)] {
		return nil, 0
	}
	return m.Value, end
}

// numberTypes and textTypes are how Avro and DynamoDB name the types of values.
var (
	numberTypes = lex.Set("int", "long", "N")
	textTypes   = lex.Set("string", "S", "stringValue")
)

// TypedText returns the text of a value that is written as an object with its type:
// {"string":"UNGRANTED_REQUEST"}, or v itself.
func TypedText(v []byte) []byte {
	if len(v) > 0 && v[0] == '{' {
		if m := MembersOf(v); m.Next() && !m.Nested && textTypes[string(m.Name)] {
			return m.Value
		}
	}
	return v
}
