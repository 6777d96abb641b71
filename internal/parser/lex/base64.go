package lex

import (
	"bytes"
)

// BreakBefore returns where the line before ended if t[i] begins one after blanks,
// as loggers indent lines, else i.
func BreakBefore(t []byte, low, i int) int {
	k := BackOverBlanks(t, low, i)
	if k < i && bytes.IndexByte(t[k:i], '\n') >= 0 || k < i && bytes.IndexByte(t[k:i], '\r') >= 0 {
		return k
	}
	return i
}

// BreakBehind returns where the next line begins if one ends at t[i], else i.
func BreakBehind(t []byte, i int) int {
	if i < len(t) && (t[i] == '\n' || t[i] == '\r') {
		for i < len(t) && IsSpace(t[i]) {
			i++
		}
	}
	return i
}

// StandardAlphabet turns the URL alphabet into the standard one and takes white
// space out, in place.
func StandardAlphabet(t []byte) []byte {
	out := t[:0]
	for _, c := range t {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case IsSpace(c):
			continue
		}
		out = append(out, c)
	}
	return out
}

// IsBase64 reports whether t holds letters of either alphabet of base64 only.
func IsBase64(t []byte) bool {
	for _, c := range t {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || IsDigit(c) || c == '+' || c == '/' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
