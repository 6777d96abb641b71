// Package lex reads bytes as loggers write them: classes of bytes, numbers, quotes,
// escapes, base64, tokens of JSON, paths of members, fields of logfmt, URLs.
//
// It knows no field's meaning and no evidence. All functions are pure and allocate
// nothing, apart from those that append to a buffer of the caller's.
package lex

import (
	"unicode"
	"unicode/utf8"
)

// BeginsField reports whether a field's name may begin after c. A query
// parameter's name is no field of the record.
func BeginsField(c byte) bool {
	return !IsWord(c) && c != '-' && c != '.' && c != '?' && c != '&' && c != '%' && c != '$'
}

// EscapedSpace reports whether t ends in white space as strings escape it.
func EscapedSpace(t []byte) bool {
	n := len(t)
	return n > 1 && t[n-2] == '\\' && (t[n-1] == 'n' || t[n-1] == 't' || t[n-1] == 'r')
}

// MaxName bounds a tenant's name and an id.
const MaxName = 128

// IsName reports whether t may be a tenant or the name of a field: letters, digits, _ - and . only.
func IsName(t []byte) bool {
	if len(t) == 0 || len(t) > MaxName/2 {
		return false
	}
	for _, c := range t {
		if !IsWord(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// IsID reports whether t may be a correlation or request id: one word of 4 to MaxName bytes.
func IsID(t []byte) bool {
	if len(t) < 4 || len(t) > MaxName {
		return false
	}
	for _, c := range t {
		if EndsID[c] {
			return false
		}
	}
	return true
}

// EndsID holds the bytes that end an id.
var EndsID = [256]bool{' ': true, '\t': true, '\n': true, '\\': true, '"': true, '{': true, '}': true}

// IsUpper reports whether c is an ASCII capital.
func IsUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// IsSpace reports whether c is white space in JSON.
func IsSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// EndsScalar holds the bytes that end a number or a word of JSON.
var EndsScalar = [256]bool{',': true, '}': true, ']': true, '{': true, '[': true, '"': true, '\'': true, ' ': true,
	'\t': true, '\n': true, '\r': true, ':': true, '\\': true, '#': true, '<': true}

func isPlain(c byte) bool { return c > ' ' && c != '#' && c != '\\' && c != '<' }

// Touches reports whether c next to a number makes it part of something else.
func Touches(c byte) bool {
	return IsWord(c) || c == '-' || c == '.' || c == ':' || c == '%'
}

// LetterAt reports whether t begins with a letter that is not ASCII.
func LetterAt(t []byte) bool {
	if t[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRune(t)
	return unicode.IsLetter(r)
}

// IsWord reports whether c is an ASCII letter, a digit or an underscore.
func IsWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || IsDigit(c) || c == '_'
}

// InName holds the bytes of field names.
var InName = func() (in [256]bool) {
	for c := range in {
		in[c] = IsWord(byte(c)) || c == '-' || c == '.' || c == '@'
	}
	return in
}()

// IsDigit reports whether c is an ASCII digit.
func IsDigit(c byte) bool { return c >= '0' && c <= '9' }
