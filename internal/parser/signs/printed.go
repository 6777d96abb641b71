package signs

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
)

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
	if i < len(t) && t[i] == '(' { // Some(\n  4025,\n)
		if i++; i < len(t) && t[i] == '\n' {
			i = lex.SkipSpace(t, i)
		}
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

// PrintedCode reads the number after a name of the code that ends before t[end]
// where the server's words are next to it, and reports whether it did.
func (r *Weigher) PrintedCode(t []byte, from, start, end int) (code int, w Weight, ok bool) {
	n, i, ok := printedCode(t, end)
	if !ok || !r.WordsNear(t, from, start, n) {
		return 0, w, false
	}
	g := ScopeAround(t, from, start)
	if lex.IsSpace(t[end]) && isProse(t[end:i]) {
		if at := lex.WordIn(g.text, fieldnames.ServerStatus); at < 0 || !g.bracketed && isProse(g.text[min(at+len(fieldnames.ServerStatus), g.at):g.at]) || !g.bracketed && at > g.at {
			return 0, w, false
		}
	}
	w = r.WeighScope(g, n)
	return n, w, w.Strong() && w.Sum >= 0 && !IsCompared(t, from, start)
}

// Positional reads the code of an answer that was printed without names, after
// its status, which ends before t[i]: {UNGRANTED_REQUEST 400 4025 Invalid request}.
func (r *Weigher) Positional(t []byte, i int) (code int, w Weight, ok bool) {
	if i, ok = lex.SkipMarks(t, i); !ok {
		return 0, w, false
	}
	if status, ok := lex.StatusAt(t, i); !ok || status < 400 {
		return 0, w, false
	}
	if i, ok = lex.SkipMarks(t, i+3); !ok {
		return 0, w, false
	}
	n, is, _ := number.InText(t, i)
	if is != number.IsCode && !number.IsHeading(t[i:]) || !r.cat.Known(n) {
		return 0, w, false
	}
	w.Add(SignStatus)
	return n, w, true
}
