package parser

import (
	"bytes"
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// scan reads one record at a time. It gathers candidates and facts while it
// walks through the record, and decides at its end, when all of it is known.
type scan struct {
	p               *Parser
	clock           logtime.Clock
	in              *anchors // of the text that is being read
	wrapped         anchors
	nest            [maxLevel]anchors // of decoded texts, by level
	explained       anchors           // of the record, while it is explained
	arena           []byte            // decoded texts of this record
	configuredPaths lex.PathReader
	shapes          shapes
	byShape         int                  // lines that were read by their shape
	frames          []frame              // of a line whose shape is known
	opened          [lex.MaxDepth]opened // the objects that are being read
	inside          insideExtra
	batch           bool // the record is several, each in base64
	lookedUp
	toldBefore
	signs *signs.Weigher

	raw        []byte // the record
	at         framing.Span
	head       int // bytes of a header before the record's own text
	decodings  int // the record's decoded texts begin here in the arena
	candidates []candidate
	vetoed     int // refusals of this record begin here in the result
	facts
}

// maxLevel bounds how many escapes and encodings are taken off one another.
const maxLevel = 8

// facts are what a record says beside its codes.
type facts struct {
	paths        [codes.NumDRM]bool // licence servers whose paths the record shows
	firstPath    codes.DRM
	lastPath     codes.DRM
	envelope     logtime.Stamp
	inner        logtime.Stamp // the record's own time, once parsed
	time         value         // a member with the time, not yet parsed
	timeLevel    int8
	timeDepth    int8
	textual      logtime.Stamp // the time at the beginning of a message
	textLevel    int8          // escapes around it, its own quotes among them
	zap          bool
	post         bool
	noAccess     bool      // the record is not the request's own: another tells of it, too
	requestDRM   codes.DRM // of a licence request's path
	methodRank   rank
	statusRank   rank
	tookRank     rank
	requestRank  rank
	pathRank     rank   // of a path of the record's own, whatever it leads to
	requestPath  []byte // any request's, kept only where the source names its licence paths
	status       int
	statusCode   int // a code that may be the status, where nothing else is
	codeRank     rank
	took         value // the duration of a request, not yet parsed
	tookUnit     fieldnames.Field
	lasted       time.Duration  // the same, parsed
	missing      result.Missing // what the record says of a failure; NumMissing: nothing
	tenant       []byte
	correlation  []byte
	requestID    []byte
	client       []byte           // the best that was found
	clientKey    fieldnames.Field // by what
	clientRank   rank
	line         []byte // the access log's line with the request
	lineStart    int32  // of the request's URL in it
	lineEnd      int32
	component    codes.DRM // the server that the program's words name, once asked for
	asked        bool
	searched     searched // for SSM's words
	query        searched // for words of errors
	leads        searched // for the order of what and extra
	player       bool     // an object is a player's
	noMethod     *byte    // where the reading of a text without method= began
	responseSaid bool     // an HTTP error in words
	limitSaid    bool     // the session limit stands there in words
	wordsSaid    bool     // the licence server's status is there
	elsewhere    answer   // whether the record's request went to another service
	lost         bool     // a listed number next to the name of a code was not read
}

// searched is what a text, from where its reading began up to some index, was
// searched for: the strings of one line are texts of their own.
type searched struct {
	text  *byte
	to    int
	found bool
}

// rank says how far inside a record a thing stands, from 1; 0 is nowhere. What
// stands further out is the record's own; the members of a body are not.
type rank int16

// unnamed is added to the rank of a URL under a key that is no path's.
const unnamed rank = 1 << 10

func (at place) rank() rank {
	if at.own > 0 {
		return at.own
	}
	return rank(at.level)*lex.MaxDepth + rank(at.depth) + 1
}

// before reports whether r stands further out than old.
func (r rank) before(old rank) bool { return old == 0 || r < old }

// candidate is a code in a proved position; whose it is remains to be decided.
type candidate struct {
	code     int
	evidence result.Evidence
	speaker  signs.Speaker
	path     codes.DRM    // of the last licence path before it
	weight   signs.Weight // by the signs next to it and around it
	named    bool         // under a name, or in a form, that needs the server's words
	sealed   bool         // in a server's answer: the signs around it are another's
	around   int8         // how many objects around it were asked
	level    int8         // escapes and encodings around it
}

func (s *scan) init(p *Parser) {
	s.p = p
	s.clock.Location = p.format.location
	s.shapes.credit = maxCredit
	s.candidates = make([]candidate, 0, 64) // nested records take what is left of it
}

// record reads the record r, which in finds the anchors of.
func (s *scan) record(in *anchors, r *framing.Record) {
	t, from := r.Text, r.From
	s.in, s.raw, s.at, s.head = in, t[from:], r.At, r.Head
	s.decodings = 0
	s.configuredPaths.Reset()
	s.arena, s.candidates, s.vetoed = s.arena[:0], s.candidates[:0], len(s.p.out.Refusals)
	if (s.p.coloured || r.Wrapped) && (bytes.IndexByte(s.raw, lex.Escape) >= 0 || r.Head > 0 && bytes.Contains(s.raw, lex.SyslogEscape)) {
		s.arena = append(s.arena, s.raw...)
		s.raw = lex.StripColours(s.arena)
		s.arena = s.arena[:len(s.raw)]
		s.wrapped.reset(s.raw, in.groups)
		s.in, t, from = &s.wrapped, s.raw, 0
		s.head = min(s.head, len(s.raw))
	}
	line := lex.TrimLine(s.raw)
	json := s.p.format.auto && !s.p.explain && !s.batch && framing.Complete(line)
	var known *shape
	if json {
		if known = s.shapes.match(line); known != nil && known.access && known.worthwhile() {
			before := *s.in // to ask the same questions again
			if s.access(known, t, from, from+len(line)) {
				known.failed = 0
				s.byShape++
				return
			}
			known.failed++
			*s.in = before
		}
	}
	s.facts = facts{envelope: r.Time, missing: result.NumMissing}
	first := len(s.p.out.Events)
	switch top := (place{request: true}); {
	case !s.p.format.auto:
		s.configured(t, from, top)
	case known != nil && s.tryShape(known, t, from, top):
		s.byShape++
	case s.batch:
		s.object(t, from, top)
	case s.several(t, from, from+len(line), top):
	default:
		s.text(t, from, top)
		if json && known == nil {
			s.shapes.learn(line, &s.p.format)
		}
	}
	s.resolve()
	s.dropCounted(first)
}

// tryShape reads a line by its shape; where that can not be done, it leaves nothing.
func (s *scan) tryShape(known *shape, t []byte, from int, at place) bool {
	before, out := *s.in, s.p.out
	refusals, marks, arena := len(out.Refusals), out.Marks(), len(s.arena)
	if s.shaped(known, t, from, at) {
		return true
	}
	*s.in, s.candidates = before, s.candidates[:0]
	s.facts = facts{envelope: s.envelope, missing: result.NumMissing} // as record left them
	out.Refusals, s.arena = out.Refusals[:refusals], s.arena[:arena]
	out.CutMarks(marks)
	return false
}

// nested reads one record of several in a line, which begins at t[i], as a record
// of its own, and says where it ended.
func (s *scan) nested(t []byte, i int, read func() (int, bool)) (next int, ok bool) {
	outer, whole, raw, head, decodings := s.facts, s.candidates, s.raw, s.head, s.decodings
	s.decodings = len(s.arena)
	s.facts = facts{envelope: outer.envelope, timeLevel: -1, missing: result.NumMissing}
	s.candidates = s.candidates[len(s.candidates):]
	next, ok = read()
	s.raw, s.head = t[i:max(i, min(next, len(t)))], 0
	s.resolve()
	s.facts, s.candidates, s.raw, s.head, s.decodings = outer, whole, raw, head, decodings
	return next, ok
}

// candidate keeps a code.
func (s *scan) candidate(code int, e result.Evidence, sp signs.Speaker) {
	s.add(candidate{code: code, evidence: e, speaker: sp, path: s.lastPath})
}

// add keeps a candidate. What the last ones said as well need not be kept.
func (s *scan) add(c candidate) {
	if !slices.Contains(s.candidates[max(0, len(s.candidates)-32):], c) {
		s.candidates = append(s.candidates, c)
	}
}

// refuse keeps the reason why a number is no code. What is no code by its size
// alone is worth no word.
func (s *scan) refuse(number int, why result.Reason) {
	if number == 0 {
		return
	}
	for _, r := range s.p.out.Refusals[s.vetoed:] {
		if r.Number == number && r.Reason == why {
			return
		}
	}
	s.p.out.Refusals = append(s.p.out.Refusals, result.Refusal{Line: s.at.First, Number: number, Reason: why})
}

// read takes a value in a proved position for a candidate or refuses it.
func (s *scan) read(v value, e result.Evidence, sp signs.Speaker) {
	n, is, why := number.Whole(v.text)
	s.take(n, is, why, e, sp)
}

// take does with a number in a proved position what the verdict says.
func (s *scan) take(n int, is number.Verdict, why result.Reason, e result.Evidence, sp signs.Speaker) {
	switch {
	case is == number.Nothing:
	case is == number.Refused:
		s.refuse(n, why)
	case sp == signs.Framework:
		s.refuse(n, result.AndroidWhat)
	default:
		s.candidate(n, e, sp)
	}
}

// resolve turns the record's candidates into events, each (drm, code) once, and
// its facts into a request.
func (s *scan) resolve() {
	s.sessionText()
	if len(s.candidates) > 0 {
		s.escapedPath()
		s.refuseOtherPaths()
		s.textIDs()
	}
	first := len(s.p.out.Events)
	s.decide(first)
	if s.status == 0 && s.codeRank != 0 && s.codeRank == s.requestRank && s.codeRank == s.methodRank {
		s.status = s.statusCode // beside the path and the method
	}
	if s.isRequest() {
		s.request(first)
	}
	if len(s.p.out.Events) == first {
		s.noteMissing()
	}
	if s.p.explain {
		s.explain(first)
	}
}

// dropCounted takes back the refusals of numbers that the record reports after all, or
// one of the records in its line: what is counted is not ignored as well.
func (s *scan) dropCounted(first int) {
	if out := s.p.out; len(out.Events) > first && len(out.Refusals) > s.vetoed {
		kept := slices.DeleteFunc(out.Refusals[s.vetoed:], func(r result.Refusal) bool { return s.reported(first, r.Number) })
		out.Refusals = out.Refusals[:s.vetoed+len(kept)]
	}
}

// event adds c unless the record has said so already.
func (s *scan) event(first int, c candidate) {
	drm := s.drm(c)
	out := s.p.out
	for i := first; i < len(out.Events); i++ {
		if e := &out.Events[i]; e.DRM == drm && e.Code == c.code {
			e.Evidence = min(e.Evidence, c.evidence)
			return
		}
	}
	out.Events = append(out.Events, result.Event{
		Time: s.when(), DRM: drm, Code: c.code, Index: s.p.cat.Index(drm, c.code), Evidence: c.evidence, Sign: c.weight.Pro.String(),
		Line: s.at.First, LastLine: s.at.Last, Tenant: s.keep(s.tenant), CorrelationID: s.keep(s.id()), Client: s.keep(s.whoAsked())})
	s.label(&out.Events[len(out.Events)-1])
}

// noteMissing counts a record that speaks of a failed licence but names no code.
func (s *scan) noteMissing() {
	if s.firstPath != codes.Unknown && s.status >= 400 {
		s.missing = result.LicenceStatus
	}
	switch {
	case s.wordsSaid:
		s.missing = result.SaidByServer
	case s.missing != result.NumMissing:
	case s.responseSaid && lex.HoldsFold(s.raw, "drm"):
		s.missing = result.ResponseCode
	case s.lost && !s.player:
		s.missing = result.LostShape
	case s.firstPath != codes.Unknown && s.status == 0 && (s.player || signs.SaysFailure(s.raw)):
		s.missing = result.AcquisitionFailed
	}
	if s.missing < result.NumMissing {
		s.p.out.AddMissing(s.at.First, s.missing)
	}
}

// bounded counts a text that was not read to its end.
func (s *scan) bounded(b result.Bound) {
	s.p.out.AddBound(s.at.First, b)
}

// keep copies b where it lives until the next Parse.
func (s *scan) keep(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	n := len(s.p.ids)
	s.p.ids = append(s.p.ids, b...)
	return s.p.ids[n:len(s.p.ids):len(s.p.ids)]
}

// has reports whether the record holds one of some words.
func (s *scan) has(anyOf [][]byte) bool {
	for _, w := range anyOf {
		if bytes.Contains(s.raw, w) || bytes.Contains(s.arena[s.decodings:], w) {
			return true
		}
	}
	return false
}
