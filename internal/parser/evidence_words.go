package parser

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
	"wvwatch/internal/parser/result"
)

// The server's own words outside a JSON object: what Java, Kotlin, Go, Swift, PHP,
// Ruby, C#, PowerShell and others print of the answer, and its members in logfmt,
// YAML and forms. A number counts there where the server's status or its text for
// the code is in the same brackets, or right next to it.

// maxScope bounds how far the brackets around a number are looked for.
const maxScope = 768

// scope is the text in the brackets around a place, or around it in the text
// where there are none. What is in deeper brackets is not the scope's own.
type scope struct {
	text      []byte
	at        int // the place
	bracketed bool
}

// scopeAround returns the scope around t[i], within t[from:].
func scopeAround(t []byte, from, i int) scope {
	low, high := max(from, i-maxScope), min(len(t), i+maxScope)
	start, bracketed, skipped := low, false, 0
	for k, depth := i-1, 0; k >= low; k-- {
		switch t[k] {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			depth--
		}
		if depth < 0 {
			if namesOne(t, k+1, i) && (closesName(t, i) || k+1 < i && isQuote(t[k+1]) && isPairText(t, k) || isAside(t, low, k)) {
				depth, skipped = 0, skipped+1 // [errorCode] => 4025, AnyHashable("errorCode"), {<<"errorCode">>,4025}, (errorCode 4025)
				continue
			}
			start, bracketed = k+1, true
			break
		}
	}
	end := high
	for k, depth := i, 0; k < high; k++ {
		switch t[k] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth < 0 {
			if !bracketed || skipped > 0 {
				depth, skipped = 0, skipped-1
				continue
			}
			end = k
			break
		}
	}
	if !bracketed {
		end = high
	}
	return scope{t[start:end], i - start, bracketed}
}

func isQuote(c byte) bool {
	return c == '"' || c == '\'' || c == '\\' || c == ':' || c == '<'
}

// isPairText reports whether the bracket at t[k] holds a name and a value only.
func isPairText(t []byte, k int) bool {
	commas := 0
	for i := k + 1; i < len(t) && i < k+64; i++ {
		switch t[i] {
		case ')', ']', '}':
			return commas == 1
		case '(', '[', '{', '=':
			return false
		case ',':
			commas++
		case ':':
			if i > k+1 {
				return false
			}
		}
	}
	return false
}

// isAside reports whether the bracket at t[k] holds a short remark in running text.
func isAside(t []byte, low, k int) bool {
	if t[k] != '(' || k <= low || !lex.IsSpace(t[k-1]) {
		return false
	}
	n := bytes.IndexByte(t[k:min(len(t), k+32)], ')')
	return n > 0 && bytes.IndexByte(t[k:k+n], ',') < 0
}

// namesOne reports whether t[start:i] is the beginning of a name in brackets.
func namesOne(t []byte, start, i int) bool {
	for _, c := range t[start:i] {
		if !lex.InName[c] && !isQuote(c) {
			return false
		}
	}
	return true
}

// closesName reports whether a bracket closes right after the name at t[i].
func closesName(t []byte, i int) bool {
	for i < len(t) && lex.InName[t[i]] {
		i++
	}
	for i < len(t) && (t[i] == '"' || t[i] == '\'' || t[i] == '\\') {
		i++
	}
	return i < len(t) && (t[i] == ']' || t[i] == ')')
}

// own reports whether the scope's own text holds what found finds, and where.
func (g scope) own(find func(text []byte) int) int {
	depth, from := 0, 0
	for k := 0; k <= len(g.text); k++ {
		if k < len(g.text) {
			switch g.text[k] {
			case '(', '[', '{':
				if depth == 0 && transparent(g.text, k) {
					continue
				}
				if depth == 0 {
					if at := find(g.text[from:k]); at >= 0 {
						return from + at
					}
				}
				depth++
				continue
			case ')', ']', '}':
				if depth > 0 {
					if depth--; depth == 0 {
						from = k + 1
					}
				}
				continue
			}
			continue
		}
		if depth == 0 {
			if at := find(g.text[from:k]); at >= 0 {
				return from + at
			}
		}
	}
	return -1
}

// transparent reports whether the brackets at t[k] hold one word or value only:
// Optional("UNGRANTED_REQUEST"), [status], string(17).
func transparent(t []byte, k int) bool {
	if k+1 < len(t) && isQuote(t[k+1]) && isPairText(t, k) && startsField(t[k+1:]) {
		return true
	}
	for n := k + 1; n < len(t) && n < k+64; n++ {
		switch t[n] {
		case ')', ']', '}':
			return true
		case '(', '[', '{', '=', ',', ';':
			return false
		case ':':
			if n > k+1 {
				return false
			}
		}
	}
	return false
}

// startsField reports whether t begins, after quotes, with the name of a member of
// the server's body.
func startsField(t []byte) bool {
	t = bytes.TrimLeft(t, "\"'\\:<")
	end := 0
	for end < len(t) && lex.InName[t[end]] {
		end++
	}
	switch fieldnames.OfMember(t[:end]) {
	case fieldnames.ErrorCode, fieldnames.NamedCode, fieldnames.Code, fieldnames.Status, fieldnames.Message:
		return true
	}
	return false
}

// boundaryWords begin another thing's fields in a text without brackets.
var boundaryWords = lex.Words("response", "body", "answer", "reply", "payload", "upstream", "licen", "server", "player", "shaka", "error:", " event")

// weighScope gathers the signs of the server in the scope for the code.
func (s *scan) weighScope(g scope, code int) (w weight) {
	at := g.own(func(text []byte) int { return lex.WordIn(text, fieldnames.ServerStatus) })
	found := signStatus
	if at < 0 {
		found = signText
		at = g.own(func(text []byte) int { return s.textIn(text, code) })
	}
	if at < 0 {
		return w
	}
	if !g.bracketed {
		between := g.text[min(at, g.at):max(at, g.at)]
		if len(between) > 256 || hasBoundary(trimField(between)) || bytes.Contains(between, []byte("\n\n")) {
			return w
		}
	}
	if found == signText && (!g.bracketed && fieldnames.PlayerWords.In(g.text) || g.own(func(text []byte) int { return indexOfPlayer(text) }) >= 0) {
		w.add(signPlayerWord)
	}
	w.add(found)
	return w
}

// hasBoundary reports whether another thing's fields begin within t. A word that is
// a part of a field's name is none.
func hasBoundary(t []byte) bool {
	for _, w := range boundaryWords {
		for i := 0; i < len(t); {
			n := lex.IndexFold(t[i:], w)
			if n < 0 {
				break
			}
			for i += n + len(w); i < len(t) && lex.IsWord(t[i]) && t[i] != '_'; i++ {
			}
			if i >= len(t) || t[i] != '.' && t[i] != '_' {
				return true
			}
		}
	}
	return false
}

// trimField cuts the name at the end of the text between two fields: upstream.status= is
// one name.
func trimField(t []byte) []byte {
	end := len(t)
	for end > 0 && !lex.IsSpace(t[end-1]) && t[end-1] != ',' && t[end-1] != '&' && t[end-1] != ';' {
		end--
	}
	return t[:end]
}

func indexOfPlayer(t []byte) int {
	if fieldnames.PlayerWords.In(t) {
		return 0
	}
	return -1
}

// textIn returns where t holds the server's text for the code, or -1.
func (s *scan) textIn(t []byte, code int) int {
	if want := s.p.texts[code]; want != nil {
		if i := lex.IndexFold(t, want); i >= 0 {
			return i
		}
	}
	for i := 0; i < len(t); { // a shared text must be the message
		n := lex.IndexFold(t[i:], serverTexts[0])
		if n < 0 {
			break
		}
		i += n
		if behindMessage(t[:i]) {
			return i
		}
		i += len(serverTexts[0])
	}
	return -1
}

// behindMessage reports whether t ends in the name of a message and what separates
// it from its value.
func behindMessage(t []byte) bool {
	end := len(t)
	for end > 0 && !lex.IsWord(t[end-1]) && len(t)-end < 16 {
		end--
	}
	return end >= 7 && lex.EqualFold(t[end-7:end], "message") || end >= 3 && lex.EqualFold(t[end-3:end], "msg")
}

// erlangQuote ends a word of Erlang's: <<"errorCode">>.
var erlangQuote = []byte(">>")

// printedNumber finds the number after a name that ends before t[end], however a
// language separates the two.
func printedNumber(t []byte, end int) (i int, ok bool) {
	i = end
	for n := 0; n < 8 && i < len(t) && (t[i] == '"' || t[i] == '\'' || t[i] == '\\' || t[i] == ')' || t[i] == ']' || bytes.HasPrefix(t[i:], erlangQuote)); n++ {
		if i++; t[i-1] == '>' {
			i++
		}
	}
	if bytes.HasPrefix(t[i:], []byte("x22")) {
		i += 3
	}
	closed := i > end
	i = lex.SkipBlanks(t, i)
	for _, w := range pairValues { // key: "errorCode" - value: 4025
		if closed && bytes.HasPrefix(t[i:], w) {
			i += len(w) - 1
			break
		}
	}
	spaced := i > end
	switch {
	case i >= len(t):
		return i, false
	case t[i] == '-' && i+1 < len(t) && t[i+1] == '>':
		i += 2
	case t[i] == '=' || t[i] == ':' || t[i] == '>' || t[i] == '|':
		i++
		if i < len(t) && (t[i] == '>' || t[i] == '=') {
			i++
		}
	case (t[i] == ',' || t[i] == ';') && (closed || end < len(t) && t[end] == ','):
		i++
	case !spaced:
		return i, false
	default:
		for _, w := range linkWords { // errorCode is 4025
			if bytes.HasPrefix(t[i:], w) {
				i += len(w)
				break
			}
		}
	}
	for n := 0; n < 40 && i < len(t) && lex.IsSpace(t[i]); n++ {
		i++
	}
	if bytes.HasPrefix(t[i:], []byte("%!")) {
		if n := bytes.IndexByte(t[i:min(len(t), i+16)], '='); n > 0 {
			i += n + 1
		}
	}
	i = skipCast(t, i)
	word := i
	for i < len(t) && i-word < number.MaxWrapper && lex.IsWord(t[i]) && !lex.IsDigit(t[word]) {
		i++
	}
	if i > word && (i >= len(t) || t[i] != '(' && t[i] != ':' && t[i] != '<') {
		return i, false
	}
	for n := 0; n < 8 && i < len(t) && (t[i] == '(' || t[i] == '[' || t[i] == '<' || t[i] == '"' || t[i] == '\'' || t[i] == '\\' || t[i] == ':' || t[i] == '@' || t[i] == ' '); n++ {
		i++
	}
	return i, i < len(t) && (lex.IsDigit(t[i]) || t[i] == '-')
}

// skipCast passes over a type in brackets before a value: (int) 4025.
func skipCast(t []byte, i int) int {
	if i >= len(t) || t[i] != '(' {
		return i
	}
	end := i + 1
	for end < len(t) && end-i < number.MaxWrapper && (lex.IsWord(t[end]) || t[end] == '.') {
		end++
	}
	if end+1 < len(t) && end > i+1 && !lex.IsDigit(t[i+1]) && t[end] == ')' && t[end+1] == ' ' {
		return end + 2
	}
	return i
}

var linkWords = lex.Words("is ", "was ", "of ")

// pairValues are between a name and a value that are printed as a pair.
var pairValues = lex.Words("- value:", ", value:", ", value=", ", Value:")

// isProse reports whether the text between two fields is words of a sentence, or
// holds no sign that separates a name from a value.
func isProse(t []byte) bool {
	letters := 0
	for _, c := range t {
		switch {
		case c == '=' || c == ':' || c == '>' || c == '|':
			return false
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		}
	}
	return letters > 0 || len(bytes.TrimSpace(t)) == 0 && len(t) > 0
}

// wordsNear reports whether the server's words may be in the scope of t[i]. It
// costs two searches, the scope much more.
func (s *scan) wordsNear(t []byte, from, i, code int) bool {
	near := t[max(from, i-maxScope):min(len(t), i+maxScope)]
	if bytes.Contains(near, []byte(fieldnames.ServerStatus)) {
		return true
	}
	return s.p.texts[code] != nil && s.textIn(near, code) >= 0
}

// printedCode reads the number after a name of the code that ends before t[end]
// where the server's words are next to it, and says whether it did.
func (s *scan) printedCode(t []byte, from, start, end int) bool {
	i, ok := printedNumber(t, end)
	if !ok {
		return false
	}
	n, is, _ := number.InText(t, i)
	if is == number.Refused && (number.IsFloatCode(t[i:]) || number.IsHeading(t[i:]) || number.IsLong(t[i:])) {
		is = number.IsCode
	}
	if is != number.IsCode {
		return false
	}
	if !s.wordsNear(t, from, start, n) {
		return false
	}
	g := scopeAround(t, from, start)
	if lex.IsSpace(t[end]) && isProse(t[end:i]) {
		if at := lex.WordIn(g.text, fieldnames.ServerStatus); at < 0 || !g.bracketed && isProse(g.text[min(at+len(fieldnames.ServerStatus), g.at):g.at]) || !g.bracketed && at > g.at {
			return false
		}
	}
	if w := s.weighScope(g, n); w.strong() && w.sum >= 0 {
		s.add(candidate{code: n, evidence: result.ServerWords, path: s.lastPath, weight: w})
		return true
	}
	return false
}

// serverWords reads the text around the licence server's status: the code under
// names that are too common to be looked for, and the answer printed without names.
func (s *scan) serverWords(t []byte, from, a int, at place) int {
	s.wordsSaid = true
	end := a + len(fieldnames.ServerStatus)
	if next, ok := s.encoded(t, from, a, at); ok {
		return max(next, end)
	}
	if at.member && from == a && end == len(t) {
		return end // the whole value of a member
	}
	s.namedCodes(t, from, a)
	s.positional(t, end)
	return end
}

// namedCodes reads the codes in the scope of t[a] that are under names which are too
// common to be looked for.
func (s *scan) namedCodes(t []byte, from, a int) {
	g := scopeAround(t, from, a)
	low := a - g.at
	for _, name := range fieldnames.CodeNames {
		for i := 0; i < len(g.text); {
			n := lex.IndexFold(g.text[i:], name)
			if n < 0 {
				break
			}
			start, stop := low+i+n, low+i+n+len(name)
			if fieldnames.IsCodeName(t[lex.NameAround(t, from, start):stop]) {
				s.printedCode(t, from, start, stop)
			}
			i += n + len(name)
		}
	}
}

// positional reads the code of an answer that was printed without names, after
// its status: {UNGRANTED_REQUEST 400 4025 Invalid request}.
func (s *scan) positional(t []byte, i int) {
	i, ok := lex.SkipMarks(t, i)
	if !ok {
		return
	}
	if status, ok := lex.StatusAt(t, i); !ok || status < 400 {
		return
	}
	if i, ok = lex.SkipMarks(t, i+3); !ok {
		return
	}
	n, is, _ := number.InText(t, i)
	if (is == number.IsCode || number.IsHeading(t[i:])) && s.p.cat.Known(n) {
		var w weight
		w.add(signStatus)
		s.add(candidate{code: n, evidence: result.ServerWords, path: s.lastPath, weight: w})
	}
}
