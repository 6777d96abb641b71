package parser

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
)

// SSM's own words: Swift prints the session server's code as Optional(1007),
// and one of its texts stands for a code where no number does.

// sessionLimit is another text of sessionLimitCode, max active sessions are exceeded.
const (
	sessionLimit     = "USER_REACHED_MAXIMUM_SESSIONS_LIMIT"
	sessionLimitCode = 1007
)

// optional reads Optional(1007) behind SSM's words.
func (s *scan) optional(t []byte, from, a int, _ place) int {
	i := a + len("Optional(")
	digits := lex.SkipQuote(t, i)
	n, verdict, why := wholeCodeUntil(t, digits, closing(t, i, digits))
	if verdict == number.Nothing || !s.sessionWordsBefore(t, from, a) {
		return i
	}
	if verdict == number.Refused {
		s.refuse(n, why)
		return i
	}
	s.candidate(n, result.SessionWords, signs.SessionServer)
	return i
}

// sessionWordsBefore reports whether SSM's words stand in t[from:a]. Questions
// go forwards, so what was searched without success is not searched again.
func (s *scan) sessionWordsBefore(t []byte, from, a int) bool {
	if s.searched.text != &t[from] {
		s.searched.text, s.searched.to, s.searched.found = &t[from], from, false
	}
	const longest = 16 // a word may lie across the last search's end
	if !s.searched.found {
		s.searched.found = lex.AnyIn(t[max(from, s.searched.to-longest):a], servers.SessionWords)
		s.searched.to = a
	}
	return s.searched.found
}

// sessionText counts the session limit's text where the record has nothing better.
func (s *scan) sessionText() {
	if len(s.candidates) == 0 && len(s.p.out.Refusals) == s.vetoed && s.limitSaid {
		s.candidate(sessionLimitCode, result.SessionWords, signs.SessionServer)
	}
}

func (s *scan) sessionLimit(_ []byte, _, a int, _ place) int {
	s.limitSaid = true
	return a + len(sessionLimit)
}

// closing returns what ends the value at t[digits], which began at t[i].
func closing(t []byte, i, digits int) byte {
	switch {
	case digits == i:
		return ')'
	case digits-i > 1:
		return '\\' // of the quote's escape
	}
	return t[i]
}

func wholeCodeUntil(t []byte, i int, end byte) (int, number.Verdict, result.Reason) {
	n := bytes.IndexByte(t[i:min(len(t), i+12)], end)
	if n < 0 {
		return 0, number.Nothing, 0
	}
	return number.Whole(t[i : i+n])
}
