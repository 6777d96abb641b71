package lex

import (
	"bytes"
)

// MaxLine bounds how much of a line is read for a request.
const MaxLine = 4 << 10

// FirstLine returns the first line of t without what ends it.
func FirstLine(t []byte) []byte {
	t = t[:min(len(t), MaxLine)]
	if i := bytes.IndexByte(t, '\n'); i >= 0 {
		t = t[:i]
	}
	if n := len(t); n > 0 && t[n-1] == '\r' {
		t = t[:n-1]
	}
	return t
}

// FirstWord returns what is before the first blank, colon, stroke or closing bracket.
func FirstWord(text []byte) []byte {
	if i := bytes.IndexAny(text, " \t:]|"); i >= 0 {
		return text[:i]
	}
	return text
}

// TrimLine takes the end of the line off t.
func TrimLine(t []byte) []byte {
	for len(t) > 0 && (t[len(t)-1] == '\n' || t[len(t)-1] == '\r') {
		t = t[:len(t)-1]
	}
	return t
}

// TrimBlanks takes blanks and tabs off the beginning of t.
func TrimBlanks(t []byte) []byte {
	i := 0
	for i < len(t) && (t[i] == ' ' || t[i] == '\t') {
		i++
	}
	return t[i:]
}

// FourWords returns the first four words of t.
func FourWords(t []byte) (f [4][]byte) {
	for k := range f {
		t = bytes.TrimLeft(t, " ")
		f[k], t, _ = bytes.Cut(t, []byte{' '})
	}
	return f
}
