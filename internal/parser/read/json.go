package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
	"wvwatch/internal/parser/tape"
)

// The walker reads JSON, and what loggers print in its likeness: keys without
// quotes or in single ones (JavaScript's and Python's way of printing objects),
// and values cut off at the end of a line. It allocates nothing. Where it meets
// what is not an object it returns how far it was one, and the text scanner goes on
// there.

// place is the position in a record of the text that is being read.
type place struct {
	under   fieldnames.Field // the name of the member
	level   int8             // escapes and encodings taken off so far
	depth   int8             // of nesting within the text
	request bool             // a request described here is the record's own
	member  bool             // the text is the whole value of a member
	unnamed bool             // of one with a name that is no path's
	own     tape.Rank        // of one that is the path of a request; 0 is none
}

func (at place) rank() tape.Rank {
	if at.own > 0 {
		return at.own
	}
	return tape.Rank(at.level)*lex.MaxDepth + tape.Rank(at.depth) + 1
}

// object reads the object that begins at t[i] and returns the index after it.
// Where the text breaks off or is no object, ok is false and next is where the
// walker stopped; what was inside up to there has been read.
func (s *walker) object(t []byte, i int, at place) (next int, ok bool) {
	if at.depth >= lex.MaxDepth {
		return s.tooDeep(t, i)
	}
	start := i
	s.opened[at.depth] = opened{at: start}
	tok := s.Add(tape.Open)
	tok.Field, tok.Level = at.under, at.level
	i, ok = s.members(t, i+1, at)
	s.closed(t, start, i, ok)
	if at.depth == 0 && ok && s.draft != nil && start == s.draft.base {
		s.draft.whole = i - s.draft.base
	}
	return i, ok
}

// closed ends the object t[start:end]; whole is true where it is one.
func (s *walker) closed(t []byte, start, end int, whole bool) {
	tok := s.Add(tape.Close)
	tok.Text, tok.Num = t[start:end], int64(end-start)
	switch {
	case whole:
	case end >= len(t):
		tok.Flags = tape.Cut
	default:
		tok.Flags = tape.Broken
		tok.Text = t[start:min(len(t), max(end, start+1+signs.MaxScope))]
	}
}

// tooDeep passes over a value that is nested too deep to be read.
func (s *walker) tooDeep(t []byte, i int) (next int, ok bool) {
	s.bounded(result.DepthBound)
	if end := lex.SkipValue(t, i); end > 0 {
		return end, true
	}
	return len(t), false
}

func (s *walker) members(t []byte, i int, at place) (int, bool) {
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
		k := fieldnames.In(at.under, name)
		if s.options.Extras != nil && s.options.Extras[string(name)] {
			k = fieldnames.ExtraCode
		}
		var ok bool
		object := t[i] == '{'
		if i, ok = s.member(t, i, k, at); !ok {
			return i, false
		}
		if n := len(s.Tokens); object && (s.Tokens[n-1].Kind == tape.Close || s.Tokens[n-1].Kind == tape.AnswerClose || s.Tokens[n-1].Kind == tape.ExtraClose) {
			s.Add(tape.Named).Text = name
		}
		i = lex.SkipSpace(t, i)
		if i < len(t) && t[i] == ',' {
			i++
		} else if i < len(t) && t[i] != '}' {
			return i, false
		}
	}
}

// member reads one value.
func (s *walker) member(t []byte, i int, k fieldnames.Field, at place) (int, bool) {
	inner := at
	inner.under, inner.depth = k, at.depth+1
	switch {
	case k == fieldnames.Extra:
		s.Add(tape.ExtraOpen).Flags = tape.Wanted
		i, ok := s.memberValue(t, i, k, inner)
		s.Add(tape.ExtraClose)
		return i, ok
	case k == fieldnames.Answer, k == fieldnames.Licence, k == fieldnames.Data && t[i] != '{':
		s.Add(tape.AnswerOpen).Field = k
		i, ok := s.memberValue(t, i, k, inner)
		s.Add(tape.AnswerClose)
		return i, ok
	}
	return s.memberValue(t, i, k, inner)
}

func (s *walker) memberValue(t []byte, i int, k fieldnames.Field, inner place) (int, bool) {
	switch t[i] {
	case '{':
		s.present(k)
		if k == fieldnames.ErrorCode || k == fieldnames.NamedCode {
			if v, end := fieldnames.TypedNumber(t, i); end > 0 {
				s.notPlain()
				number := s.Add(tape.Value)
				number.Field, number.Text, number.Flags = k, v, tape.Member
				if bytes.IndexByte(t[i:end], '$') < 0 { // MongoDB's are plain numbers
					number.Flags |= tape.Typed
				}
				return end, true
			}
		}
		return s.object(t, i, inner)
	case '[':
		s.present(k)
		if k == fieldnames.ErrorCode || k == fieldnames.NamedCode {
			if end := lex.SkipShort(t, i, lex.MaxField); end > 0 {
				s.notPlain()
				tok := s.Add(tape.Value)
				tok.Field, tok.Text, tok.Flags = k, t[i:end], tape.Member
				return end, true
			}
		}
		return s.array(t, i, inner)
	case '"', '\'':
		end := lex.ClosingQuote(t, i+1, t[i])
		if end < 0 {
			s.present(k)
			s.str(t, i+1, len(t), inner)
			return len(t), false
		}
		if k == fieldnames.Message && !endsValue(t, end+1) {
			s.notPlain()
			end = laterQuote(t, end)
		}
		if t[i] != '"' {
			s.notPlain()
			end = lastLiteral(t, end)
		}
		s.quoted(t, i+1, end, k, tape.Member, inner)
		return end + 1, true
	}
	end := lex.ScalarEnd(t, i)
	if end == i {
		return i, false
	}
	s.bare(t, i, end, k, inner)
	return end, true
}

// lastLiteral returns the closing quote of the last of the literals in single quotes that
// Python's pprint breaks a long string into, one a line, where the first one closes at t[end].
func lastLiteral(t []byte, end int) int {
	for {
		i := lex.SkipSpace(t, end+1)
		if i >= len(t) || t[i] != '\'' || bytes.IndexByte(t[end:i], '\n') < 0 {
			return end
		}
		next := lex.ClosingQuote(t, i+1, '\'')
		if next < 0 {
			return end
		}
		end = next
	}
}

// present adds a member that is no whole scalar, where that means something.
func (s *walker) present(k fieldnames.Field) {
	switch k {
	case fieldnames.Player, fieldnames.Message, fieldnames.Grade:
		s.Add(tape.Present).Field = k
	}
}
