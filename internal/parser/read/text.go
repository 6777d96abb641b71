package read

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/tape"
)

// text reads free text from t[from]: the objects in it with the walker, what
// is between them by the anchors' readers.
func (s *walker) text(t []byte, from int, at place) {
	for i := from; ; {
		a := s.in.next(i)
		if a >= len(t) {
			return
		}
		if j := bytes.IndexByte(t[i:a], '{'); j >= 0 {
			i = s.brace(t, from, i+j, at)
			continue
		}
		i = max(a+1, s.in.nearest.row.read(s, t, from, a, at))
	}
}

// brace reads what begins at the brace t[i]: an object, or one that was printed
// into a string, which ends where a bare quote ends the string around it.
func (s *walker) brace(t []byte, from, i int, at place) (next int) {
	n := 0
	switch quotes, backslashes := lex.OpeningQuote(t, i+1); {
	case quotes == 2:
		s.decoded(at, func(dst []byte) []byte {
			dst, n = lex.Undouble(dst, t[i:])
			return dst
		})
		return i + max(n, 1)
	case backslashes%2 == 1:
		s.decoded(at, func(dst []byte) []byte {
			dst, n = lex.Unescape(dst, t[i:], '"')
			return dst
		})
		return beforeOpening(t, i, i+max(n, 1))
	case backslashes > 0:
		return s.printed(t, i, at)
	}
	first := len(s.Tokens)
	next, ok := s.object(t, i, at)
	if i > from {
		tok := s.Add(tape.Behind)
		tok.Text, tok.Level = t[max(from, i-maxBehind):i], at.level
	}
	if ok {
		return next
	}
	end := next // of what was read
	for end > i && lex.IsSpace(t[end-1]) {
		end--
	}
	switch {
	case end-i > 2 && t[end-1] == '"' && t[end-2] == '\\' && t[end-3] == '\\':
		s.Tokens = s.Tokens[:first]
		return s.printed(t, i, at)
	case end-i > 3 && t[end-1] == '"' && t[end-2] == '{':
		return end - 2 // an object in a string with unescaped quotes
	}
	return max(next, i+1)
}

// maxBehind is how much of the text before an object is looked at for who printed it.
const maxBehind = 64

// maxWord bounds how far back a word is read again.
const maxWord = 64

// beforeOpening returns where to go on after a text that was read from t[i] to
// the quote t[end]: at the quote, or at the word before it where the quote opens
// another string, since the text itself was in none.
func beforeOpening(t []byte, i, end int) int {
	if end >= len(t) || end-i < 2 || !opensString[t[end-1]] {
		return end
	}
	low := max(i, end-maxWord)
	k := lex.BackOverBlanks(t, low, end)
	if k > low && (t[k-1] == '=' || t[k-1] == ':') {
		k = lex.BackOverBlanks(t, low, k-1)
	}
	for ; k > low; k-- {
		if lex.IsSpace(t[k-1]) {
			return k
		}
	}
	return end
}

var opensString = [256]bool{'=': true, ':': true, '{': true, '[': true, '(': true, ',': true, ' ': true, '\'': true}

// printed reads t[i:] once more without the backslashes of a language that
// printed it as a string of its own, in single quotes or none: Python's repr
// doubles those that are there.
func (s *walker) printed(t []byte, i int, at place) (next int) {
	s.decoded(at, func(dst []byte) []byte {
		dst, _ = lex.Unescape(dst, t[i:], 0)
		return dst
	})
	return len(t)
}

// decoded reads the text that decode appends, one level further in.
func (s *walker) decoded(at place, decode func(dst []byte) []byte) {
	if int(at.level) >= maxLevel {
		s.bounded(result.EscapeBound)
		return
	}
	start := len(s.arena)
	s.arena = decode(s.arena)
	t := s.arena[start:len(s.arena):len(s.arena)]
	if bytes.IndexByte(t, lex.Escape) >= 0 {
		t = lex.StripColours(t)
	}
	s.Texts = append(s.Texts, t)
	s.notPlain()
	outer := s.in
	s.in = &s.nest[at.level]
	s.in.reset(t, outer.literals)
	at.level++
	at.depth = 0
	s.text(t, 0, at)
	s.in = outer
}

// encoded reads the text around t[a] if what is before t[a] is written as an HTML
// entity, in percent encoding, or with its brace escaped like its quote, and
// returns its end.
func (s *walker) encoded(t []byte, from, a int, at place) (next int, ok bool) {
	if a-from < 3 {
		return 0, false
	}
	switch {
	case t[a-1] == ';' && bytes.IndexByte(t[max(from, a-12):a], '&') >= 0:
		s.decoded(at, func(dst []byte) []byte {
			if bytes.Contains(t[from:], []byte(`\\&`)) { // inside a string of the logger's
				plain, _ := lex.Unescape(nil, t[from:], 0)
				return lex.Unentity(dst, plain)
			}
			return lex.Unentity(dst, t[from:])
		})
		return len(t), true
	case lex.IsDigit(t[a-2]) && percentBefore(t, from, a-2):
		start, end := a, a
		for start > from && !lex.IsSpace(t[start-1]) && t[start-1] != '"' {
			start--
		}
		for end < len(t) && !lex.IsSpace(t[end]) && t[end] != '"' {
			end++
		}
		s.decoded(at, func(dst []byte) []byte { return lex.Unpercent(dst, t[start:end]) })
		return end, true
	case a-from > 3 && t[a-3] == '#' && t[a-2] == '2' && t[a-1] == '2':
		start, end := hashed(t, from, a)
		s.decoded(at, func(dst []byte) []byte { return lex.Unhash(dst, t[start:end]) })
		return end, true
	case a-from > 3 && t[a-3] == '=' && t[a-2] == '2' && t[a-1] == '2':
		near := t[max(from, a-maxNear):a]
		if start := max(bytes.LastIndexByte(near, '{'), bytes.LastIndex(near, []byte("=7B"))); start >= 0 {
			start += a - len(near)
			s.decoded(at, func(dst []byte) []byte { return lex.Unquote(dst, t[start:]) })
			return len(t), true
		}
	case t[a-2] == '2' && t[a-1] == '2':
		near := t[max(from, a-maxNear):a]
		brace := max(bytes.LastIndex(near, []byte(`\x7`)), bytes.LastIndex(near, []byte(`\u007`)))
		if brace < 0 {
			break
		}
		n, start := 0, a-len(near)+brace
		s.decoded(at, func(dst []byte) []byte {
			dst, n = lex.Unescape(dst, t[start:], '"')
			return dst
		})
		return start + max(n, 1), true
	}
	return 0, false
}

// hashed returns the bounds of HAProxy's capture around t[a], in which braces,
// strokes and quotes are written as #xx.
func hashed(t []byte, from, a int) (start, end int) {
	start, end = a, a
	for start > from && t[start-1] != '{' && t[start-1] != '|' && t[start-1] != '"' && t[start-1] != '\n' {
		start--
	}
	for end < len(t) && t[end] != '}' && t[end] != '|' && t[end] != '"' && t[end] != '\n' {
		end++
	}
	return start, end
}

// maxNear is how far before a quote the escaped brace of its object may be.
const maxNear = 160

// percentBefore reports whether t[:i] ends in a percent sign, itself encoded any number of times.
func percentBefore(t []byte, from, i int) bool {
	for i-2 >= from && t[i-1] == '5' && t[i-2] == '2' {
		i -= 2
	}
	return i > from && t[i-1] == '%'
}
