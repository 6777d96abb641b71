package lex

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Texts of few different bytes hold most needles, at their ends, too.
func TestNeedlesAndFoldFindWhatBytesDo(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int, of string) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = of[rng.IntN(len(of))]
		}
		return string(b)
	}
	found := 0
	for range 20000 {
		text, word := []byte(random(rng.IntN(12), "apAP_")), random(1+rng.IntN(3), "ap_")
		n := &Needles(word)[0]
		if want := bytes.Contains(text, []byte(word)); n.In(text) != want {
			t.Fatalf("%q in %q: %v", word, text, !want)
		}
		want := bytes.Contains(bytes.ToLower(text), []byte(word))
		if HoldsFold(text, word) != want {
			t.Fatalf("%q in any case in %q: %v", word, text, !want)
		}
		if want {
			found++
		}
	}
	if found < 2000 {
		t.Errorf("%d of the words were found: too few to compare", found)
	}
}
