package parser

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// The walker reads JSON, and what loggers print in its likeness: keys without
// quotes or in single ones (JavaScript's and Python's way of printing objects),
// and values cut off at the end of a line. It allocates nothing. Where it meets
// what is not an object it says how far it was one, and the text scanner goes on
// there.

// place says where in a record the text lies that is being read.
type place struct {
	under   fieldnames.Field // the key of the member
	level   int8             // escapes and encodings taken off so far
	depth   int8             // of nesting within the text
	request bool             // a request described here is the record's own
	member  bool             // the text is the whole value of a member
	unnamed bool             // of one whose name is no path's
	own     rank             // of one that is the path of a request; 0 is none
}

// object reads the object that begins at t[i] and returns the index after it.
// Where the text breaks off or is no object, ok is false and next is where the
// walker stopped; what was inside up to there has been read.
func (s *scan) object(t []byte, i int, at place) (next int, ok bool) {
	if at.depth >= lex.MaxDepth {
		return s.tooDeep(t, i)
	}
	f := frame{under: at.under, level: at.level, first: len(s.candidates)}
	start := i
	s.opened[at.depth] = opened{at: start}
	i, ok = s.members(t, i+1, &f, at)
	if ok || i >= len(t) && f.hasText {
		s.close(&f, t[start:i])
	} else {
		s.abandon(&f, t, start, i)
	}
	return i, ok
}

// tooDeep passes over a value that is nested too deep to be read.
func (s *scan) tooDeep(t []byte, i int) (next int, ok bool) {
	s.bounded(result.DepthBound)
	if end := lex.SkipValue(t, i); end > 0 {
		return end, true
	}
	return len(t), false
}

func (s *scan) members(t []byte, i int, f *frame, at place) (int, bool) {
	for {
		i = lex.SkipSpace(t, i)
		if i >= len(t) {
			return i, false
		}
		if t[i] == '}' {
			return i + 1, true
		}
		start := i
		name, after := lex.MemberName(t, i)
		i = lex.SkipSpace(t, after)
		if after >= 0 && i+1 < len(t) && t[i] == '=' && t[i+1] == '>' {
			i++ // Ruby
		} else if after < 0 || i >= len(t) || t[i] != ':' {
			return start, false
		}
		i = lex.SkipSpace(t, i+1)
		if i >= len(t) {
			return i, false
		}
		k := fieldnames.In(f.under, name)
		if s.p.format.extras != nil && s.p.format.extras[string(name)] {
			k = fieldnames.ExtraCode
		}
		var ok bool
		first, object := len(s.candidates), t[i] == '{'
		if i, ok = s.member(t, i, k, f, at); !ok {
			return i, false
		}
		if object && len(s.candidates) > first {
			s.signName(first, name)
		}
		i = lex.SkipSpace(t, i)
		if i < len(t) && t[i] == ',' {
			i++
		} else if i < len(t) && t[i] != '}' {
			return i, false
		}
	}
}

// member reads one value into the frame.
func (s *scan) member(t []byte, i int, k fieldnames.Field, f *frame, at place) (int, bool) {
	inner := at
	inner.under, inner.depth = k, at.depth+1
	switch k {
	case fieldnames.Player:
		f.player = true
	case fieldnames.Message:
		f.hasText = true
	case fieldnames.Extra:
		outer := s.inside
		s.inside = insideExtra{wanted: true}
		i, ok := s.memberValue(t, i, k, f, inner)
		f.take(s.inside)
		s.inside = outer
		return i, ok
	}
	first, answer := len(s.candidates), k == fieldnames.Answer || k == fieldnames.Data && t[i] != '{'
	i, ok := s.memberValue(t, i, k, f, inner)
	if answer {
		s.seal(first)
	}
	return i, ok
}

func (s *scan) memberValue(t []byte, i int, k fieldnames.Field, f *frame, inner place) (int, bool) {
	switch t[i] {
	case '{':
		f.player = f.player || k == fieldnames.Grade
		if k == fieldnames.ErrorCode || k == fieldnames.NamedCode {
			if v, end := fieldnames.TypedNumber(t, i); end > 0 {
				f.note(k, value{v, false})
				f.typed = bytes.IndexByte(t[i:end], '$') < 0 // MongoDB's are plain numbers
				return end, true
			}
		}
		return s.object(t, i, inner)
	case '[':
		f.player = f.player || k == fieldnames.Grade
		if k == fieldnames.ErrorCode || k == fieldnames.NamedCode {
			if end := lex.SkipValue(t, i); end > 0 && end-i < lex.MaxField {
				f.note(k, value{t[i:end], false})
				return end, true
			}
		}
		return s.array(t, i, inner)
	case '"', '\'':
		end := lex.ClosingQuote(t, i+1, t[i])
		if end < 0 {
			s.str(t, i+1, len(t), inner)
			return len(t), false
		}
		if k == fieldnames.Message && !endsValue(t, end+1) {
			end = laterQuote(t, end)
		}
		v := value{t[i+1 : end], true}
		switch {
		case k == fieldnames.Data && s.batch && end-i <= lex.MaxBase64:
			s.run64(bytes.TrimRight(t[i+1:end], "="), inner)
		case !s.in.none(i+1, end) || k == fieldnames.Extra:
			s.str(t, i+1, end, inner)
		}
		if k != fieldnames.Other {
			f.note(k, v)
			s.fact(k, v, inner)
		}
		return end + 1, true
	}
	end := lex.ScalarEnd(t, i)
	if end == i {
		return i, false
	}
	if k != fieldnames.Other {
		v := value{t[i:end], false}
		f.note(k, v)
		s.fact(k, v, inner)
	}
	return end, true
}

// array reads the elements of the array that begins at t[i].
func (s *scan) array(t []byte, i int, at place) (int, bool) {
	if at.depth >= lex.MaxDepth {
		return s.tooDeep(t, i)
	}
	inner := at
	inner.depth++
	records := at.under == fieldnames.Events && at.request || s.isBatchOf(t, i, at)
	pairs := frame{under: at.under, level: at.level, first: len(s.candidates)}
	start, paired := i, false
	for i++; ; {
		i = lex.SkipSpace(t, i)
		if i >= len(t) {
			return i, false
		}
		var ok bool
		switch t[i] {
		case ']':
			if paired {
				s.close(&pairs, t[start:i+1])
			}
			return i + 1, true
		case ',':
			i++
			continue
		case '{':
			if p, end := fieldnames.PairAt(t, i); end > 0 && !records {
				paired, ok = true, true
				s.pair(t, p, &pairs, inner)
				i = end
			} else if records {
				i, ok = s.nested(t, i, func() (int, bool) { return s.object(t, i, inner) })
			} else {
				inner.under = fieldnames.Other
				i, ok = s.object(t, i, inner)
			}
		case '[':
			if pairedEvent(t, i) && at.request && at.level == 0 {
				i, ok = s.nested(t, i, func() (int, bool) { return s.array(t, i, inner) })
			} else if at.under == fieldnames.Entries && at.request {
				i, ok = s.nested(t, i, func() (int, bool) {
					s.entryTime(t, i, inner)
					inner.under = fieldnames.Message
					return s.array(t, i, inner)
				})
			} else {
				i, ok = s.array(t, i, inner)
			}
		case '"', '\'':
			end := lex.ClosingQuote(t, i+1, t[i])
			if end < 0 {
				s.str(t, i+1, len(t), inner)
				return len(t), false
			}
			s.str(t, i+1, end, inner)
			s.fact(at.under, value{t[i+1 : end], true}, inner) // headers are lists of strings to some loggers
			i = lex.SkipSpace(t, end+1)
			ok = i >= len(t) || t[i] == ',' || t[i] == ']'
		default:
			end := lex.ScalarEnd(t, i)
			ok = end > i
			i = end
		}
		if !ok {
			return i, false
		}
	}
}

// isBatchOf reports whether the array at t[i] is a batch under any name: its elements
// are objects with a time of their own, and the objects around it have none.
func (s *scan) isBatchOf(t []byte, i int, at place) bool {
	i = lex.SkipSpace(t, i+1)
	if !at.request || at.level > 0 || at.depth == 0 || i >= len(t) || t[i] != '{' || !isEvent(t, i) && !wrapsEvent(t, i) {
		return false
	}
	for d := int8(0); d < at.depth; d++ {
		o := &s.opened[d]
		if o.event == unasked {
			if o.event = no; o.at < i && isEvent(t, o.at) {
				o.event = yes
			}
		}
		if o.event == yes {
			return false
		}
	}
	return true
}

// opened is an object that is being read.
type opened struct {
	at    int
	event answer // whether it has a time of its own
}

// eventFrames are names of the members in which elements of a batch hold the event.
var eventFrames = lex.Words("_source", "source", "event", "record", "log", "data", "attributes", "content", "fields", "request")

// wrapsEvent reports whether the object at t[i] holds an event in one of its members:
// {"_source":{"@timestamp":...}}.
func wrapsEvent(t []byte, i int) bool {
	end := lex.SkipValue(t, i)
	if end < 0 {
		return false
	}
	for m := fieldnames.MembersOf(t[i:end]); m.Next(); {
		if m.Nested && lex.Contains(eventFrames, m.Name) && m.Value[0] == '{' && isEvent(m.Value, 0) {
			return true
		}
	}
	return false
}

// pairedEvent reports whether the array at t[i] is an event as a list of pairs, its
// time first: [{"field":"@timestamp","value":"2026-..."}, ...].
func pairedEvent(t []byte, i int) bool {
	p, end := fieldnames.PairAt(t, lex.SkipSpace(t, i+1))
	return end > 0 && fieldnames.Of(p.Name) == fieldnames.Time
}

// pair reads one element of a list of pairs as a member of the frame f.
func (s *scan) pair(t []byte, p fieldnames.Pair, f *frame, at place) {
	k := fieldnames.In(f.under, p.Name)
	at.under = k
	if k == fieldnames.Message {
		f.hasText = true
	}
	end := p.Start + len(p.Value)
	switch {
	case p.Nested:
		_, _ = s.memberValue(t, p.Start, k, f, at)
		return
	case p.Quoted:
		end++
		if v := t[p.Start+1 : end]; !s.in.none(p.Start+1, end) || k == fieldnames.Extra {
			s.str(t, p.Start+1, p.Start+1+len(v), at)
		}
	}
	if k != fieldnames.Other {
		v := value{p.Value, p.Quoted}
		if lex.IsNumber(p.Value) {
			v.quoted = false // numbers of OpenTelemetry are strings
		}
		f.note(k, v)
		s.fact(k, value{p.Value, p.Quoted}, at)
	}
}

// entryTime reads the time that an entry of Loki's begins with: ["1795...", "text"].
func (s *scan) entryTime(t []byte, i int, at place) {
	if i = lex.SkipSpace(t, i+1); i < len(t) && t[i] == '"' {
		if end := lex.ClosingQuote(t, i+1, '"'); end > i && lex.AllDigits(t[i+1:end]) {
			s.fact(fieldnames.Time, value{t[i+1 : end], true}, at)
		}
	}
}

// str reads a string's content as text, if it may hold anything.
func (s *scan) str(t []byte, i, end int, at place) {
	if s.in.next(i) >= end {
		if at.under == fieldnames.Extra {
			s.extraString(t[i:end], at)
		}
		return
	}
	at.member = true
	whole := end > i && lex.InURL(t[i]) && (t[i] == '/' || t[i] == 'h' || t[i] == '\\')
	named := at.under == fieldnames.Message || at.under == fieldnames.RequestLine || at.under == fieldnames.Path
	at.unnamed, at.own = !named, 0
	if at.under == fieldnames.RequestLine || at.under == fieldnames.Path {
		at.own = at.rank() // whatever escapes are in it
	}
	if at.request && at.under == fieldnames.Message && at.level+1 > s.textLevel {
		if st, _ := s.clock.TimeOf(t[i:end]); st.Zone {
			s.textual, s.textLevel = st, at.level+1
		}
	}
	at.request = at.request && (named || whole && at.under != fieldnames.StreamURL)
	if bytes.IndexByte(t[i:end], '\\') < 0 {
		s.text(t[:end], i, at)
		return
	}
	s.decoded(at, func(dst []byte) []byte {
		dst, _ = lex.Unescape(dst, t[i:end], 0)
		return dst
	})
}

// endsValue reports whether a value may have ended before t[i].
func endsValue(t []byte, i int) bool {
	i = lex.SkipSpace(t, i)
	return i >= len(t) || t[i] == ',' || t[i] == '}'
}

// laterQuote finds the end of a message with quotes that nobody escaped, the
// first of which is t[i]; where it finds none, it is i.
func laterQuote(t []byte, i int) int {
	for end, tries := i+1, 0; tries < 8; tries++ {
		n := bytes.IndexByte(t[end:], '"')
		if n < 0 {
			break
		}
		end += n + 1
		if endsValue(t, end) {
			return end - 1
		}
	}
	return i
}
