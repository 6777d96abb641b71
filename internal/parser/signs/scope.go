package signs

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// The server's own words outside a JSON object: what Java, Kotlin, Go, Swift, PHP,
// Ruby, C#, PowerShell and others print of the answer, and its members in logfmt,
// YAML and forms. A number counts there where the server's status or its text for
// the code is in the same brackets, or right next to it.

// MaxScope bounds how far the brackets around a number are looked for.
const MaxScope = 768

// scope is the text in the brackets around a place, or around it in the text
// where there are none. What is in deeper brackets is not the scope's own.
type scope struct {
	before    []byte // the text before the brackets
	text      []byte
	at        int // the place
	bracketed bool
}

// ScopeAround returns the scope around t[i], within t[from:].
func ScopeAround(t []byte, from, i int) scope {
	low, high := max(from, i-MaxScope), min(len(t), i+MaxScope)
	start, bracketed, skipped := low, false, 0
	for k, depth := low+lex.LastBracket(t[low:i]), 0; k >= low; k = low + lex.LastBracket(t[low:k]) {
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
	for k, depth := lex.NextBracket(t[:high], i), 0; k < high; k = lex.NextBracket(t[:high], k+1) {
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
	return scope{t[low:max(low, start-1)], t[start:end], i - start, bracketed}
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
	start = min(lex.SkipSpace(t, start), i)
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
	if i = lex.SkipSpace(t, i); i < len(t) && t[i] == ',' {
		i = lex.SkipSpace(t, i+1)
	}
	return i < len(t) && (t[i] == ']' || t[i] == ')')
}

// own reports whether the scope's own text holds what found finds, and where.
func (g scope) own(find func(text []byte) int) int {
	depth, from := 0, 0
	for k := lex.NextBracket(g.text, 0); k < len(g.text); k = lex.NextBracket(g.text, k+1) {
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
		case ')', ']', '}':
			if depth > 0 {
				if depth--; depth == 0 {
					from = k + 1
				}
			}
		}
	}
	if depth == 0 {
		if at := find(g.text[from:]); at >= 0 {
			return from + at
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
		case '(', '[', '{', '=', ';':
			return false
		case ',':
			if !closesBehind(t, n+1) { // Some(\n  4025,\n)
				return false
			}
		case ':':
			if n > k+1 {
				return false
			}
		}
	}
	return false
}

// closesBehind reports whether nothing but white space is between t[i] and a closing bracket.
func closesBehind(t []byte, i int) bool {
	i = lex.SkipSpace(t, i)
	return i < len(t) && (t[i] == ')' || t[i] == ']' || t[i] == '}')
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

// WeighScope gathers the signs of the server in the scope for the code.
func (r *Weigher) WeighScope(g scope, code int) (w Weight) {
	at := g.own(func(text []byte) int { return lex.WordIn(text, fieldnames.ServerStatus) })
	found := SignStatus
	if at < 0 {
		found = SignText
		at = g.own(func(text []byte) int { return r.textIn(text, code) })
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
	if found == SignText && (!g.bracketed && fieldnames.PlayerWords.In(g.text) || g.bracketed && PrintedByPlayer(g.before) || g.own(func(text []byte) int { return indexOfPlayer(text) }) >= 0) {
		w.Add(SignPlayerWord)
	}
	if found == SignText && (w.Con != NoSign || g.own(indexOfOtherStatus) >= 0) && g.own(func(text []byte) int { return r.ownTextIn(text, code) }) < 0 {
		if w.Con == NoSign {
			w.Add(SignOtherSystem)
		}
		return w // many systems have the text that all codes share
	}
	w.Add(found)
	return w
}

// indexOfOtherStatus returns where t holds a status in capitals that is another system's,
// or -1.
func indexOfOtherStatus(t []byte) int {
	for i := 0; i < len(t); {
		n := lex.IndexFold(t[i:], statusName)
		if n < 0 {
			break
		}
		i += n + len(statusName)
		start := i
		for start < len(t) && start < i+4 && !lex.IsWord(t[start]) {
			start++
		}
		end := start
		for end < len(t) && lex.IsWord(t[end]) {
			end++
		}
		if start > i && isOtherStatus(t[start:end]) {
			return start
		}
	}
	return -1
}

var statusName = []byte("status")

// isOtherStatus reports whether a status is a word in capitals that neither the licence
// server nor HTTP has.
func isOtherStatus(v []byte) bool { return isConstant(v) && !plainStatuses[string(v)] }

// plainStatuses are words for any failure, or HTTP's.
var plainStatuses = lex.Set("ERROR", "FAILED", "FAILURE", "DENIED", "REFUSED", "BAD_REQUEST", "FORBIDDEN", "UNAUTHORIZED", "NOT_FOUND", "INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE")

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
func (r *Weigher) textIn(t []byte, code int) int {
	if i := r.ownTextIn(t, code); i >= 0 {
		return i
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

// ownTextIn returns where t holds the text that only the code has, or -1.
func (r *Weigher) ownTextIn(t []byte, code int) int {
	if want := r.texts[code]; want != nil {
		return lex.IndexFold(t, want)
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

// WordsNear reports whether the server's words may be in the scope of t[i]. It
// costs two searches, the scope much more.
func (r *Weigher) WordsNear(t []byte, from, i, code int) bool {
	near := t[max(from, i-MaxScope):min(len(t), i+MaxScope)]
	if bytes.Contains(near, []byte(fieldnames.ServerStatus)) {
		return true
	}
	return r.texts[code] != nil && r.textIn(near, code) >= 0
}
