package parser

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// explain reports the listed numbers of the record of which nothing was said yet:
// those of a player's objects, which hold no anchor, and those that stand anywhere.
func (s *scan) explain(first int) {
	whole, outer := s.candidates, s.in
	s.explained.reset(s.raw, outer.groups) // the record alone: its places are others than those in the block
	s.in = &s.explained
	s.searched, s.query, s.leads, s.noMethod = searched{}, searched{}, searched{}, nil // what was searched, too
	for i := 0; i < len(s.raw); i++ {
		if s.raw[i] == '{' {
			next, _ := s.object(s.raw, i, place{})
			i = max(next-1, i)
		}
	}
	s.candidates, s.in = whole, outer
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
		if k == 4 && s.p.cat.Known(max(n, -n)) && !s.mentioned(first, n) {
			s.refuse(n, why)
		}
		i += k - 1
	}
}

func (s *scan) reported(first, code int) bool {
	for _, e := range s.p.out.Events[first:] {
		if e.Code == code {
			return true
		}
	}
	return false
}

func (s *scan) mentioned(first, n int) bool {
	if s.reported(first, n) {
		return true
	}
	for _, r := range s.p.out.Refusals[s.vetoed:] {
		if r.Number == n {
			return true
		}
	}
	return false
}
