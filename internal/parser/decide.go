package parser

import "wvwatch/internal/codes"

// decide counts the record's candidates, or refuses them, when all signs are known.
func (s *scan) decide(first int) {
	for i := range s.candidates {
		if c := &s.candidates[i]; s.counts(c) {
			s.event(first, *c)
		}
	}
	for i := range s.candidates {
		if c := &s.candidates[i]; !s.reported(first, c.code) {
			s.refuseSigned(c)
		}
	}
}

// counts weighs what the record shows besides the signs of c.
func (s *scan) counts(c *candidate) bool {
	switch c.evidence {
	case BareText:
		return s.bareCounts(c)
	case ServerBody:
		if s.firstPath != codes.Unknown {
			c.weight.add(signLicencePath)
		} else if !c.weight.strong() && s.otherRequest() {
			c.weight.add(signOtherRequest)
		}
		return c.weight.sum >= 0 && (!c.named || c.weight.pro == signStatus || c.weight.pro == signText)
	case ExtraField:
		return c.weight.con == noSign
	}
	return true
}

// refuseSigned refuses a candidate with the reason that its signs give.
func (s *scan) refuseSigned(c *candidate) {
	why := NoObject
	switch c.weight.con {
	case signPlayerWord, signPlayerAround, signSocket:
		why = PlayerObject
	case signOtherRequest:
		why = OtherPath
	case signFramework:
		why = AndroidWhat
	}
	s.refuse(c.code, why)
}

// otherRequest reports whether the record is about a request to another service.
func (s *scan) otherRequest() bool { return false }
