// Package evaluate decides what a record reports: it reads the tokens of the record,
// weighs the signs of each number, names the server, and adds events, requests and
// ignored numbers to the result.
//
// All meaning is here: what a field is worth, which of two times or requests is the
// record's own, when a number counts. It does not know how a record was read.
package evaluate

import (
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/servers"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// Options are the settings of a source: how to interpret its records.
type Options struct {
	DRM      codes.DRM        // of a code without any sign of its server
	Location *time.Location   // of times that name no zone
	Paths    servers.Paths    // the user's licence paths
	Whats    signs.WhatValues // the user's values of what
	Labels   []Label
	Client   *Label // where the client is; nil: where it is found
}

// Reader reads further tokens of a record, which are borrowed until the next record.
type Reader interface {
	// Objects returns those of all objects in raw.
	Objects(raw []byte) []tape.Token
	// Late returns those that the brief tape of the record lacks.
	Late() []tape.Token
	// Fill writes the tokens of a record with a finished plan on its tape.
	Fill()
	// IDs returns those with ids of such a record.
	IDs(p *tape.Plan) []tape.Token
	// EscapedPath returns those of licence paths with escaped slashes in raw.
	EscapedPath(raw []byte) []tape.Token
}

// Evaluator evaluates one record at a time. It is not safe for concurrent use. The
// weigher, the catalogue and the result are borrowed.
type Evaluator struct {
	Sample  Sample // of records that have their labels read; may be changed between blocks
	options Options
	cat     *codes.Catalogue
	signs   *signs.Weigher
	more    Reader
	clock   logtime.Clock
	explain bool
	labels  lex.PathReader // of configured labels
	// File is set before the first record of a file.
	File File

	output
	candidates
	frames  []frame
	answers []openAnswer
	extras  []insideExtra
	inside  insideExtra
	closed  int // the candidates before the object that ended last
	ended   []byte
	repeats repeats
	spoken  spoken      // of the record that is resolved
	names   signs.Names // of codes in a body that is read again
	record
}

// output is where the evaluator adds what a record reports.
type output struct {
	out     *result.Result
	at      framing.Span // of the record
	ignored int          // refusals of the record begin here in the result
	ids     []byte       // tenants, ids and labels of this block's events
	values  [][]byte     // the labels one by one
}

// candidates are the codes in proved positions of a record.
type candidates struct{ list []candidate }

// New returns an Evaluator. more is asked for what is worth reading only where a code
// was found or all numbers are explained.
func New(o Options, cat *codes.Catalogue, w *signs.Weigher, more Reader) *Evaluator {
	return &Evaluator{options: o, cat: cat, signs: w, more: more, clock: logtime.Clock{Location: o.Location},
		candidates: candidates{make([]candidate, 0, 64)}} // nested records take what is left of it
}

// Explain makes Evaluate report every listed number that is no code.
func (s *Evaluator) Explain(on bool) { s.explain = on }

// Repeat makes Evaluate use what it made of the same tokens before, which is the default,
// or not. The result is the same: it is for tests and comparisons.
func (s *Evaluator) Repeat(on bool) { s.repeats = repeats{off: !on} }

// SetReference gives the time near which a record without a year was written.
func (s *Evaluator) SetReference(now time.Time) { s.clock.Refer(now) }

// Begin begins a block, of which everything is added to out. The memory of what was
// added before is reused.
func (s *Evaluator) Begin(out *result.Result) {
	s.out, s.ids, s.values = out, s.ids[:0], s.values[:0]
}

// Evaluate adds what the record on the tape reports. head is how many bytes of a header
// are before its own text, envelope the time of the envelope around it.
func (s *Evaluator) Evaluate(t *tape.Tape, at framing.Span, head int, envelope logtime.Stamp) {
	s.at, s.raw, s.ignored = at, t.Raw, len(s.out.Refusals)
	first := len(s.out.Events)
	if t.Plan != nil && t.Plan.State == tape.Made {
		if t.Plan.Facts.(*planned).follow(s, t, head, envelope) {
			s.dropCounted(first)
			return
		}
		s.more.Fill()
	}
	again, fits := s.repeats.of(t.Tokens)
	if fits {
		again.follow(s, t, head, envelope)
		return
	}
	s.list = s.list[:0]
	s.record = record{}
	s.begin(t, t.Raw, &s.clock, envelope)
	s.head, s.texts[1] = head, -1
	s.labels.Reset()
	s.run(t.Tokens)
	if again != nil {
		again.make(&s.record, t.Tokens)
	}
	if t.Plan != nil && t.Plan.State == tape.Unmade {
		makePlan(s, t.Plan, t.Tokens)
	}
	s.resolve(t.Tokens)
	s.dropCounted(first)
}

// nested evaluates one record of several in a line, as a record of its own.
func (s *Evaluator) nested(tokens []tape.Token, in *tape.Inner) {
	outer, whole := s.record, s.list
	s.record = record{}
	s.begin(outer.tape, in.Raw, &s.clock, outer.envelope)
	s.texts, s.timeLevel = in.Texts, -1
	s.list = s.list[len(s.list):]
	s.run(tokens)
	s.resolve(tokens)
	s.record, s.list = outer, whole
}

// run takes the tokens in.
func (s *Evaluator) run(tokens []tape.Token) {
	for i := 0; i < len(tokens); i++ {
		switch k := &tokens[i]; k.Kind {
		case tape.Value:
			if k.Flags&tape.Member != 0 {
				s.note(k)
			}
			if k.Flags&tape.Fact != 0 {
				s.fact(k)
			}
		case tape.Path:
			s.path(k)
		case tape.Request:
			s.requestLine(k)
		case tape.Took:
			if s.accepted && s.took.text == nil {
				s.took.text, s.took.unit = k.Text, k.Field
			}
		case tape.Lasted:
			if s.accepted {
				s.took.lasted = time.Duration(k.Num)
			}
		case tape.Message:
			s.message(k)
		case tape.Code:
			s.add(candidate{code: int(k.Num), evidence: k.Evidence, speaker: k.Speaker, path: s.lastPath, weight: k.Weight, named: k.Flags&tape.NeedsWords != 0})
		case tape.Ignored:
			s.refuse(int(k.Num), k.Reason)
		case tape.Said:
			s.said(k.Word)
		case tape.Bound:
			s.out.AddBound(s.at.First, result.Bound(k.Num))
		case tape.Record:
			in := &s.tape.Records[k.Num]
			s.nested(tokens[i+1:i+1+in.Tokens], in)
			i += in.Tokens
		case tape.Configured:
			s.list, s.limit, s.missing = s.list[:0], false, result.NumMissing
			s.out.Refusals = s.out.Refusals[:s.ignored]
		case tape.Set:
			s.set(k)
		default:
			s.object(k)
		}
	}
}

// object takes a token of an object's bounds.
func (s *Evaluator) object(k *tape.Token) {
	switch k.Kind {
	case tape.Open:
		s.frames = append(s.frames, frame{under: k.Field, level: k.Level, first: len(s.list)})
	case tape.Close:
		s.end(k)
	case tape.Drop:
		s.closed = s.frames[len(s.frames)-1].first
		s.frames = s.frames[:len(s.frames)-1]
	case tape.Named:
		s.signName(s.closed, k.Text, s.ended)
	case tape.Behind:
		s.signBefore(s.closed, k.Text, k.Level)
	case tape.AnswerOpen:
		s.answers = append(s.answers, openAnswer{len(s.list), k.Field})
	case tape.AnswerClose:
		s.seal(s.answers[len(s.answers)-1])
		s.answers = s.answers[:len(s.answers)-1]
	case tape.ExtraOpen:
		s.extras = append(s.extras, s.inside)
		s.inside = insideExtra{wanted: k.Flags&tape.Wanted != 0}
	case tape.ExtraClose:
		if n := len(s.frames); s.inside.wanted && n > 0 {
			s.frames[n-1].take(s.inside)
		}
		s.inside = s.extras[len(s.extras)-1]
		s.extras = s.extras[:len(s.extras)-1]
	case tape.Present:
		s.present(k.Field)
	}
}

// said sets the flag of a word.
func (s *record) said(w tape.Word) {
	switch w {
	case tape.ServerStatus:
		s.words = true
	case tape.SessionLimit:
		s.limit = true
	case tape.LicenceFailed:
		s.missing = result.AcquisitionFailed
	case tape.ErrorResponse:
		s.response = true
	case tape.LostNumber:
		s.lost = true
	}
}
