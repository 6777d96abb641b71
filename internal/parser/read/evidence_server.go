package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// serverWords reads the text around the licence server's status: the code under
// names that are too common to be looked for, and the answer printed without names.
func serverWords(s *walker, t []byte, from, a int, at place) int {
	s.said(tape.ServerStatus)
	end := a + len(fieldnames.ServerStatus)
	if next, ok := s.encoded(t, from, a, at); ok {
		return max(next, end)
	}
	if at.member && from == a && end == len(t) {
		return end // the whole value of a member
	}
	if s.mayNameCode(t, from, a) {
		s.signs.NamedCodes(t, from, a, s.printedCode)
	}
	if code, w, ok := s.signs.Positional(t, end); ok {
		s.printedCode(code, w)
	}
	return end
}

// printedCode adds a code that was printed with the server's words.
func (s *walker) printedCode(code int, w signs.Weight) {
	tok := s.Add(tape.Code)
	tok.Num, tok.Evidence, tok.Weight = int64(code), result.ServerWords, w
}

// mayNameCode reports whether one of the names may be in the scope of t[a]. What was
// looked through without success is not looked through again.
func (s *walker) mayNameCode(t []byte, from, a int) bool {
	low, high := max(from, a-signs.MaxScope), min(len(t), a+signs.MaxScope)
	n := &s.nameless
	if n.text != &t[from] || n.low > low || n.high < low {
		*n = nameless{&t[from], low, low}
	}
	if holdsCodeName(t[max(low, n.high-longestCodeName):high]) {
		n.text = nil
		return true
	}
	n.high = max(n.high, high)
	return false
}

// nameless is a part of a text that holds no name of a code.
type nameless struct {
	text      *byte
	low, high int
}

func holdsCodeName(t []byte) bool {
	for _, name := range fieldnames.CodeNames {
		if lex.IndexFold(t, name) >= 0 {
			return true
		}
	}
	return false
}

var longestCodeName = func() (n int) {
	for _, name := range fieldnames.CodeNames {
		n = max(n, len(name))
	}
	return n
}()
