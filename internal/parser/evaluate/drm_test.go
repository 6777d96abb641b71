package evaluate

import (
	"slices"
	"testing"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
)

// A record without one of the parts is not searched for the words.
func TestComponentWordsHoldAPart(t *testing.T) {
	for _, w := range slices.Concat(servers.SessionWords, fairplayWords) {
		if !slices.ContainsFunc(componentParts, func(p lex.Needle) bool { return p.In(w) }) {
			t.Errorf("%s holds none of the parts", w)
		}
	}
}
