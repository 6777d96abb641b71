package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// quoted reads the string t[i:end], which is the value of a member or, without the
// flag, an element of an array with a name that means k.
func (s *walker) quoted(t []byte, i, end int, k fieldnames.Field, member tape.Flags, at place) {
	first, draft := len(s.Tokens), s.draft
	s.draft = nil
	if member != 0 && at.under == fieldnames.Data && s.batch && end-i < lex.MaxBase64 {
		run64(s, bytes.TrimRight(t[i:end], "="), at)
	} else if !s.in.none(i, end) || at.under == fieldnames.Extra {
		s.str(t, i, end, at)
	}
	if s.draft = draft; draft != nil {
		draft.quoted(i, end, first, len(s.Tokens), at)
	}
	if k.IsRead() {
		s.addValue(t[i:end], k, tape.Quoted|tape.Fact|member, at)
	}
}

// bare reads the number or word t[i:end], the value of a member or an element.
func (s *walker) bare(t []byte, i, end int, k fieldnames.Field, at place) {
	if s.draft != nil {
		s.draft.bare(i, end)
	}
	if k.IsRead() {
		s.addValue(t[i:end], k, tape.Member|tape.Fact, at)
	}
}

// addValue adds the scalar of a member with the meaning name.
func (s *walker) addValue(text []byte, name fieldnames.Field, flags tape.Flags, at place) {
	if at.request {
		flags |= tape.Own
	}
	tok := s.Add(tape.Value)
	tok.Text, tok.Field, tok.Flags, tok.Rank, tok.Level, tok.Depth = text, name, flags, at.rank(), at.level, at.depth
}

// str reads a string's content as text, if it may hold anything.
func (s *walker) str(t []byte, i, end int, at place) {
	if s.in.next(i) >= end {
		if at.under == fieldnames.Extra {
			extraString(s, t[i:end], at)
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
	if at.request && at.under == fieldnames.Message {
		tok := s.Add(tape.Message)
		tok.Text, tok.Level = t[i:end], at.level+1
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

// laterQuote finds the end of a message with unescaped quotes, the first of
// which is t[i]; where it finds none, it is i.
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
