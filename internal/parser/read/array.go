package read

import (
	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// array reads the elements of the array that begins at t[i].
func (s *walker) array(t []byte, i int, at place) (int, bool) {
	if at.depth >= lex.MaxDepth {
		return s.tooDeep(t, i)
	}
	end, paired, ok := s.elements(t, i, at)
	switch {
	case paired && ok:
		s.closed(t, i, end, true)
	case paired:
		s.Add(tape.Drop)
	}
	return end, ok
}

// elements reads the elements of an array, and reports whether they are pairs, which are
// the members of an object.
func (s *walker) elements(t []byte, i int, at place) (end int, paired, whole bool) {
	inner := at
	inner.depth++
	records := at.under == fieldnames.Events && at.request || s.isBatchOf(t, i, at)
	if records {
		s.notPlain()
	}
	for i++; ; {
		i = lex.SkipSpace(t, i)
		if i >= len(t) {
			return i, paired, false
		}
		var ok bool
		switch t[i] {
		case ']':
			return i + 1, paired, true
		case ',':
			i++
			continue
		case '{':
			if p, end := fieldnames.PairAt(t, i); end > 0 && !records {
				if !paired {
					paired = true
					s.notPlain()
					tok := s.Add(tape.Open)
					tok.Field, tok.Level = at.under, at.level
				}
				ok = true
				s.pair(t, p, at.under, inner)
				i = end
			} else if records {
				i, ok = s.nested(t, i, func() (int, bool) { return s.object(t, i, inner) })
			} else {
				inner.under = fieldnames.Other
				i, ok = s.object(t, i, inner)
			}
		case '[':
			if pairedEvent(t, i) && at.request && at.level == 0 {
				s.notPlain()
				i, ok = s.nested(t, i, func() (int, bool) { return s.array(t, i, inner) })
			} else if at.under == fieldnames.Entries && at.request {
				s.notPlain()
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
				return len(t), paired, false
			}
			if t[i] != '"' {
				s.notPlain()
			}
			s.quoted(t, i+1, end, at.under, 0, inner) // headers are lists of strings to some loggers
			i = lex.SkipSpace(t, end+1)
			ok = i >= len(t) || t[i] == ',' || t[i] == ']'
		default:
			end := lex.ScalarEnd(t, i)
			if ok = end > i; ok {
				s.bare(t, i, end, fieldnames.Other, inner)
			}
			i = end
		}
		if !ok {
			return i, paired, false
		}
	}
}

// isBatchOf reports whether the array at t[i] is a batch under any name: its elements
// are objects with a time of their own, and the objects around it have none.
func (s *walker) isBatchOf(t []byte, i int, at place) bool {
	i = lex.SkipSpace(t, i+1)
	if !at.request || at.level > 0 || at.depth == 0 || i >= len(t) || t[i] != '{' || s.unclosed > maxUnclosed {
		return false
	}
	if !isEvent(t, i) && !s.wrapsEvent(t, i) {
		return false
	}
	for d := int8(0); d < at.depth; d++ {
		o := &s.opened[d]
		if !o.asked {
			o.asked, o.event = true, o.at < i && isEvent(t, o.at)
		}
		if o.event {
			return false
		}
	}
	return true
}

// maxUnclosed bounds how many objects without an end are looked through for a batch: each
// takes as long as what follows it. A record that was cut has as many as are open there.
const maxUnclosed = lex.MaxDepth

// opened is an object that is being read.
type opened struct {
	at    int
	asked bool
	event bool // it has a time of its own, once asked
}

// eventFrames are names of the members in which elements of a batch hold the event.
var eventFrames = lex.Words("_source", "source", "event", "record", "log", "data", "attributes", "content", "fields", "request")

// wrapsEvent reports whether the object at t[i] holds an event in one of its members:
// {"_source":{"@timestamp":...}}.
func (s *walker) wrapsEvent(t []byte, i int) bool {
	end := lex.SkipValue(t, i)
	if end < 0 {
		s.unclosed++
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

// pair reads one element of a list of pairs, which is the value of under, as a member.
func (s *walker) pair(t []byte, p fieldnames.Pair, under fieldnames.Field, at place) {
	k := fieldnames.In(under, p.Name)
	if at.under = k; k == fieldnames.Player {
		k = fieldnames.Other // its words are weighed: an exporter may have flattened two objects
	}
	end := p.Start + len(p.Value)
	switch {
	case p.Nested:
		_, _ = s.memberValue(t, p.Start, k, at)
		return
	case p.Quoted:
		end++
		if !s.in.none(p.Start+1, end) || k == fieldnames.Extra {
			s.str(t, p.Start+1, p.Start+1+len(p.Value), at)
		}
	}
	if !k.IsRead() {
		return
	}
	note, fact := tape.Member, tape.Fact
	if p.Quoted {
		fact |= tape.Quoted
		if !lex.IsNumber(p.Value) { // numbers of OpenTelemetry are strings
			note |= tape.Quoted
		}
	}
	s.addValue(p.Value, k, note, at)
	s.addValue(p.Value, k, fact, at)
}

// entryTime reads the time that an entry of Loki's begins with: ["1795...", "text"].
func (s *walker) entryTime(t []byte, i int, at place) {
	if i = lex.SkipSpace(t, i+1); i < len(t) && t[i] == '"' {
		if end := lex.ClosingQuote(t, i+1, '"'); end > i && lex.AllDigits(t[i+1:end]) {
			s.addValue(t[i+1:end], fieldnames.Time, tape.Quoted|tape.Fact, at)
		}
	}
}
