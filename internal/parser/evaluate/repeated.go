package evaluate

import (
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/tape"
)

// A line of text has no template and so no plan, but most lines of an access log have
// the same tokens, with another status, duration and tenant. What the rules made of the
// tokens is kept for the next line that has the same.

// repeated is what is known of records with the same tokens, of which one is a request.
type repeated struct {
	tokens []tape.Token
	facts  record
}

// repeats are those that came last, by server and number of tokens.
type repeats struct {
	off   bool
	known [16]repeated
}

// maxRepeated is how many tokens are compared: a path, a request, its duration.
const maxRepeated = 3

// of returns what is known of records with the tokens. It is the place for it where the
// tokens do not fit yet; nil for tokens that are not compared.
func (s *repeats) of(tokens []tape.Token) (p *repeated, fits bool) {
	n := len(tokens)
	if n < 2 || n > maxRepeated || tokens[0].Kind != tape.Path || s.off {
		return nil, false
	}
	p = &s.known[(int(tokens[0].DRM)*2+n)%len(s.known)]
	return p, p.fits(tokens)
}

// fits reports whether the tokens are p's but for texts, places and the status.
func (p *repeated) fits(tokens []tape.Token) bool {
	if len(p.tokens) != len(tokens) {
		return false
	}
	for i := range tokens {
		a, b := &p.tokens[i], &tokens[i]
		if a.Kind != b.Kind || a.DRM != b.DRM || a.Rank != b.Rank || a.Flags != b.Flags || a.Field != b.Field || (a.Num == 0) != (b.Num == 0) {
			return false
		}
	}
	return true
}

// make keeps what is known of the record after its tokens were taken in, if nothing but
// its status, its line and its duration depends on their texts.
func (p *repeated) make(s *record, tokens []tape.Token) {
	p.tokens = p.tokens[:0]
	for i := range tokens {
		switch k := &tokens[i]; {
		case k.Kind == tape.Path && i == 0:
		case k.Kind == tape.Request && i == 1 && k.Num != 0 && s.status == int(k.Num) && same(k.Text, s.line):
		case k.Kind == tape.Took && i == 2 && same(k.Text, s.took.text):
		default:
			return
		}
	}
	p.tokens, p.facts = append(p.tokens, tokens...), *s
}

// follow evaluates the record on the tape, which has the same tokens.
func (p *repeated) follow(s *Evaluator, t *tape.Tape, head int, envelope logtime.Stamp) {
	request, took := &t.Tokens[1], []byte(nil)
	if len(t.Tokens) > 2 {
		took = t.Tokens[2].Text
	}
	status := int(request.Num)
	if outcomeOf(status) == result.Granted && !s.explain {
		if at, _ := s.clock.TimeOf(t.Raw[head:]); p.facts.granted(s, t.Raw, at, took) {
			return
		}
	}
	s.list = s.list[:0]
	s.record = p.facts
	s.begin(t, t.Raw, &s.clock, envelope)
	s.head, s.status, s.took.text = head, status, took
	s.line, s.lineStart, s.lineEnd = request.Text, request.From, request.To
	s.labels.Reset()
	s.resolve(t.Tokens)
}
