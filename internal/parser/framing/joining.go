package framing

import (
	"bytes"
	"regexp"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// Which lines go on with a record: stack traces and pretty-printed objects, or
// the user's pattern of a record's first line.

// Multiline selects the lines that make one record. The zero value goes by the signs of
// stack traces and pretty-printed objects.
type Multiline struct {
	Off   bool
	First *regexp.Regexp // of a record; nil: auto
}

// joins reports whether a line without an envelope goes on with the record in o.
func (m *Multiline) joins(o *open, text []byte) bool {
	switch {
	case m.Off:
		return false
	case m.First != nil:
		return !m.First.Match(text)
	}
	return o.continues(text)
}

// joinsWrapped is joins for a line out of an envelope. Where every line has a
// header with a time of its own, white space alone is no sign.
func (m *Multiline) joinsWrapped(o *open, e envelope) bool {
	if !e.perLine || m.Off || m.First != nil {
		return m.joins(o, e.Text)
	}
	text := lex.TrimBlanks(e.Text)
	switch {
	case len(text) == 0:
		return true // Python has some between the parts of a trace
	case o.nest > 0:
		return !logtime.BeginsWithTime(text) && (!opensLoosely(o.first) || isIndentedMember(e.Text))
	case o.announces(text):
		return true
	case o.trace && !logtime.BeginsWithTime(text):
		return true
	case len(text) == len(e.Text):
		return o.continuesTrace(text) || o.continuesFields(text)
	}
	return lex.BeginsWithOne(text, traceWords) || lex.BeginsWithOne(text, indentedWords) || o.continuesFields(text)
}

// opensLoosely reports whether a line may be the first of an object, or one that was cut or
// is prose: the next one must look like a member's.
func opensLoosely(text []byte) bool {
	return bytes.HasSuffix(text, openingRound) || opensMembers(text)
}

// opensMembers reports whether a line ends with a member of an object that it begins:
// denied {'code': 400, of Python's pprint, denied { code: 400, of React Native.
func opensMembers(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	if len(text) == 0 || text[len(text)-1] != ',' {
		return false
	}
	i := bytes.LastIndexByte(text, '{')
	if i < 0 || bytes.IndexByte(text[i:], '}') >= 0 {
		return false
	}
	start := lex.SkipBlanks(text, i+1)
	end := start
	for end < len(text) && lex.InName[text[end]] {
		end++
	}
	return isQuote(text[start]) || end > start && end < len(text) && text[end] == ':'
}

// isIndentedMember reports whether a line goes on with the members of such an object.
func isIndentedMember(text []byte) bool {
	switch c := text[0]; {
	case c == ' ' || c == '\t' || c == '}' || c == ')':
		return true
	default:
		return isQuote(c)
	}
}

func isQuote(c byte) bool { return c == '"' || c == '\'' }

// ends reports whether a record can not grow.
func (m *Multiline) ends(text []byte) bool {
	return m.Off || m.First == nil && Complete(text)
}

// nesting returns how many brackets are open after text, which begins inside
// depth of them. What is closed within the line is none, nor is one in a string.
func nesting(text []byte, depth int) int {
	last := byte(0)
	if trimmed := bytes.TrimRight(text, " \t"); len(trimmed) > 0 {
		last = trimmed[len(trimmed)-1]
	}
	if depth == 0 && last != '(' && !endsOpen(text) && !opensMembers(text) {
		return 0
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']') && depth > 0:
			depth--
		}
	}
	switch { // round brackets are often prose: only those around lines mean something
	case last == '(':
		depth++
	case depth > 0 && bytes.HasPrefix(bytes.TrimLeft(text, " \t"), closingRound):
		depth--
	case depth == 0 && (last == '{' || last == '['):
		return 1 // after a quote that only the last of the lines closes
	}
	return depth
}

var openingRound, closingRound = []byte("("), []byte(")")

// Complete reports whether a record can not be continued: one JSON object on
// its own line. It is what lets such records count without waiting for silence.
func Complete(text []byte) bool {
	if n := len(text); n > 2 && text[n-1] == ',' {
		text = text[:n-1] // an element of an array, one a line
	}
	return len(text) > 1 && text[0] == '{' && text[len(text)-1] == '}'
}

// endsOpen reports whether a line ends inside a pretty-printed object: after an
// opening bracket, or after one of its members.
func endsOpen(text []byte) bool {
	for n := len(text); n > 0 && (text[n-1] == ' ' || text[n-1] == '\t'); n-- {
		text = text[:n-1]
	}
	if len(text) == 0 {
		return false
	}
	switch text[len(text)-1] {
	case '{', '[':
		return true
	case ',':
		text = lex.TrimBlanks(text)
		return text[0] == '"' || text[0] == '\'' || text[0] == '}' || text[0] == ']'
	}
	return false
}

// continues reports whether text goes on with the record in o: stack traces and
// pretty-printed objects do. It asks for a positive sign, since a wrong join
// hides a code and a wrong split at worst repeats one.
func (o *open) continues(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if c := text[0]; c == '[' || c == '<' || lex.IsDigit(c) {
		return false
	}
	o.study()
	switch c := text[0]; {
	case c == ' ' || c == '\t':
		return !o.indent && !logtime.BeginsRecord(lex.TrimBlanks(text))
	case c == '}' || c == ']' || c == ')' || c == '(' && len(text) == 1: // the last is PHP's
		return true
	case c == '/':
		return bytes.Contains(text, []byte(":in ")) && o.heading() != logtime.NoHeading // Ruby's
	case c == '"' || c == '\'' || c == '{':
		// What an object in front of its text prints begins with a line of its own.
		return (o.opening || o.announces(text)) && !Complete(text) || o.awaitsBody() && Complete(text)
	case c == '.':
		return bytes.HasPrefix(text, []byte("... "))
	}
	return o.trace && !logtime.IsLevel(lex.FirstWord(text)) || o.continuesTrace(text) || o.continuesFields(text)
}

// announces reports whether text begins the object of which the record in o, so
// far one line of text, has spoken.
func (o *open) announces(text []byte) bool {
	return (string(text) == "{" || string(text) == "(" && endsInType(o.first)) && !o.object && !o.several && (o.wrapped || o.at.First == o.at.Last) && o.heading() != logtime.NoHeading
}

// endsInType reports whether a line ends as what PHP prints before the members: Array.
func endsInType(line []byte) bool {
	return bytes.HasSuffix(line, []byte("Array")) || bytes.HasSuffix(line, []byte(" Object"))
}

// awaitsBody reports whether the record in o is one line about a request that ends in a
// colon: the next line is the body of the answer.
func (o *open) awaitsBody() bool {
	first := o.first
	if o.wrapped || o.at.First != o.at.Last || len(first) == 0 || first[len(first)-1] != ':' {
		return false
	}
	return bytes.Contains(first, []byte("://")) || bytes.Contains(first, []byte(" HTTP/"))
}

// indented reports whether text is empty or begins with white space.
func indented(text []byte) bool { return len(text) == 0 || lex.IsSpace(text[0]) }
