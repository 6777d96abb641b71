package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// errorCode=N outside an object: players write it too, so it counts only where
// the record shows a Widevine licence URL, or SSM's words, and no sign of a player.
func errorCodeText(s *walker, t []byte, from, a int, at place) int {
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
			s.printedCode(code, w)
			return end
		}
	}
	if start < a {
		return end
	}
	i, ok := lex.Separator(t, end)
	if !ok {
		lostAt(s, t, end)
		return end
	}
	if t[a] == 'e' {
		readText(s, t, i, result.BareText, signs.Unsaid)
	} else if n, is, _ := number.InText(t, i); is == number.IsCode {
		tok := s.Add(tape.Code)
		tok.Num, tok.Evidence, tok.Flags = int64(n), result.BareText, tape.NeedsWords
	}
	return i
}

// lostAt notes a listed number right after the name of a code that no rule reads.
func lostAt(s *walker, t []byte, end int) {
	for i := end; i < len(t) && i < end+maxLost; i++ {
		if lex.IsDigit(t[i]) {
			if n, is, _ := number.InText(t, i); is == number.IsCode && s.cat.Known(n) {
				s.said(tape.LostNumber)
			}
			return
		}
	}
}

// maxLost is how far after the name of a code a number is looked for that was
// not read.
const maxLost = 16
