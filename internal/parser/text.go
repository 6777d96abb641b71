package parser

import "bytes"

// text reads free text from t[from]: the objects in it with the walker, what
// stands between them by the anchors' readers.
func (s *scan) text(t []byte, from int, at place) {
	for i := from; ; {
		a := s.in.next(i)
		if a >= len(t) {
			return
		}
		if j := bytes.IndexByte(t[i:a], '{'); j >= 0 {
			i = s.brace(t, i+j, at)
			continue
		}
		i = max(a+1, s.in.nearest.row.read(s, t, from, a, at))
	}
}

// brace reads what begins at the brace t[i]: an object, or one with escaped
// quotes, which ends where a bare quote ends the string around it.
func (s *scan) brace(t []byte, i int, at place) (next int) {
	if doubledQuote(t, i+1) {
		n := 0
		s.decoded(at, func(dst []byte) []byte {
			dst, n = undouble(dst, t[i:])
			return dst
		})
		return i + max(n, 1)
	}
	if escapedQuote(t, i+1) {
		n := 0
		s.decoded(at, func(dst []byte) []byte {
			dst, n = unescape(dst, t[i:], '"')
			return dst
		})
		return i + max(n, 1)
	}
	next, _ = s.object(t, i, at)
	return max(next, i+1)
}

// doubledQuote reports whether the first thing in an object is a name in doubled
// quotes, as in a field of CSV.
func doubledQuote(t []byte, i int) bool {
	for i < len(t) && (isSpace(t[i]) || t[i] == '\\') {
		if t[i] == '\\' && i+1 < len(t) && (t[i+1] == 'n' || t[i+1] == 'r' || t[i+1] == 't') {
			i++
		}
		i++
	}
	return i+2 < len(t) && t[i] == '"' && t[i+1] == '"' && isWord(t[i+2])
}

// escapedQuote reports whether the first thing in an object is a quote behind backslashes.
func escapedQuote(t []byte, i int) bool {
	for i+1 < len(t) {
		switch {
		case isSpace(t[i]):
			i++
		case t[i] == '\\' && (t[i+1] == 'n' || t[i+1] == 't' || t[i+1] == 'r'):
			i += 2
		case t[i] == '\\':
			return t[i+1] == '"' || t[i+1] == '\\' || t[i+1] == '\'' || t[i+1] == 'x' || t[i+1] == 'u'
		default:
			return false
		}
	}
	return false
}

// decoded reads the text that decode appends, one level further in.
func (s *scan) decoded(at place, decode func(dst []byte) []byte) {
	if int(at.level) >= maxLevel {
		s.bounded(EscapeBound)
		return
	}
	start := len(s.arena)
	s.arena = decode(s.arena)
	t := s.arena[start:len(s.arena):len(s.arena)]
	if bytes.IndexByte(t, escape) >= 0 {
		t = stripColours(t)
	}
	outer := s.in
	s.in = &s.nest[at.level]
	s.in.reset(t, outer.groups)
	at.level++
	at.depth = 0
	s.text(t, 0, at)
	s.in = outer
}

// escape begins the sequences with which loggers colour their words.
const escape = 0x1b

// stripColours takes such sequences out, in place.
func stripColours(t []byte) []byte {
	out := t[:0]
	for i := 0; i < len(t); i++ {
		if t[i] != escape || i+1 >= len(t) || t[i+1] != '[' {
			out = append(out, t[i])
			continue
		}
		for i += 2; i < len(t) && (isDigit(t[i]) || t[i] == ';'); i++ {
		}
	}
	return out
}

// encoded reads the text around t[a] if the quote before t[a] is written as an
// HTML entity or in percent encoding, and says where it ends.
func (s *scan) encoded(t []byte, from, a int, at place) (next int, ok bool) {
	if a-from < 3 {
		return 0, false
	}
	switch {
	case t[a-1] == ';' && bytes.IndexByte(t[max(from, a-12):a], '&') >= 0:
		s.decoded(at, func(dst []byte) []byte {
			if bytes.Contains(t[from:], []byte(`\\&`)) { // inside a string of the logger's
				plain, _ := unescape(nil, t[from:], 0)
				return unentity(dst, plain)
			}
			return unentity(dst, t[from:])
		})
		return len(t), true
	case t[a-2] == '2' && (t[a-1] == '2' || t[a-1] == '7') && percentBefore(t, from, a-2):
		start, end := a, a
		for start > from && !isSpace(t[start-1]) && t[start-1] != '"' {
			start--
		}
		for end < len(t) && !isSpace(t[end]) && t[end] != '"' {
			end++
		}
		s.decoded(at, func(dst []byte) []byte { return unpercent(dst, t[start:end]) })
		return end, true
	}
	return 0, false
}

// percentBefore reports whether t[:i] ends in a percent sign, itself encoded any number of times.
func percentBefore(t []byte, from, i int) bool {
	for i-2 >= from && t[i-1] == '5' && t[i-2] == '2' {
		i -= 2
	}
	return i > from && t[i-1] == '%'
}

// separator skips what stands between a field's name and its value in text:
// closing quote, blanks, one of = : =>, blanks, opening quote.
func separator(t []byte, i int) (next int, ok bool) {
	i = skipQuote(t, i)
	i = skipBlanks(t, i)
	switch {
	case i < len(t) && t[i] == ':':
		i++
	case i < len(t) && t[i] == '=':
		i++
		if i < len(t) && t[i] == '>' {
			i++
		}
	default:
		return i, false
	}
	return skipQuote(t, skipBlanks(t, i)), true
}

func skipQuote(t []byte, i int) int {
	k := i
	for k < len(t) && t[k] == '\\' {
		k++
	}
	if k < len(t) && (t[k] == '"' || t[k] == '\'') {
		return k + 1
	}
	if k > i && k+2 < len(t) && t[k] == 'x' && t[k+1] == '2' && (t[k+2] == '2' || t[k+2] == '7') {
		return k + 3
	}
	return i
}

func skipBlanks(t []byte, i int) int {
	for n := 0; n < 4 && i < len(t) && t[i] == ' '; n++ {
		i++
	}
	return i
}
