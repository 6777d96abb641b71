package lex

import (
	"encoding/binary"
	"math/bits"
)

// isBracket are the six of them, round, square and curly.
var isBracket = [256]bool{'(': true, ')': true, '[': true, ']': true, '{': true, '}': true}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// maybeBrackets sets the high bit of each byte of w that is a bracket, and of a few others.
func maybeBrackets(w uint64) uint64 {
	round := (w ^ ones*'(') &^ (ones * 0x01)                     // ( and )
	other := (w | ones*0x20) ^ (ones * '{')                      // [ as {, ] as }
	other &^= ones * 0x06                                        // { and }, y, _ and DEL
	return (round-ones)&^round&highs | (other-ones)&^other&highs // bytes that are 0
}

// NextBracket returns where the first bracket of t[i:] is, or the length of t.
func NextBracket(t []byte, i int) int {
	for ; i+8 <= len(t); i += 8 {
		for found := maybeBrackets(binary.LittleEndian.Uint64(t[i:])); found != 0; found &= found - 1 {
			if k := i + bits.TrailingZeros64(found)/8; isBracket[t[k]] {
				return k
			}
		}
	}
	for i < len(t) && !isBracket[t[i]] {
		i++
	}
	return i
}

// LastBracket returns where the last bracket of t is, or -1.
func LastBracket(t []byte) int {
	i := len(t)
	for ; i >= 8; i -= 8 {
		for found := maybeBrackets(binary.LittleEndian.Uint64(t[i-8:])); found != 0; {
			bit := 63 - bits.LeadingZeros64(found)
			if k := i - 8 + bit/8; isBracket[t[k]] {
				return k
			}
			found &^= 1 << bit
		}
	}
	for i--; i >= 0 && !isBracket[t[i]]; i-- {
	}
	return i
}
