package evaluate

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// Most lines of a proxy's log have the same members and the same strings, and differ in
// the texts of a few values. A plan remembers what the rules made of one of them: which
// values are the time, the status and the rest, which codes were found. It is followed as
// long as nothing has changed that the rules asked of the texts.

// planned is what is known of the records of a plan.
type planned struct {
	record
	list    []candidate
	address tape.Role // of requestPath, where there is one
}

// follow evaluates the record on the tape by its plan, and reports whether it fits.
func (k *planned) follow(s *Evaluator, t *tape.Tape, head int, envelope logtime.Stamp) bool {
	p := t.Plan
	status, ok := lex.WholeStatus(p.Texts[tape.PlanStatus])
	if !ok || p.Values[tape.PlanMethod] > 0 && !bytes.EqualFold(p.Texts[tape.PlanMethod], methodPost) {
		return false
	}
	for r := tape.PlanPath; r <= tape.PlanOtherPath; r++ {
		if p.Values[r] > 0 && bytes.IndexByte(p.Texts[r], '/') < 0 {
			return false
		}
	}
	if len(k.list) == 0 && outcomeOf(status) == result.Granted {
		if at, _ := s.clock.Parse(p.Texts[tape.PlanTime]); k.granted(s, t.Raw, at, p.Texts[tape.PlanTook]) {
			return true
		}
	}
	s.list = append(s.list[:0], k.list...)
	s.record = k.record
	s.begin(t, t.Raw, &s.clock, envelope)
	s.head, s.status = head, status
	if p.Values[tape.PlanTime] > 0 {
		s.time = p.Texts[tape.PlanTime]
	}
	if p.Values[tape.PlanTook] > 0 {
		s.took.text = p.Texts[tape.PlanTook]
	}
	if s.requestPath != nil {
		s.requestPath = p.Texts[k.address]
	}
	s.labels.Reset()
	s.resolve(s.more.IDs(p))
	return true
}

// granted adds a granted request of which s is known, at a time and with the text of its
// duration, if it needs no more than these.
func (s *record) granted(e *Evaluator, raw []byte, at logtime.Stamp, took []byte) bool {
	if !at.Zone || s.textual.Zone || s.words || s.limit || s.response || s.lost || s.missing != result.NumMissing || !s.isRequest() {
		return false
	}
	if sampled(at.Nanos) || drawn(e.Sample.Requests, raw, at.Nanos) {
		return false
	}
	lasted := duration{text: took, unit: s.took.unit}.bounded(s.zap)
	e.out.Requests = append(e.out.Requests, result.Request{Time: at.Nanos, DRM: s.requestDRM, Outcome: result.Granted, Duration: lasted, Line: e.at.First})
	return true
}

// makePlan makes p of what is known of the record after its tokens were taken in, if records
// with these tokens can depend on no other texts than a plan names.
func makePlan(s *Evaluator, p *tape.Plan, tokens []tape.Token) {
	p.State = tape.NoPlan
	if s.noAccess || len(s.out.Refusals) > s.ignored || !s.alone() {
		return
	}
	for i := range tokens {
		if !s.planToken(p, &tokens[i]) {
			return
		}
		p.Keep(&tokens[i])
	}
	if p.Values[tape.PlanStatus] == 0 || s.time != nil && p.Values[tape.PlanTime] == 0 || s.took.text != nil && p.Values[tape.PlanTook] == 0 {
		return
	}
	address, ok := s.addressRole(p, tokens)
	if !ok {
		return
	}
	k, ok := p.Facts.(*planned)
	if !ok {
		k = new(planned)
		p.Facts = k
	}
	k.record, k.list, k.address, p.State = s.record, append(k.list[:0], s.list...), address, tape.Made
}

// addressRole returns the role of the value that is the request's path, if there is one.
func (s *record) addressRole(p *tape.Plan, tokens []tape.Token) (r tape.Role, ok bool) {
	if s.requestPath == nil {
		return 0, true
	}
	for i := range tokens {
		if k := &tokens[i]; same(k.Text, s.requestPath) && k.From > 0 {
			for r := tape.PlanPath; r <= tape.PlanOtherPath; r++ {
				if p.Values[r] == k.From {
					return r, true
				}
			}
		}
	}
	return 0, false
}

// alone reports whether all candidates are the server's by what is in their strings alone.
func (s *candidates) alone() bool {
	for i := range s.list {
		if c := &s.list[i]; c.evidence != result.ServerBody || !c.sealed && !c.weight.Strong() || c.weight.Con != signs.NoSign {
			return false
		}
	}
	return true
}

// planToken gives the token its role, and reports whether its value is the same in each
// record, or depends on its role's text alone.
func (s *record) planToken(p *tape.Plan, k *tape.Token) bool {
	switch k.Kind {
	case tape.Path, tape.Message, tape.Open, tape.Close, tape.Named, tape.Behind, tape.AnswerOpen, tape.AnswerClose, tape.Present,
		tape.Said:
		return true
	case tape.Request:
		return k.Num == 0
	case tape.Value:
	default:
		return false
	}
	own := k.Flags&tape.Own != 0
	switch {
	case k.Flags&tape.Fact == 0:
	case k.Field == fieldnames.Time || k.Field == fieldnames.TS:
		return !same(k.Text, s.time) || p.Give(tape.PlanTime, k)
	case k.Field == fieldnames.Status:
		return !own || p.Give(tape.PlanStatus, k)
	case k.Field == fieldnames.Method:
		return !own || bytes.EqualFold(k.Text, methodPost) && p.Give(tape.PlanMethod, k)
	case k.Field == fieldnames.Path || k.Field == fieldnames.RequestLine:
		return !own || bytes.IndexByte(k.Text, '/') >= 0 && (p.Give(tape.PlanPath, k) || p.Give(tape.PlanOtherPath, k))
	case k.Field == fieldnames.ErrorRecord:
		return false
	case k.Field.IsDuration():
		return !same(k.Text, s.took.text) || p.Give(tape.PlanTook, k)
	}
	return true
}

// same reports whether two texts are the same bytes of a record.
func same(a, b []byte) bool { return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] }
