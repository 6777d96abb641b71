package parser

import (
	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// errorCode=N outside an object: players write it too, so it counts only where
// the record shows a Widevine licence URL, or SSM's words, and no sign of a player.
func (s *scan) errorCodeText(t []byte, from, a int, at place) int {
	if next, ok := s.encoded(t, from, a, at); ok {
		return next
	}
	end := a + len("errorCode")
	start := a
	if a > from && (lex.IsWord(t[a-1]) || t[a-1] == '-') && !lex.EscapedSpace(t[from:a]) {
		start = lex.NameAround(t, from, a)
	}
	if fieldnames.IsCodeName(t[start:end]) {
		if code, w, ok := s.signs.PrintedCode(t, from, a, end); ok {
			s.printed2(code, w)
			return end
		}
	}
	if start < a {
		return end
	}
	i, ok := lex.Separator(t, end)
	if !ok {
		s.lostAt(t, end)
		return end
	}
	if t[a] == 'e' {
		s.readText(t, i, result.BareText, signs.Unsaid)
	} else if n, is, _ := number.InText(t, i); is == number.IsCode {
		s.add(candidate{code: n, evidence: result.BareText, path: s.lastPath, named: true})
	}
	return i
}

// lostAt notes a listed number right after the name of a code that no rule reads.
func (s *scan) lostAt(t []byte, end int) {
	for i := end; i < len(t) && i < end+maxLost; i++ {
		if lex.IsDigit(t[i]) {
			if n, is, _ := number.InText(t, i); is == number.IsCode && s.p.cat.Known(n) {
				s.lost = true
			}
			return
		}
	}
}

// maxLost is how far after the name of a code a number is looked for that was
// not read.
const maxLost = 16

// bareCounts reports whether a code in bare text counts by what the record shows.
func (s *scan) bareCounts(c *candidate) bool {
	return !c.named && s.bareTextCounts(c.code)
}

// bareTextCounts reports whether the number counts, or one of SSM's list beside
// SSM's words.
func (s *scan) bareTextCounts(code int) bool {
	if !s.paths[codes.Widevine] && (s.p.cat.Index(codes.SSM, code) < 0 || s.identify() != codes.SSM) {
		return false
	}
	return !s.player && !fieldnames.PlayerSignSet.In(s.raw) && !signs.GradesByNumber(s.raw)
}
