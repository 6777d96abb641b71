package parser

import (
	"bytes"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// A proxy's log says the same things again and again: a few request lines, and a
// few bodies of the licence server. What a value says was found out when it was
// last read.

// told is what a string says of codes and licence paths. What says more, a time
// or a tenant, is read each time.
type told struct {
	value      []byte
	key        fieldnames.Field
	depth      int8
	only       bool      // no more than this was said
	path       codes.DRM // of the first licence path
	request    codes.DRM // of a licence request
	post       bool
	words      bool        // the licence server's status stands there
	lost       bool        // a code's number that was not read
	candidates []candidate // only of a value without a path
	refusals   []result.Refusal
	decoded    []byte // what the value's escapes hid
}

// toldBefore are the values that were read last, by a hash of their bytes.
type toldBefore [512]told

// maxTold bounds the values that are kept.
const maxTold = 1 << 10

func (b *toldBefore) at(value []byte, k fieldnames.Field) *told {
	return &b[lex.HashValue(value, uint64(k))%uint64(len(b))]
}

// tell returns what the string t[i:end] says, the value of step st in a line as
// it stands in the log, or nil where it can not be kept. It leaves the record's
// facts as they were.
func (s *scan) tell(t []byte, i, end int, st *step) *told {
	value := t[i:end]
	if len(value) == 0 || len(value) > maxTold {
		return nil
	}
	if v := st.told; v != nil && v.key == st.key && v.depth == st.depth && bytes.Equal(v.value, value) {
		return v // most lines say here what the last one said: no hash is needed
	}
	v := s.toldBefore.at(value, st.key)
	st.told = v
	if v.key == st.key && v.depth == st.depth && bytes.Equal(v.value, value) {
		return v
	}
	out := s.p.out
	known, candidates, vetoed := s.facts, s.candidates, s.vetoed
	refusals, marks, arena := len(out.Refusals), out.Marks(), len(s.arena)
	s.facts = facts{missing: result.NumMissing}
	s.candidates, s.vetoed = candidates[len(candidates):], refusals
	s.str(t, i, end, place{under: st.key, depth: st.depth, request: true})
	v.value, v.key, v.depth = append(v.value[:0], value...), st.key, st.depth
	v.path, v.request, v.post = s.firstPath, s.requestDRM, s.post
	v.words, v.lost = s.wordsSaid, s.lost
	v.only = out.Marks() == marks && s.quiet() && (v.path == codes.Unknown && s.nameless() || len(s.candidates) == 0 && len(out.Refusals) == refusals)
	v.candidates = append(v.candidates[:0], s.candidates...)
	v.refusals = append(v.refusals[:0], out.Refusals[refusals:]...)
	v.decoded = append(v.decoded[:0], s.arena[arena:]...)
	s.facts, s.candidates, s.vetoed = known, candidates, vetoed
	out.Refusals, s.arena = out.Refusals[:refusals], s.arena[:arena]
	out.CutMarks(marks)
	return v
}

// quiet reports whether nothing is known but licence paths, and what they tell of
// the record and its request.
func (f *facts) quiet() bool {
	return f.status == 0 && f.statusRank == 0 && f.statusCode == 0 && f.codeRank == 0 && f.took.text == nil && f.tookRank == 0 && f.lasted == 0 &&
		f.time.text == nil && !f.textual.Zone && !f.inner.OK && f.missing == result.NumMissing && !f.responseSaid && !f.limitSaid && !f.player && !f.noAccess &&
		f.correlation == nil && f.requestID == nil && f.client == nil
}

// nameless reports whether no tenant or request is known.
func (f *facts) nameless() bool {
	return f.tenant == nil && f.requestPath == nil && f.line == nil && !f.post &&
		f.requestDRM == codes.Unknown && f.pathRank == 0 && f.methodRank == 0 && f.requestRank == 0 && !f.zap
}

// silent reports whether v says nothing at all of codes.
func (v *told) silent() bool {
	return !v.words && !v.lost && len(v.candidates) == 0 && len(v.refusals) == 0
}

// maxLoud is how many more values of a step may say more than codes than say no
// more, until it is no longer asked what they say.
const maxLoud = 8

// toldCodes returns what the string t[i:end] of step st says where that is no more
// than codes, else nil.
func (s *scan) toldCodes(t []byte, i, end int, st *step) *told {
	if st.key == fieldnames.Extra || st.loud >= maxLoud {
		return nil
	}
	switch v := s.tell(t, i, end, st); {
	case v == nil:
	case !v.only || v.path != codes.Unknown:
		st.loud++
	default:
		st.loud = max(st.loud-1, 0)
		return v
	}
	return nil
}

// again says what v says of codes in this record too.
func (s *scan) again(v *told) {
	s.arena = append(s.arena, v.decoded...)
	s.wordsSaid, s.lost = s.wordsSaid || v.words, s.lost || v.lost
	for _, c := range v.candidates {
		c.path = s.lastPath
		s.add(c)
	}
	for _, r := range v.refusals {
		s.refuse(r.Number, r.Reason)
	}
}
