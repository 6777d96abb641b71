package parser

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// serverWords reads the text around the licence server's status: the code under
// names that are too common to be looked for, and the answer printed without names.
func (s *scan) serverWords(t []byte, from, a int, at place) int {
	s.wordsSaid = true
	end := a + len(fieldnames.ServerStatus)
	if next, ok := s.encoded(t, from, a, at); ok {
		return max(next, end)
	}
	if at.member && from == a && end == len(t) {
		return end // the whole value of a member
	}
	s.signs.NamedCodes(t, from, a, s.printed2)
	if code, w, ok := s.signs.Positional(t, end); ok {
		s.printed2(code, w)
	}
	return end
}

// printed2 keeps a code that was printed with the server's words.
func (s *scan) printed2(code int, w signs.Weight) {
	s.add(candidate{code: code, evidence: result.ServerWords, path: s.lastPath, weight: w})
}
