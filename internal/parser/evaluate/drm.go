package evaluate

import (
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
)

// Which server a code is from: a licence path on the record, what, the
// component, a text that only one server has, the source's setting. The first
// that is present decides.

var fairplayWords = lex.Words("RCTOTVSDK", "OTVDRMNetworkHandler", "FPS license server", "OPYSDKFPS")

// componentParts are parts of all these words, so that most records are searched
// for few.
var componentParts = lex.Needles("SSM", "etup", "OTV", "FPS")

// hasComponent reports whether the record may hold one of these words.
func (s *record) hasComponent() bool {
	for k := range componentParts {
		if p := &componentParts[k]; p.In(s.raw) || s.decoded(p.In) {
			return true
		}
	}
	return false
}

// identify names the server by the program that wrote the record.
func (s *record) identify() codes.DRM {
	if s.asked {
		return s.component
	}
	s.asked = true
	switch {
	case !s.hasComponent():
	case s.has(servers.SessionWords):
		s.component = codes.SSM
	case s.has(fairplayWords):
		s.component = codes.FairPlay
	}
	return s.component
}

// drm decides which server c is from.
func (s *Evaluator) drm(c candidate) codes.DRM {
	switch {
	case c.path != codes.Unknown:
		return c.path
	case s.firstPath != codes.Unknown:
		return s.firstPath
	case c.speaker >= signs.UserSaid:
		return codes.DRM(c.speaker - signs.UserSaid)
	case c.speaker == signs.SessionServer:
		return codes.SSM
	}
	switch by := s.identify(); {
	case by == codes.SSM && c.speaker == signs.LicenceServer:
		return s.options.DRM
	case by != codes.Unknown:
		return by
	}
	if by := s.spoken.of(&s.record, c.code, s.cat.UniqueTexts(c.code), c.speaker == signs.LicenceServer); by != codes.Unknown {
		return by
	}
	return s.options.DRM
}

// spoken are the servers that the texts of a record name, by code. The record is searched
// once a code, however often it holds it.
type spoken []spokenServer

type spokenServer struct {
	code      int
	byLicence bool // the licence server's own words are around it
	drm       codes.DRM
}

// of returns the server that one of texts, which are those of code, names in the record.
func (s *spoken) of(r *record, code int, texts []codes.UniqueText, byLicence bool) codes.DRM {
	if len(texts) == 0 {
		return codes.Unknown
	}
	for _, known := range *s {
		if known.code == code && known.byLicence == byLicence {
			return known.drm
		}
	}
	drm := codes.Unknown
	for _, u := range texts {
		if (u.DRM != codes.SSM || !byLicence) && r.says(u.Text) && !slices.ContainsFunc(u.Unless, r.says) {
			drm = u.DRM
			break
		}
	}
	*s = append(*s, spokenServer{code, byLicence, drm})
	return drm
}

// says reports whether the record holds a text, in lower case, in any case.
func (s *record) says(text string) bool {
	return lex.HoldsFold(s.raw, text) || s.decoded(func(t []byte) bool { return lex.HoldsFold(t, text) })
}
