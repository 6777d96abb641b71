package lex

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// The searches find what a walk byte by byte finds, in texts of any length and bytes.
func TestBrackets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []byte("ab_Yy\x7f\x00\xff'*8:;<(")
	for range 200_000 {
		text := make([]byte, rng.IntN(40))
		for i := range text {
			if rng.IntN(12) == 0 {
				text[i] = byte(rng.IntN(256))
			} else {
				text[i] = alphabet[rng.IntN(len(alphabet)-1)]
			}
		}
		from := rng.IntN(len(text) + 1)
		next := bytes.IndexAny(text[from:], "()[]{}")
		if next < 0 {
			next = len(text) - from
		}
		if got := NextBracket(text, from); got != from+next {
			t.Fatalf("NextBracket(%q, %d) = %d, want %d", text, from, got, from+next)
		}
		if got, want := LastBracket(text), bytes.LastIndexAny(text, "()[]{}"); got != want {
			t.Fatalf("LastBracket(%q) = %d, want %d", text, got, want)
		}
	}
}
