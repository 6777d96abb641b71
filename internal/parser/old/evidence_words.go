package old

import "bytes"

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
	if t[k] != '(' || k <= low || !isSpace(t[k-1]) {
		return false
	}
	n := bytes.IndexByte(t[k:min(len(t), k+32)], ')')
	return n > 0 && bytes.IndexByte(t[k:k+n], ',') < 0
}

// namesOne reports whether t[start:i] is the beginning of a name in brackets.
func namesOne(t []byte, start, i int) bool {
	for _, c := range t[start:i] {
		if !inName[c] && !isQuote(c) {
			return false
		}
	}
	return true
}

// closesName reports whether a bracket closes right after the name at t[i].
func closesName(t []byte, i int) bool {
	for i < len(t) && inName[t[i]] {
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
	for end < len(t) && inName[t[end]] {
		end++
	}
	switch memberKey(t[:end]) {
	case keyErrorCode, keyNamedCode, keyCode, keyStatus, keyMessage:
		return true
	}
	return false
}

// boundaryWords begin another thing's fields in a text without brackets.
var boundaryWords = words("response", "body", "answer", "reply", "payload", "upstream", "licen", "server", "player", "shaka", "error:", " event")

// weighScope gathers the signs of the server in the scope for the code.
func (s *scan) weighScope(g scope, code int) (w weight) {
	at := g.own(func(text []byte) int { return wordIn(text, serverStatus) })
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
	if found == signText && (!g.bracketed && playerWords.in(g.text) || g.own(func(text []byte) int { return indexOfPlayer(text) }) >= 0) {
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
			n := indexFold(t[i:], w)
			if n < 0 {
				break
			}
			for i += n + len(w); i < len(t) && isWord(t[i]) && t[i] != '_'; i++ {
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
	for end > 0 && !isSpace(t[end-1]) && t[end-1] != ',' && t[end-1] != '&' && t[end-1] != ';' {
		end--
	}
	return t[:end]
}

func indexOfPlayer(t []byte) int {
	if playerWords.in(t) {
		return 0
	}
	return -1
}

// wordIn returns where t holds a word that nothing touches, or -1.
func wordIn(t []byte, word string) int {
	for i := 0; i < len(t); {
		n := bytes.Index(t[i:], []byte(word))
		if n < 0 {
			break
		}
		i += n
		if end := i + len(word); (i == 0 || !isWord(t[i-1]) || i > 1 && t[i-2] == '\\') && (end == len(t) || !isWord(t[end])) {
			return i
		}
		i += len(word)
	}
	return -1
}

// textIn returns where t holds the server's text for the code, or -1.
func (s *scan) textIn(t []byte, code int) int {
	if want := s.p.texts[code]; want != nil {
		if i := indexFold(t, want); i >= 0 {
			return i
		}
	}
	for i := 0; i < len(t); { // a shared text must be the message
		n := indexFold(t[i:], serverTexts[0])
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
	for end > 0 && !isWord(t[end-1]) && len(t)-end < 16 {
		end--
	}
	return end >= 7 && equalFold(t[end-7:end], "message") || end >= 3 && equalFold(t[end-3:end], "msg")
}

// indexFold returns where t holds the text w in any case, or -1.
func indexFold(t, w []byte) int {
	for i := 0; i+len(w) <= len(t); {
		n := bytes.IndexByte(t[i:len(t)-len(w)+1], w[0]|0x20)
		if m := bytes.IndexByte(t[i:len(t)-len(w)+1], w[0]&^0x20); n < 0 || m >= 0 && m < n {
			n = m
		}
		if n < 0 {
			break
		}
		i += n
		if bytes.EqualFold(t[i:i+len(w)], w) {
			return i
		}
		i++
	}
	return -1
}

// codeNames are the names of the code that count next to the server's words, in
// lower case, without what a path of the field puts before them.
var codeNames = words("errorcode", "error_code", "error-code", "error code")

// codePrefixes are what may be before such a name without a point between.
var codePrefixes = set("", "body", "response", "resp", "res", "server", "upstream", "licence", "license", "drm", "widevine", "wv", "ssp", "nv", "proxy",
	"data", "payload", "result", "json", "content", "detail", "details", "answer", "reply", "backend", "origin", "x", "ls", "lic", "err", "http", "client")

// isCodeName reports whether a field's name ends in one of the code: ErrorCode,
// error_code, body.errorCode, upstream_error_code.
func isCodeName(name []byte) bool {
	n := len(name)
	if n < 9 || n > maxField || name[n-1]|0x20 != 'e' || name[n-2]|0x20 != 'd' {
		return false
	}
	var buf [maxField]byte
	low := lower(buf[:0], name)
	for _, c := range codeNames {
		if prefix, ok := bytes.CutSuffix(low, c); ok {
			if len(prefix) > 0 && (prefix[len(prefix)-1] == '.' || prefix[len(prefix)-1] == '/') {
				return !playerWords.in(prefix)
			}
			return codePrefixes[string(bytes.Trim(prefix, "_- @$"))]
		}
	}
	return false
}

// nameAround returns where the field's name that holds t[a] begins.
func nameAround(t []byte, from, a int) int {
	for low := max(from, a-maxField); a > low && (isWord(t[a-1]) || t[a-1] == '.' || t[a-1] == '-') && !(a-1 > from && t[a-2] == '\\'); {
		a--
	}
	return a
}

// erlangQuote ends a word of Erlang's: <<"errorCode">>.
var erlangQuote = []byte(">>")

// maxWrapper bounds the words that a language puts around a number: int(4025), Some(4025), %!d(float64=4025).
const maxWrapper = 12

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
	i = skipBlanks(t, i)
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
	for n := 0; n < 40 && i < len(t) && isSpace(t[i]); n++ {
		i++
	}
	if bytes.HasPrefix(t[i:], []byte("%!")) {
		if n := bytes.IndexByte(t[i:min(len(t), i+16)], '='); n > 0 {
			i += n + 1
		}
	}
	i = skipCast(t, i)
	word := i
	for i < len(t) && i-word < maxWrapper && isWord(t[i]) && !isDigit(t[word]) {
		i++
	}
	if i > word && (i >= len(t) || t[i] != '(' && t[i] != ':' && t[i] != '<') {
		return i, false
	}
	for n := 0; n < 8 && i < len(t) && (t[i] == '(' || t[i] == '[' || t[i] == '<' || t[i] == '"' || t[i] == '\'' || t[i] == '\\' || t[i] == ':' || t[i] == '@' || t[i] == ' '); n++ {
		i++
	}
	return i, i < len(t) && (isDigit(t[i]) || t[i] == '-')
}

// skipCast passes over a type in brackets before a value: (int) 4025.
func skipCast(t []byte, i int) int {
	if i >= len(t) || t[i] != '(' {
		return i
	}
	end := i + 1
	for end < len(t) && end-i < maxWrapper && (isWord(t[end]) || t[end] == '.') {
		end++
	}
	if end+1 < len(t) && end > i+1 && !isDigit(t[i+1]) && t[end] == ')' && t[end+1] == ' ' {
		return end + 2
	}
	return i
}

var linkWords = words("is ", "was ", "of ")

// pairValues are between a name and a value that are printed as a pair.
var pairValues = words("- value:", ", value:", ", value=", ", Value:")

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
	if bytes.Contains(near, []byte(serverStatus)) {
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
	n, is, _ := codeInText(t, i)
	if is == refused && (isFloatCode(t[i:]) || isHeading(t[i:]) || isLong(t[i:])) {
		is = isCode
	}
	if is != isCode {
		return false
	}
	if !s.wordsNear(t, from, start, n) {
		return false
	}
	g := scopeAround(t, from, start)
	if isSpace(t[end]) && isProse(t[end:i]) {
		if at := wordIn(g.text, serverStatus); at < 0 || !g.bracketed && isProse(g.text[min(at+len(serverStatus), g.at):g.at]) || !g.bracketed && at > g.at {
			return false
		}
	}
	if w := s.weighScope(g, n); w.strong() && w.sum >= 0 {
		s.add(candidate{code: n, evidence: ServerWords, path: s.lastPath, weight: w})
		return true
	}
	return false
}

// serverWords reads the text around the licence server's status: the code under
// names that are too common to be looked for, and the answer printed without names.
func (s *scan) serverWords(t []byte, from, a int, at place) int {
	s.wordsSaid = true
	end := a + len(serverStatus)
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
	for _, name := range codeNames {
		for i := 0; i < len(g.text); {
			n := indexFold(g.text[i:], name)
			if n < 0 {
				break
			}
			start, stop := low+i+n, low+i+n+len(name)
			if isCodeName(t[nameAround(t, from, start):stop]) {
				s.printedCode(t, from, start, stop)
			}
			i += n + len(name)
		}
	}
}

// positional reads the code of an answer that was printed without names, after
// its status: {UNGRANTED_REQUEST 400 4025 Invalid request}.
func (s *scan) positional(t []byte, i int) {
	i, ok := skipMarks(t, i)
	if !ok {
		return
	}
	if status, ok := statusAt(t, i); !ok || status < 400 {
		return
	}
	if i, ok = skipMarks(t, i+3); !ok {
		return
	}
	n, is, _ := codeInText(t, i)
	if (is == isCode || isHeading(t[i:])) && s.p.cat.Known(n) {
		var w weight
		w.add(signStatus)
		s.add(candidate{code: n, evidence: ServerWords, path: s.lastPath, weight: w})
	}
}

// skipMarks passes over what separates two values: quotes, commas, blanks, strokes.
func skipMarks(t []byte, i int) (int, bool) {
	start := i
	for i < len(t) && i-start < 8 && (isSpace(t[i]) || t[i] == '"' || t[i] == '\'' || t[i] == ',' || t[i] == ';' || t[i] == '|' || t[i] == '\\' || t[i] == '/' || t[i] == ':') {
		i++
	}
	return i, i > start && i < len(t) && isDigit(t[i])
}

// isLong reports whether t begins with a code and Python's or Java's sign of a long.
func isLong(t []byte) bool {
	n, k := leadingInt(t)
	return k == 4 && n >= minCode && len(t) > 4 && t[4] == 'L' && (len(t) == 5 || !touches(t[5]))
}

// isHeading reports whether t begins with a code and the colon before its text:
// errorCode 4025: Invalid request.
func isHeading(t []byte) bool {
	n, k := leadingInt(t)
	return k == 4 && n >= minCode && len(t) > 5 && t[4] == ':' && isSpace(t[5])
}

// isFloatCode reports whether t begins with a code that was printed as a decimal
// fraction: 4025.0.
func isFloatCode(t []byte) bool {
	n, k := leadingInt(t)
	if k != 4 || n < minCode || len(t) < 6 || t[4] != '.' {
		return false
	}
	i := 5
	for i < len(t) && t[i] == '0' {
		i++
	}
	return i > 5 && (i == len(t) || !touches(t[i]))
}
