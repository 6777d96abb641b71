package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// Several records in one line without a frame around them: an array of events,
// as log shippers post it, and objects one right after another, as Firehose
// joins what was handed to it.

// several reads such a line, t[from:to], each object as a record of its own, and
// reports whether it was one. Its objects must look like a logger's: an array of
// bodies is one record.
func (s *walker) several(t []byte, from, to int, at place) bool {
	if to-from < 4 {
		return false
	}
	switch {
	case t[from] == '[' && t[from+1] == '{' && t[to-1] == ']' && isEvent(t[:to], from+1):
		at.under = fieldnames.Events
		_, _ = s.array(t[:to], from, at)
		return true
	case t[from] == '{' && bytes.Contains(t[from:to], []byte("}{")) && isEvent(t[:to], from):
		end := lex.SkipValue(t[:to], from)
		if end < 0 || end >= to || t[end] != '{' {
			return false
		}
		for i := from; i < to && t[i] == '{'; {
			next, _ := s.nested(t, i, func() (int, bool) { return s.object(t[:to], i, at) })
			i = max(next, i+1)
		}
		return true
	}
	return false
}

// isEvent reports whether the object that begins at t[i] has a time of its own,
// or is one of the shippers' frames around an event.
func isEvent(t []byte, i int) bool {
	for i = lex.SkipSpace(t, i+1); i < len(t) && t[i] != '}'; {
		name, after := lex.MemberName(t, i)
		i = lex.SkipSpace(t, after)
		if after < 0 || i >= len(t) || t[i] != ':' {
			return false
		}
		switch fieldnames.Of(name) {
		case fieldnames.Time, fieldnames.TS:
			return true
		case fieldnames.Other:
			if n := string(name); n == "event" || n == "ddsource" {
				return true
			}
		}
		if i = lex.SkipSpace(t, i+1); i >= len(t) {
			return false
		}
		end := lex.SkipValue(t, i)
		if end < 0 {
			return false
		}
		if i = lex.SkipSpace(t, end); i < len(t) && t[i] == ',' {
			i = lex.SkipSpace(t, i+1)
		}
	}
	return false
}

// nested reads one record of several in a line, which begins at t[i], as a record
// of its own, and returns where it ended.
func (s *walker) nested(t []byte, i int, read func() (int, bool)) (next int, ok bool) {
	at, first := len(s.Records), len(s.Tokens)
	s.Records = append(s.Records, tape.Inner{})
	s.Add(tape.Record).Num = int64(at)
	texts := len(s.Texts)
	next, ok = read()
	s.Records[at] = tape.Inner{Raw: t[i:max(i, min(next, len(t)))], Tokens: len(s.Tokens) - first - 1, Texts: [2]int{texts, len(s.Texts)}}
	return next, ok
}
