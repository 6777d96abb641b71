package evaluate

import (
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// candidate is a code in a proved position; its server is not decided yet.
type candidate struct {
	code     int
	evidence result.Evidence
	speaker  signs.Speaker
	path     codes.DRM    // of the last licence path before it
	weight   signs.Weight // by the signs next to it and around it
	named    bool         // under a name, or in a form, that needs the server's words
	sealed   bool         // in a server's answer: a player around it is another's
	licence  bool         // in a licence server's, by its name
	around   int8         // how many objects around it were asked
	level    int8         // escapes and encodings around it
}

// add keeps a candidate, unless it equals one of the last 32.
func (s *candidates) add(c candidate) {
	if !slices.Contains(s.list[max(0, len(s.list)-32):], c) {
		s.list = append(s.list, c)
	}
}

// refuse keeps the reason why a number is no code. What is no code by its size
// alone is worth no word.
func (s *output) refuse(number int, why result.Reason) {
	if number == 0 {
		return
	}
	for _, r := range s.out.Refusals[s.ignored:] {
		if r.Number == number && r.Reason == why {
			return
		}
	}
	s.out.Refusals = append(s.out.Refusals, result.Refusal{Line: s.at.First, Number: number, Reason: why})
}

// read takes a value in a proved position for a candidate or refuses it.
func (s *Evaluator) read(v value, e result.Evidence, sp signs.Speaker) {
	switch n, is, why := number.Whole(v.text); {
	case is == number.Nothing:
	case is == number.Refused:
		s.refuse(n, why)
	case sp == signs.Framework:
		s.refuse(n, result.AndroidWhat)
	default:
		s.add(candidate{code: n, evidence: e, speaker: sp, path: s.lastPath})
	}
}
