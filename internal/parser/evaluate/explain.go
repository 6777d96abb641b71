package evaluate

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// explainRest reports the listed numbers of the record that are not reported yet:
// those of a player's objects, which hold no anchor, and those anywhere else.
func (s *Evaluator) explainRest(first int) {
	whole := s.list
	s.run(s.more.Objects(s.raw))
	s.list = whole
	for i := 0; i < len(s.raw); i++ {
		if !lex.IsDigit(s.raw[i]) {
			continue
		}
		n, k := lex.LeadingInt(s.raw[i:])
		why := result.NoEvidence
		switch {
		case i > 0 && s.raw[i-1] == '-' && (i < 2 || !lex.IsWord(s.raw[i-2])):
			n, why = -n, result.Negative
		case i > 0 && lex.Touches(s.raw[i-1]) && s.raw[i-1] != ':' || i+k < len(s.raw) && lex.Touches(s.raw[i+k]):
			why = result.Attached
		}
		if k == 4 && s.cat.Known(max(n, -n)) && !s.mentioned(first, n) {
			s.refuse(n, why)
		}
		i += k - 1
	}
}

func (s *output) reported(first, code int) bool {
	for _, e := range s.out.Events[first:] {
		if e.Code == code {
			return true
		}
	}
	return false
}

func (s *output) mentioned(first, n int) bool {
	if s.reported(first, n) {
		return true
	}
	for _, r := range s.out.Refusals[s.ignored:] {
		if r.Number == n {
			return true
		}
	}
	return false
}
