package lex

import (
	"bytes"
)

// SkipValue returns the index after the value at t[i], or -1 where it breaks off.
func SkipValue(t []byte, i int) int {
	for depth := 0; i < len(t); {
		switch t[i] {
		case '"':
			end := ClosingQuote(t, i+1, '"')
			if end < 0 {
				return -1
			}
			i = end
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
		if depth == 0 && (i >= len(t) || t[i-1] == '"' || t[i-1] == '}' || t[i-1] == ']') {
			return i
		}
	}
	return -1
}

// SkipShort is SkipValue of a value shorter than most bytes; it is -1 for others.
func SkipShort(t []byte, i, most int) int {
	end := SkipValue(t[:min(len(t), i+most)], i)
	if end-i >= most {
		return -1
	}
	return end
}

// MemberName returns a key without its quotes and the index after it, or -1.
func MemberName(t []byte, i int) ([]byte, int) {
	if q := t[i]; q == '"' || q == '\'' {
		for end := i + 1; end < len(t); end++ { // names are short: a call costs more than the loop
			if t[end] == q {
				return t[i+1 : end], end + 1
			}
			if t[end] == '\\' {
				break
			}
		}
		end := ClosingQuote(t, i+1, q)
		if end < 0 {
			return nil, -1
		}
		return t[i+1 : end], end + 1
	}
	if t[i] == ':' {
		i++ // a symbol of Ruby's
	}
	end := i
	for end < len(t) && (IsWord(t[end]) || t[end] == '$' || t[end] == '-' || t[end] == '.') {
		end++
	}
	if end == i {
		return nil, -1
	}
	return t[i:end], end
}

// ScalarEnd returns the end of a number or word.
func ScalarEnd(t []byte, i int) int {
	for i < len(t) && !EndsScalar[t[i]] {
		i++
	}
	return i
}

// SkipSpace skips white space, however it is written; -1 is the end.
func SkipSpace(t []byte, i int) int {
	if i >= 0 && i < len(t) && isPlain(t[i]) {
		return i
	}
	return skipSpaces(t, i)
}

// springNewline is what Spring's exceptions write for the newlines of a body.
var springNewline = []byte("<EOL>")

func skipSpaces(t []byte, i int) int {
	if i < 0 {
		return len(t)
	}
	for i < len(t) {
		switch c := t[i]; {
		case IsSpace(c):
			i++
		case c == '\\': // Python prints the newlines of bytes so
			k := i
			for k < len(t) && t[k] == '\\' {
				k++
			}
			if k >= len(t) || t[k] != 'n' && t[k] != 't' && t[k] != 'r' {
				return i
			}
			i = k + 1
		case c == '<' && bytes.HasPrefix(t[i:], springNewline):
			i += len(springNewline)
		case c == '#' && i+3 < len(t) && t[i+1] == '0' && t[i+2] == '1' && IsDigit(t[i+3]):
			i += 4 // and syslog daemons those of messages
		default:
			return i
		}
	}
	return i
}

// Content takes the quotes off a value and reports whether it is nested.
func Content(v []byte) ([]byte, bool) {
	if v = bytes.TrimRight(v, " \t\r\n"); len(v) == 0 {
		return v, false
	}
	switch v[0] {
	case '{', '[':
		return v, true
	case '"', '\'':
		if n := len(v); n > 1 && v[n-1] == v[0] {
			return v[1 : n-1], false
		}
		return v[1:], false
	}
	return v, false
}
