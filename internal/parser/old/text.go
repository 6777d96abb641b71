package old

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

// brace reads what begins at the brace t[i]: an object, or one that was printed
// into a string, which ends where a bare quote ends the string around it.
func (s *scan) brace(t []byte, i int, at place) (next int) {
	n := 0
	switch quotes, backslashes := openingQuote(t, i+1); {
	case quotes == 2:
		s.decoded(at, func(dst []byte) []byte {
			dst, n = undouble(dst, t[i:])
			return dst
		})
		return i + max(n, 1)
	case backslashes%2 == 1:
		s.decoded(at, func(dst []byte) []byte {
			dst, n = unescape(dst, t[i:], '"')
			return dst
		})
		return beforeOpening(t, i, i+max(n, 1))
	case backslashes > 0:
		return s.printed(t, i, at)
	}
	candidates, vetoed := len(s.candidates), len(s.p.out.Refusals)
	next, ok := s.object(t, i, at)
	if len(s.candidates) > candidates && printedByPlayer(t, i) {
		s.signType(candidates)
	}
	if ok {
		return next
	}
	end := next // of what was read
	for end > i && isSpace(t[end-1]) {
		end--
	}
	switch {
	case end-i > 2 && t[end-1] == '"' && t[end-2] == '\\' && t[end-3] == '\\':
		s.candidates, s.p.out.Refusals = s.candidates[:candidates], s.p.out.Refusals[:vetoed]
		return s.printed(t, i, at)
	case end-i > 3 && t[end-1] == '"' && t[end-2] == '{':
		return end - 2 // an object in a string, whose quotes nobody escaped
	}
	return max(next, i+1)
}

// maxWord bounds how far back a word is read again.
const maxWord = 64

// beforeOpening returns where to go on behind a text that was read from t[i] to
// the quote t[end]: at the quote, or at the word before it where the quote opens
// another string, since the text stood in none itself.
func beforeOpening(t []byte, i, end int) int {
	if end >= len(t) || end-i < 2 || !opensString[t[end-1]] {
		return end
	}
	low := max(i, end-maxWord)
	k := backOverBlanks(t, low, end)
	if k > low && (t[k-1] == '=' || t[k-1] == ':') {
		k = backOverBlanks(t, low, k-1)
	}
	for ; k > low; k-- {
		if isSpace(t[k-1]) {
			return k
		}
	}
	return end
}

func backOverBlanks(t []byte, low, k int) int {
	for k > low && isSpace(t[k-1]) {
		k--
	}
	return k
}

var opensString = [256]bool{'=': true, ':': true, '{': true, '[': true, '(': true, ',': true, ' ': true, '\'': true}

// printed reads t[i:] once more without the backslashes of a language that
// printed it as a string of its own, in single quotes or none: Python's repr
// doubles those that are there.
func (s *scan) printed(t []byte, i int, at place) (next int) {
	s.decoded(at, func(dst []byte) []byte {
		dst, _ = unescape(dst, t[i:], 0)
		return dst
	})
	return len(t)
}

// openingQuote says how the quote before the first name in an object is written:
// how many there are, two in a field of CSV, and how many backslashes are before it.
func openingQuote(t []byte, i int) (quotes, backslashes int) {
	i = skipSpace(t, i)
	k := i
	for k < len(t) && t[k] == '\\' {
		k++
	}
	switch {
	case k >= len(t):
	case k+2 < len(t) && t[k] == '"' && t[k+1] == '"' && isWord(t[k+2]):
		return 2, 0
	case k > i && (t[k] == '"' || t[k] == '\'' || t[k] == 'x' || t[k] == 'u'):
		return 1, k - i
	}
	return 1, 0
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

// syslogEscape is what syslog daemons write for escape, with its bracket.
var syslogEscape = []byte("#033[")

// stripColours takes such sequences out, in place.
func stripColours(t []byte) []byte {
	out := t[:0]
	for i := 0; i < len(t); i++ {
		switch rest := t[i:]; {
		case t[i] == escape && len(rest) > 1 && rest[1] == '[':
			i += 2
		case t[i] == '#' && bytes.HasPrefix(rest, syslogEscape):
			i += len(syslogEscape)
		default:
			out = append(out, t[i])
			continue
		}
		for ; i < len(t) && (isDigit(t[i]) || t[i] == ';'); i++ {
		}
	}
	return out
}

// encoded reads the text around t[a] if what is before t[a] is written as an HTML
// entity, in percent encoding, or with its brace escaped like its quote, and says
// where it ends.
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
	case isDigit(t[a-2]) && percentBefore(t, from, a-2):
		start, end := a, a
		for start > from && !isSpace(t[start-1]) && t[start-1] != '"' {
			start--
		}
		for end < len(t) && !isSpace(t[end]) && t[end] != '"' {
			end++
		}
		s.decoded(at, func(dst []byte) []byte { return unpercent(dst, t[start:end]) })
		return end, true
	case a-from > 3 && t[a-3] == '#' && t[a-2] == '2' && t[a-1] == '2':
		start, end := hashed(t, from, a)
		s.decoded(at, func(dst []byte) []byte { return unhash(dst, t[start:end]) })
		return end, true
	case t[a-2] == '2' && t[a-1] == '2':
		near := t[max(from, a-maxNear):a]
		brace := max(bytes.LastIndex(near, []byte(`\x7`)), bytes.LastIndex(near, []byte(`\u007`)))
		if brace < 0 {
			break
		}
		n, start := 0, a-len(near)+brace
		s.decoded(at, func(dst []byte) []byte {
			dst, n = unescape(dst, t[start:], '"')
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

// separator skips what stands between a field's name and its value in text:
// closing quote or bracket, blanks, one of = : =>, blanks, opening quote.
func separator(t []byte, i int) (next int, ok bool) {
	i = skipQuote(t, i)
	if i < len(t) && t[i] == ']' { // PHP
		i++
	} else if i+1 < len(t) && t[i] == '>' && t[i+1] == '>' { // Erlang
		i += 2
	}
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

// maxBlanks bounds the blanks between a name and its value: some align them.
const maxBlanks = 16

func skipBlanks(t []byte, i int) int {
	for n := 0; n < maxBlanks && i < len(t) && (t[i] == ' ' || t[i] == '\t'); n++ {
		i++
	}
	return i
}
