package evaluate

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/tape"
)

// Most lines of a proxy's log are granted licence requests that differ in a few texts. A
// plan remembers which of them the rules chose for the time, the status and the rest, and
// is followed as long as nothing that the rules ask of the texts has changed.

// follow adds the request of a record that fits its plan, and reports whether it does.
func (s *Evaluator) follow(p *tape.Plan) bool {
	if n, ok := lex.WholeStatus(p.Texts[tape.PlanStatus]); !ok || outcomeOf(n) != result.Granted {
		return false
	}
	if p.Values[tape.PlanMethod] > 0 && !bytes.EqualFold(p.Texts[tape.PlanMethod], methodPost) ||
		p.Values[tape.PlanPath] > 0 && bytes.IndexByte(p.Texts[tape.PlanPath], '/') < 0 ||
		p.Values[tape.PlanOtherPath] > 0 && bytes.IndexByte(p.Texts[tape.PlanOtherPath], '/') < 0 {
		return false
	}
	at, _ := s.clock.Parse(p.Texts[tape.PlanTime])
	if !at.Zone || sampled(at.Nanos) {
		return false
	}
	took := duration{text: p.Texts[tape.PlanTook], unit: p.Unit}
	s.out.Requests = append(s.out.Requests, result.Request{Time: at.Nanos, DRM: p.DRM, Outcome: result.Granted, Duration: took.bounded(p.Zap), Line: s.at.First})
	return true
}

// plan makes p of what is known of the record after its tokens were taken in, if a granted
// request with these tokens can depend on no other texts than a plan names.
func (s *record) plan(p *tape.Plan, tokens []tape.Token) {
	if p.State = tape.NoPlan; s.status != 200 || !s.isRequest() || s.noAccess || s.textual.OK || s.time == nil || s.took.lasted != 0 {
		return
	}
	for i := range tokens {
		if !s.planToken(p, &tokens[i]) {
			return
		}
	}
	if p.Values[tape.PlanTime] == 0 || p.Values[tape.PlanStatus] == 0 || s.took.text != nil && p.Values[tape.PlanTook] == 0 {
		return
	}
	p.State, p.DRM, p.Unit, p.Zap = tape.Made, s.requestDRM, s.took.unit, s.zap
}

// planToken gives the token its role, and reports whether what it says of a granted
// request is the same in each record, or depends on its role's text alone.
func (s *record) planToken(p *tape.Plan, k *tape.Token) bool {
	switch k.Kind {
	case tape.Path, tape.Present, tape.ExtraOpen, tape.ExtraClose:
		return true
	case tape.Request:
		return k.Flags&tape.Line == 0 && k.Num == 0
	case tape.Value:
	default:
		return false
	}
	if k.Flags&tape.Fact == 0 {
		return true // a member next to no code
	}
	switch k.Field {
	case fieldnames.Time, fieldnames.TS:
		return !same(k.Text, s.time) || p.Give(tape.PlanTime, k)
	case fieldnames.Status:
		return k.Flags&tape.Own == 0 || p.Give(tape.PlanStatus, k)
	case fieldnames.Method:
		return k.Flags&tape.Own == 0 || p.Give(tape.PlanMethod, k)
	case fieldnames.Path, fieldnames.RequestLine:
		return k.Flags&tape.Own == 0 || bytes.IndexByte(k.Text, '/') >= 0 && (p.Give(tape.PlanPath, k) || p.Give(tape.PlanOtherPath, k))
	case fieldnames.ErrorRecord:
		return false
	}
	return !k.Field.IsDuration() || !same(k.Text, s.took.text) || p.Give(tape.PlanTook, k)
}

// same reports whether two texts are the same bytes of a record.
func same(a, b []byte) bool { return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] }
