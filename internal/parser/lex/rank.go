package lex

import (
	"bytes"
	"strings"
)

// common holds the bytes of logs, the most frequent first.
const common = " etaoinsrhldcumpgfybwvk0123456789\":,./-_=TSEAIRO[]{}()jxqzNDLCMUPG"

// Rank returns how many bytes logs hold more often than c.
func Rank(c byte) int { return int(ranks[c]) }

var ranks = func() (of [256]uint8) {
	for c := range of {
		of[c] = uint8(len(common))
		if r := strings.IndexByte(common, byte(c)); r >= 0 {
			of[c] = uint8(r)
		}
	}
	return of
}()

// Rarest returns the index of the byte of w that is the rarest in logs.
func Rarest(w string) (at int) {
	for i := range len(w) {
		if ranks[w[i]] > ranks[w[at]] {
			at = i
		}
	}
	return at
}

// Needle is a text that others are searched for, by its rarest byte.
type Needle struct {
	text string
	rare int
}

// Needles returns the needles of some texts.
func Needles(texts ...string) (n []Needle) {
	for _, t := range texts {
		n = append(n, Needle{t, Rarest(t)})
	}
	return n
}

// In reports whether t holds the text.
func (n *Needle) In(t []byte) bool {
	for i := n.rare; i+len(n.text)-n.rare <= len(t); i++ {
		at := bytes.IndexByte(t[i:], n.text[n.rare])
		if at < 0 {
			return false
		}
		i += at
		if start := i - n.rare; start+len(n.text) <= len(t) && string(t[start:start+len(n.text)]) == n.text {
			return true
		}
	}
	return false
}
