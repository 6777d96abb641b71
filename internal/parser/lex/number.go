package lex

import (
	"bytes"
)

// AllDigits reports whether t is digits only, at least one.
func AllDigits(t []byte) bool {
	for _, c := range t {
		if !IsDigit(c) {
			return false
		}
	}
	return len(t) > 0
}

// LeadingInt reads an integer with an optional minus sign; its size is bounded,
// since what is longer than a code is none.
func LeadingInt(t []byte) (n, end int) {
	i := 0
	if len(t) > 0 && t[0] == '-' {
		i = 1
	}
	first := i
	for ; i < len(t) && IsDigit(t[i]); i++ {
		if i-first < 9 {
			n = n*10 + int(t[i]-'0')
		}
	}
	if i == first {
		return 0, 0
	}
	if first == 1 {
		n = -n
	}
	return n, i
}

// IsNumber reports whether v is a plain number, or one in a string.
func IsNumber(v []byte) bool { return AllDigits(bytes.TrimPrefix(v, []byte{'-'})) }

// Number reads exactly n digits at b[i:].
func Number(b []byte, i, n int) (v int, ok bool) {
	if i+n > len(b) || n == 0 {
		return 0, false
	}
	for _, c := range b[i : i+n] {
		if !IsDigit(c) {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}
