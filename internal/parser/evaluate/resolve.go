package evaluate

import (
	"bytes"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// resolve turns the record's candidates into events, each (drm, code) once, and
// its facts into a request.
func (s *Evaluator) resolve(tokens []tape.Token) {
	s.sessionText()
	if len(s.list) > 0 {
		more := s.escapedPath()
		s.refuseOtherPaths()
		s.allIDs(tokens, more)
	}
	first := len(s.out.Events)
	s.spoken = s.spoken[:0]
	s.decide(first)
	if s.status == 0 && s.codeRank != 0 && s.codeRank == s.requestRank && s.codeRank == s.methodRank {
		s.status = s.statusCode // next to the path and the method
	}
	if s.isRequest() {
		s.addRequest(first, tokens)
	}
	if len(s.out.Events) == first {
		s.noteMissing()
	}
	if s.explain {
		s.explainRest(first)
	}
}

// dropCounted takes back the refusals of numbers that the record reports after all, or
// one of the records in its line: what is counted is not ignored as well.
func (s *output) dropCounted(first int) {
	if out := s.out; len(out.Events) > first && len(out.Refusals) > s.ignored {
		kept := slices.DeleteFunc(out.Refusals[s.ignored:], func(r result.Refusal) bool { return s.reported(first, r.Number) })
		out.Refusals = out.Refusals[:s.ignored+len(kept)]
	}
}

// event adds c unless the record has reported it already.
func (s *Evaluator) event(first int, c candidate) {
	drm := s.drm(c)
	out := s.out
	for i := first; i < len(out.Events); i++ {
		if e := &out.Events[i]; e.DRM == drm && e.Code == c.code {
			e.Evidence = min(e.Evidence, c.evidence)
			return
		}
	}
	out.Events = append(out.Events, result.Event{
		Time: s.when(), DRM: drm, Code: c.code, Index: s.cat.Index(drm, c.code), Evidence: c.evidence, Sign: c.weight.Pro.String(),
		Line: s.at.First, LastLine: s.at.Last, Tenant: s.keep(s.tenant), CorrelationID: s.keep(s.id()), Client: s.keep(s.whoAsked())})
	e := &out.Events[len(out.Events)-1]
	e.Sampled = drawn(s.Sample.Events, s.raw, e.Time)
	s.label(&e.Tenant, &e.Labels, e.Sampled)
}

// noteMissing counts a record about a failed licence that names no code.
func (s *Evaluator) noteMissing() {
	if s.firstPath != codes.Unknown && s.status >= 400 {
		s.missing = result.LicenceStatus
	}
	switch {
	case s.words:
		s.missing = result.SaidByServer
	case s.missing == result.LicenceStatus:
	case s.response && lex.HoldsFold(s.raw, "drm"):
		s.missing = result.ResponseCode
	case s.missing != result.NumMissing:
	case s.lost && !s.player:
		s.missing = result.LostShape
	case s.firstPath != codes.Unknown && s.status == 0 && (s.player || signs.SaysFailure(s.raw)):
		s.missing = result.AcquisitionFailed
	}
	if s.missing < result.NumMissing {
		s.out.AddMissing(s.at.First, s.missing)
	}
}

// keep copies b where it lives until the next Parse.
func (s *output) keep(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	n := len(s.ids)
	s.ids = append(s.ids, b...)
	return s.ids[n:len(s.ids):len(s.ids)]
}

// has reports whether the record holds one of some words.
func (s *record) has(anyOf [][]byte) bool {
	for _, w := range anyOf {
		if bytes.Contains(s.raw, w) || s.decoded(func(t []byte) bool { return bytes.Contains(t, w) }) {
			return true
		}
	}
	return false
}

// decoded reports whether is returns true for a text that was decoded.
func (s *record) decoded(is func(t []byte) bool) bool {
	texts := s.tape.Texts[s.texts[0]:]
	if s.texts[1] >= 0 {
		texts = s.tape.Texts[s.texts[0]:s.texts[1]]
	}
	return slices.ContainsFunc(texts, is)
}

// escapedPath reads paths with escaped slashes, in a record that shows no
// other, and returns their tokens.
func (s *Evaluator) escapedPath() []tape.Token {
	if s.firstPath != codes.Unknown {
		return nil
	}
	more := s.more.EscapedPath(s.raw)
	s.run(more)
	return more
}
