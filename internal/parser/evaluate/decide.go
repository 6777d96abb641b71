package evaluate

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
)

// decide counts the record's candidates, or refuses them, when all signs are known.
func (s *Evaluator) decide(first int) {
	for i := range s.list {
		if c := &s.list[i]; s.counts(c) {
			s.event(first, *c)
		}
	}
	for i := range s.list {
		if c := &s.list[i]; !s.reported(first, c.code) {
			s.refuseSigned(c)
		}
	}
}

// counts weighs what the record shows besides the signs of c.
func (s *Evaluator) counts(c *candidate) bool {
	switch c.evidence {
	case result.BareText:
		return s.bareCounts(c)
	case result.ServerBody:
		if s.firstPath != codes.Unknown {
			c.weight.Add(signs.SignLicencePath)
		} else if !c.weight.Strong() {
			if s.otherRequest() {
				c.weight.Add(signs.SignOtherRequest)
			} else if !c.licence && s.printedByOther() {
				c.weight.Add(signs.SignOtherSystem)
			}
		}
		return c.weight.Sum >= 0 && (!c.named || c.weight.Pro == signs.SignStatus || c.weight.Pro == signs.SignText)
	case result.ExtraField:
		return c.weight.Con == signs.NoSign
	}
	return true
}

// refuseSigned refuses a candidate with the reason that its signs give.
func (s *Evaluator) refuseSigned(c *candidate) {
	why := result.NoObject
	switch c.weight.Con {
	case signs.SignPlayerWord, signs.SignPlayerAround, signs.SignSocket, signs.SignOtherSystem, signs.SignAbout:
		why = result.PlayerObject
	case signs.SignOtherRequest:
		why = result.OtherPath
	}
	before := len(s.out.Refusals)
	if s.refuse(c.code, why); len(s.out.Refusals) > before {
		s.out.Refusals[before].Sign = c.weight.Con.String()
	}
}

// otherRequest reports whether the record is about a request to another service:
// the request of its own is known, and nothing in its address is about licences.
// A path alone, without a host, a method or a status next to it, is not enough.
func (s *record) otherRequest() bool {
	if s.elsewhere == unasked {
		s.elsewhere = no
		url := s.address()
		if len(url) > 0 && url[0] == '/' && s.methodRank == 0 && (s.statusRank == 0 || s.statusRank != s.pathRank) {
			url = nil
		}
		if url == nil {
			url = textRequestPath(s.raw)
		}
		path := lex.PathOf(url)
		if query := url[bytes.IndexByte(url, '?')+1:]; len(query) < len(url) && bytes.IndexByte(query, '%') >= 0 {
			return false // a beacon, which carries another's message
		}
		if bytes.IndexByte(path, '{') >= 0 {
			return false // a template of API Gateway: /{proxy+}
		}
		if len(path) > 1 && !lex.IsMedia(path) && !lex.HasFold(url, servers.LicenceWords) && (len(url) > len(path) || !lex.IsFile(path)) {
			s.elsewhere = yes
		}
	}
	return s.elsewhere == yes
}

// printedByOther reports whether the text before the record's first object names another
// service as what wrote the record.
func (s *record) printedByOther() bool {
	if s.foreign == unasked {
		s.foreign = no
		if i := bytes.IndexByte(s.raw, '{'); i > 0 && signs.PrintedByOther(s.raw[:i]) {
			s.foreign = yes
		}
	}
	return s.foreign == yes
}

// answer is that of a question that is asked at most once for each record.
type answer uint8

const (
	unasked answer = iota
	yes
	no
)
