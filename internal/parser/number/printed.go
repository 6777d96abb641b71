package number

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// Printed reads a code that a language printed with its type: 4025.0, 4025L,
// NumberInt(4025).
func Printed(v []byte) (code int, ok bool) {
	v = bytes.Trim(v, " []\"'")
	if i := bytes.IndexByte(v, '('); i > 0 && i <= MaxWrapper && v[len(v)-1] == ')' {
		v = v[i+1 : len(v)-1]
	}
	n, is, _ := Whole(v)
	if is == Refused && n >= MinCode && (IsFloatCode(v) || len(v) == 5 && v[4] == 'L') {
		n, _ = lex.LeadingInt(v)
		return n, n >= MinCode
	}
	return n, is == IsCode
}

// MaxWrapper bounds the words that a language puts around a number: int(4025), Some(4025), %!d(float64=4025).
const MaxWrapper = 12

// IsLong reports whether t begins with a code and Python's or Java's sign of a long.
func IsLong(t []byte) bool {
	n, k := lex.LeadingInt(t)
	return k == 4 && n >= MinCode && len(t) > 4 && t[4] == 'L' && (len(t) == 5 || !lex.Touches(t[5]))
}

// IsHeading reports whether t begins with a code and the colon before its text:
// errorCode 4025: Invalid request.
func IsHeading(t []byte) bool {
	n, k := lex.LeadingInt(t)
	return k == 4 && n >= MinCode && len(t) > 5 && t[4] == ':' && lex.IsSpace(t[5])
}

// IsFloatCode reports whether t begins with a code that was printed as a decimal
// fraction: 4025.0.
func IsFloatCode(t []byte) bool {
	n, k := lex.LeadingInt(t)
	if k != 4 || n < MinCode || len(t) < 6 || t[4] != '.' {
		return false
	}
	i := 5
	for i < len(t) && t[i] == '0' {
		i++
	}
	return i > 5 && (i == len(t) || !lex.Touches(t[i]))
}
