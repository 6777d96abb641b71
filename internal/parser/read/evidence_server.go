package read

import (
	"wvwatch/internal/parser/fieldnames"
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
	s.signs.NamedCodes(t, from, a, &s.names, s.printedCode)
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
