package read

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// SSM's own words: Swift prints the session server's code as Optional(1007),
// and one of its texts represents a code where no number does.

// sessionLimit is another text of the code for max active sessions are exceeded.
const sessionLimit = "USER_REACHED_MAXIMUM_SESSIONS_LIMIT"

// optional reads Optional(1007) after SSM's words.
func optional(s *walker, t []byte, from, a int, _ place) int {
	i := a + len("Optional(")
	digits := lex.SkipQuote(t, i)
	n, verdict, why := wholeCodeUntil(t, digits, closing(t, i, digits))
	if verdict == number.Nothing || !sessionWordsBefore(s, t, from, a) {
		return i
	}
	s.number(n, verdict, why, result.SessionWords, signs.SessionServer)
	return i
}

// sessionWordsBefore reports whether SSM's words are in t[from:a]. Questions
// go forwards, so what was searched without success is not searched again.
func sessionWordsBefore(s *walker, t []byte, from, a int) bool {
	if s.searched.text != &t[from] {
		s.searched.text, s.searched.to, s.searched.found = &t[from], from, false
	}
	const longest = 16 // a word may cross the last search's end
	if !s.searched.found {
		s.searched.found = lex.AnyIn(t[max(from, s.searched.to-longest):a], servers.SessionWords)
		s.searched.to = a
	}
	return s.searched.found
}

func sessionLimitText(s *walker, _ []byte, _, a int, _ place) int {
	s.said(tape.SessionLimit)
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
