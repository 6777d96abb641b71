package old

// wordSet is a set of lower-case words, by their first byte in either case: a text
// is searched for all of them in one pass.
type wordSet [256][][]byte

// setOf returns the set of the words of some lists.
func setOf(lists ...[][]byte) *wordSet {
	s := new(wordSet)
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

// in reports whether t holds one of the words in any case.
func (s *wordSet) in(t []byte) bool {
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
