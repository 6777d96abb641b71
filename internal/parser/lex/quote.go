package lex

import (
	"bytes"
)

// SkipMarks passes over what separates two values: quotes, commas, blanks, strokes.
func SkipMarks(t []byte, i int) (int, bool) {
	start := i
	for i < len(t) && i-start < 8 && (IsSpace(t[i]) || t[i] == '"' || t[i] == '\'' || t[i] == ',' || t[i] == ';' || t[i] == '|' || t[i] == '\\' || t[i] == '/' || t[i] == ':') {
		i++
	}
	return i, i > start && i < len(t) && IsDigit(t[i])
}

// BackOverBlanks returns where the white space before t[k] begins, not before low.
func BackOverBlanks(t []byte, low, k int) int {
	for k > low && IsSpace(t[k-1]) {
		k--
	}
	return k
}

// OpeningQuote returns how the quote before the first name in an object is written:
// how many there are, two in a field of CSV, and how many backslashes are before it.
func OpeningQuote(t []byte, i int) (quotes, backslashes int) {
	i = SkipSpace(t, i)
	k := i
	for k < len(t) && t[k] == '\\' {
		k++
	}
	switch {
	case k >= len(t):
	case k+2 < len(t) && t[k] == '"' && t[k+1] == '"' && IsWord(t[k+2]):
		return 2, 0
	case k > i && (t[k] == '"' || t[k] == '\'' || t[k] == 'x' || t[k] == 'u'):
		return 1, k - i
	}
	return 1, 0
}

// Separator skips what is between a field's name and its value in text:
// closing quote or bracket, blanks, one of = : =>, blanks, opening quote.
func Separator(t []byte, i int) (next int, ok bool) {
	i = SkipQuote(t, i)
	if i < len(t) && t[i] == ']' { // PHP
		i++
	} else if i+1 < len(t) && t[i] == '>' && t[i+1] == '>' { // Erlang
		i += 2
	}
	i = SkipBlanks(t, i)
	switch {
	case i < len(t) && t[i] == ':':
		i++
	case i < len(t) && t[i] == '=':
		i++
		if i < len(t) && t[i] == '>' {
			i++
		}
	default:
		return i, false
	}
	return SkipQuote(t, SkipBlanks(t, i)), true
}

// SkipQuote returns the index after an opening quote at t[i], however it is escaped, or i.
func SkipQuote(t []byte, i int) int {
	k := i
	for k < len(t) && t[k] == '\\' {
		k++
	}
	if k < len(t) && (t[k] == '"' || t[k] == '\'') {
		return k + 1
	}
	if k > i && k+2 < len(t) && t[k] == 'x' && t[k+1] == '2' && (t[k+2] == '2' || t[k+2] == '7') {
		return k + 3
	}
	return i
}

// maxBlanks bounds the blanks between a name and its value: some align them.
const maxBlanks = 16

// SkipBlanks returns the index after the blanks at t[i], of which there are at most 16.
func SkipBlanks(t []byte, i int) int {
	for n := 0; n < maxBlanks && i < len(t) && (t[i] == ' ' || t[i] == '\t'); n++ {
		i++
	}
	return i
}

// ClosingQuote returns the index of the quote q that ends the string with its text
// from t[i] on, or -1.
func ClosingQuote(t []byte, i int, q byte) int {
	for i < len(t) {
		n := bytes.IndexByte(t[i:], q)
		if n < 0 {
			return -1
		}
		k := i + n
		if k == i || t[k-1] != '\\' || !Escaped(t[i:], n) {
			return k
		}
		i = k + 1
	}
	return -1
}

// Escaped reports whether an odd number of backslashes is before t[i].
func Escaped(t []byte, i int) bool {
	n := 0
	for i-1-n >= 0 && t[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}
