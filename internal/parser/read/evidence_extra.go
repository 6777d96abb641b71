package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// A field named as the extra: in an object a number, digits in a string, or an
// object with a code; in text name=number.

// extraText reads the field with the anchor "xtra" of its name at t[a].
func extraText(s *walker, t []byte, from, a int, at place) int {
	start := a - 1
	if start < from || t[start] != 'e' {
		return a
	}
	if next, ok := s.encoded(t, from, start, at); ok {
		return next
	}
	start -= len("widevine_")
	if start < from || string(t[start:a-1]) != "widevine_" {
		start = a - 1
	}
	if start > from && t[start-1] == '_' { // GELF's own fields
		start--
	}
	parameter := start > from && (t[start-1] == '&' || t[start-1] == '?')
	if start > from && !lex.BeginsField(t[start-1]) && !parameter && !lex.EscapedSpace(t[from:start]) {
		return a
	}
	end := a + len("xtra")
	k := fieldnames.Extra
	for _, s := range extraSuffixes {
		if bytes.HasPrefix(t[end:], s) {
			end += len(s)
			if len(s) > 1 {
				k = fieldnames.ExtraCode
			}
			break
		}
	}
	if parameter && !errorQuery(s, t, from, start) {
		if _, callback := whatNear(s, t, from, start, end); !callback {
			return end // any service's query may have an extra
		}
	}
	return extraValue(s, t, from, start, end, k, at)
}

// errorQuery reports whether the URL or form around t[i] reports an error. What
// was read of it answers for the next fields, too.
func errorQuery(s *walker, t []byte, from, i int) bool {
	if q := &s.query; q.text != &t[from] || i >= q.to {
		start, end := i, i
		for start > max(from, i-maxQuery) && lex.InURL(t[start-1]) {
			start--
		}
		for end < min(len(t), i+maxQuery) && lex.InURL(t[end]) {
			end++
		}
		q.text, q.to, q.found = &t[from], end, lex.HasFold(t[start:end], signs.ErrorWords)
	}
	return s.query.found
}

// maxQuery is how much of a query is read for that, before the field and after.
const maxQuery = 256

// userExtra reads a field that the user named as the extra.
func userExtra(s *walker, t []byte, from, a int, at place) int {
	n := len(s.in.nearest.row.literal)
	if a > from && !lex.BeginsField(t[a-1]) {
		return a + n
	}
	return extraValue(s, t, from, a, a+n, fieldnames.ExtraCode, at)
}

// extraValue reads the value of the field named t[start:end].
func extraValue(s *walker, t []byte, from, start, end int, k fieldnames.Field, at place) int {
	i, ok := lex.Separator(t, end)
	if !ok && k == fieldnames.Extra {
		spokenCallback(s, t, from, start, end)
	}
	if !ok || i >= len(t) || end < len(t) && lex.IsWord(t[end]) {
		return end
	}
	if t[i] == '{' && k == fieldnames.Extra {
		at.under = k
		if _, backslashes := lex.OpeningQuote(t, i+1); backslashes > 0 {
			end := lex.ClosingQuote(t, i, '"')
			if end < 0 {
				end = len(t)
			}
			extraString(s, t[i:end], at)
			return end
		}
		s.Add(tape.ExtraOpen)
		next := s.brace(t, from, i, at)
		s.Add(tape.ExtraClose)
		return next
	}
	if (t[i] == '[' || t[i] == '(') && i+1 < len(t) && (lex.IsDigit(t[i+1]) || t[i+1] == '-') {
		i++
	}
	e, sp := result.ExtraField, signs.Unsaid
	if what, ok := whatNear(s, t, from, start, i); ok {
		e, sp = result.Callback, s.options.Whats.Speaker(what)
		if !s.options.Whats.IsServer(what) && frameworkInfo(t, from, start) {
			sp = signs.Framework
		}
	} else if frameworkInfo(t, from, start) {
		sp = signs.Framework
	}
	first := len(s.Tokens)
	readText(s, t, i, e, sp)
	if len(s.Tokens) > first && s.Tokens[first].Kind == tape.Code && e == result.ExtraField && signs.MentionsCode(t, from, start, i) {
		s.Tokens[first].Weight.Add(signs.SignAbout)
	}
	return i
}

// frameworkInfo reports whether such a name is before t[start].
func frameworkInfo(t []byte, from, start int) bool {
	near := t[max(from, start-nearby):start]
	if i := bytes.LastIndexByte(near, '\n'); i >= 0 {
		near = near[i:]
	}
	return lex.AnyIn(near, signs.FrameworkConstants)
}

// extraString reads an extra with its object printed into a string. Such an
// object holds no anchor of its own.
func extraString(s *walker, t []byte, at place) {
	if len(t) == 0 || t[0] != '{' || int(at.level) >= maxLevel {
		return
	}
	start := len(s.arena)
	s.arena, _ = lex.Unescape(s.arena, t, 0)
	outer, text := s.in, s.arena[start:len(s.arena):len(s.arena)]
	s.Texts = append(s.Texts, text)
	s.notPlain()
	s.in = &s.nest[at.level]
	s.in.reset(text, outer.literals)
	at.level, at.depth = at.level+1, 0
	s.object(text, 0, at)
	s.in = outer
}

var extraSuffixes = lex.Words("_code", "Code", "s")

// readText adds the number at t[i] of free text.
func readText(s *walker, t []byte, i int, e result.Evidence, sp signs.Speaker) {
	n, is, why := number.InText(t, i)
	s.number(n, is, why, e, sp)
}

// number adds a number in a proved position by its verdict.
func (s *walker) number(n int, is number.Verdict, why result.Reason, e result.Evidence, sp signs.Speaker) {
	switch {
	case is == number.Nothing:
	case is == number.Refused:
		tok := s.Add(tape.Ignored)
		tok.Num, tok.Reason = int64(n), why
	case sp == signs.Framework:
		tok := s.Add(tape.Ignored)
		tok.Num, tok.Reason = int64(n), result.AndroidWhat
	default:
		tok := s.Add(tape.Code)
		tok.Num, tok.Evidence, tok.Speaker = int64(n), e, sp
	}
}
