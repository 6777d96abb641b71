package lex

import (
	"bytes"
)

// HoldsFold reports whether t holds the lower-case text w in any case.
func HoldsFold(t []byte, w string) bool {
	if w == "" || len(t) < len(w) {
		return false
	}
	rare := Rarest(w)
	places := t[rare : len(t)-len(w)+rare+1] // of that byte
	if holdsFold(t, places, w, w[rare]) {
		return true
	}
	return w[rare] >= 'a' && w[rare] <= 'z' && holdsFold(t, places, w, w[rare]-'a'+'A')
}

// holdsFold is HoldsFold where the rarest byte of w is c in t, in one of places, which are
// those of the first byte of w, moved.
func holdsFold(t, places []byte, w string, c byte) bool {
	for i := 0; i < len(places); i++ {
		n := bytes.IndexByte(places[i:], c)
		if n < 0 {
			return false
		}
		i += n
		if EqualFold(t[i:i+len(w)], w) {
			return true
		}
	}
	return false
}

// EqualFold compares t with lower-case ASCII.
func EqualFold(t []byte, w string) bool {
	for i, c := range t {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != w[i] {
			return false
		}
	}
	return true
}

// HasFold reports whether t holds one of some lower-case words in any case.
func HasFold(t []byte, anyOf [][]byte) bool {
	for _, w := range anyOf {
		lower, upper := w[0], w[0]-'a'+'A'
		for _, first := range [...]byte{lower, upper} {
			for i := 0; i+len(w) <= len(t); {
				n := bytes.IndexByte(t[i:len(t)-len(w)+1], first)
				if n < 0 {
					break
				}
				i += n
				if bytes.EqualFold(t[i:i+len(w)], w) {
					return true
				}
				i++
			}
		}
	}
	return false
}

// WordIn returns where t holds a word that nothing touches, or -1.
func WordIn(t []byte, word string) int {
	for i := 0; i < len(t); {
		n := bytes.Index(t[i:], []byte(word))
		if n < 0 {
			break
		}
		i += n
		if end := i + len(word); (i == 0 || !IsWord(t[i-1]) || i > 1 && t[i-2] == '\\') && (end == len(t) || !IsWord(t[end])) {
			return i
		}
		i += len(word)
	}
	return -1
}

// IndexFold returns where t holds the text w in any case, or -1. It is linear: each case of
// the first byte is searched for once.
func IndexFold(t, w []byte) int {
	if len(w) > len(t) {
		return -1
	}
	firsts := t[:len(t)-len(w)+1]
	lower, upper := indexFrom(firsts, 0, w[0]|0x20), indexFrom(firsts, 0, w[0]&^0x20)
	for {
		i := min(lower, upper)
		if i == len(firsts) {
			return -1
		}
		if bytes.EqualFold(t[i:i+len(w)], w) {
			return i
		}
		if lower == i {
			lower = indexFrom(firsts, i+1, w[0]|0x20)
		}
		if upper == i {
			upper = indexFrom(firsts, i+1, w[0]&^0x20)
		}
	}
}

// indexFrom returns the index of c in t from i on, or the length of t.
func indexFrom(t []byte, i int, c byte) int {
	if n := bytes.IndexByte(t[i:], c); n >= 0 {
		return i + n
	}
	return len(t)
}

// Lower appends t in lower case, ASCII only.
func Lower(dst, t []byte) []byte {
	for _, c := range t {
		if IsUpper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
