package lex

import (
	"bytes"
)

// AnyIn reports whether t holds one of some words, in the case in which they are given.
func AnyIn(t []byte, anyOf [][]byte) bool {
	for _, w := range anyOf {
		if bytes.Contains(t, w) {
			return true
		}
	}
	return false
}

// Words returns the strings as bytes, for tables.
func Words(s ...string) [][]byte {
	b := make([][]byte, len(s))
	for i := range s {
		b[i] = []byte(s[i])
	}
	return b
}

// Contains reports whether name is in the list.
func Contains(list [][]byte, name []byte) bool {
	for _, n := range list {
		if bytes.Equal(n, name) {
			return true
		}
	}
	return false
}

// Set returns the set of some names.
func Set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// BeginsWithOne reports whether text begins with one of some words.
func BeginsWithOne(text []byte, of [][]byte) bool {
	for _, w := range of {
		if bytes.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

// FirstBytes returns the first bytes of all words of some lists.
func FirstBytes(lists ...[][]byte) (first [256]bool) {
	for _, l := range lists {
		for _, w := range l {
			first[w[0]] = true
		}
	}
	return first
}

// WordSet is a set of lower-case words, by their first byte in either case: a text
// is searched for all of them in one pass.
type WordSet [256][][]byte

// SetOf returns the set of the words of some lists.
func SetOf(lists ...[][]byte) *WordSet {
	s := new(WordSet)
	for _, l := range lists {
		for _, w := range l {
			c := w[0]
			s[c] = append(s[c], w)
			if c >= 'a' && c <= 'z' {
				s[c&^0x20] = append(s[c&^0x20], w)
			}
		}
	}
	return s
}

// In reports whether t holds one of the words in any case.
func (s *WordSet) In(t []byte) bool {
	for i, c := range t {
		for _, w := range s[c] {
			if len(w) <= len(t)-i && beginsFold(t[i:], w) {
				return true
			}
		}
	}
	return false
}

// beginsFold reports whether t begins with the lower-case word w in any case. t is
// not shorter than w.
func beginsFold(t, w []byte) bool {
	for i, want := range w {
		c := t[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != want {
			return false
		}
	}
	return true
}
