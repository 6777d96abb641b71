package parser

import (
	"bytes"
	"regexp"
)

// Which lines go on with a record: stack traces and pretty-printed objects, or
// what the user says of a record's first line.

// multiline is a compiled MultilineConfig.
type multiline struct {
	off   bool
	first *regexp.Regexp // of a record; nil: auto
}

// joins reports whether a line without an envelope goes on with the record in o.
func (f *format) joins(o *open, text []byte) bool {
	switch {
	case f.multiline.off:
		return false
	case f.multiline.first != nil:
		return !f.multiline.first.Match(text)
	}
	return o.continues(text)
}

// joinsWrapped is joins for a line out of an envelope. Where every line has a
// header with a time of its own, white space alone is no sign.
func (f *format) joinsWrapped(o *open, e envelope) bool {
	if !e.perLine || f.multiline.off || f.multiline.first != nil {
		return f.joins(o, e.text)
	}
	text := bytes.TrimLeft(e.text, " \t")
	switch {
	case len(text) == 0:
		return true // Python has some between the parts of a trace
	case o.nest > 0:
		return !beginsWithTime(text)
	case o.announces(text):
		return true
	case o.trace && !beginsWithTime(text):
		return true
	case len(text) == len(e.text):
		return o.continuesTrace(text)
	}
	return beginsWithOne(text, traceWords) || beginsWithOne(text, indentedWords)
}

// ends reports whether a record can not grow.
func (f *format) ends(text []byte) bool {
	return f.multiline.off || f.multiline.first == nil && complete(text)
}

// nesting returns how many brackets are open after text, which begins inside
// depth of them. What is closed within the line is none, nor is one in a string.
func nesting(text []byte, depth int) int {
	if depth == 0 && !endsOpen(text) {
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
	if n := len(text); depth == 0 && n > 0 && (text[n-1] == '{' || text[n-1] == '[') {
		return 1 // behind a quote that only the last of the lines closes
	}
	return depth
}

// complete reports whether a record can not be continued: one JSON object on
// its own line. It is what lets such records count without waiting for silence.
func complete(text []byte) bool {
	if n := len(text); n > 2 && text[n-1] == ',' {
		text = text[:n-1] // an element of an array, one a line
	}
	return len(text) > 1 && text[0] == '{' && text[len(text)-1] == '}'
}

// endsOpen reports whether a line ends inside a pretty-printed object: after an
// opening bracket, or after one of its members.
func endsOpen(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	if len(text) == 0 {
		return false
	}
	switch text[len(text)-1] {
	case '{', '[':
		return true
	case ',':
		text = bytes.TrimLeft(text, " \t")
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
	if c := text[0]; c == '[' || c == '<' || isDigit(c) {
		return false
	}
	o.study()
	switch c := text[0]; {
	case c == ' ' || c == '\t':
		return !o.indent && !beginsRecord(bytes.TrimLeft(text, " \t"))
	case c == '}' || c == ']' || c == ')' || c == '(' && len(text) == 1: // the last is PHP's
		return true
	case c == '/':
		return bytes.Contains(text, []byte(":in ")) && o.heading() != noHeading // Ruby's
	case c == '"' || c == '\'' || c == '{':
		// What an object in front of its text prints begins with a line of its own.
		return (o.opening || o.announces(text)) && !complete(text)
	case c == '.':
		return bytes.HasPrefix(text, []byte("... "))
	}
	return o.trace && !isLevel(firstWord(text)) || o.continuesTrace(text)
}

// announces reports whether text begins the object of which the record in o, so
// far one line of text, has spoken.
func (o *open) announces(text []byte) bool {
	return string(text) == "{" && !o.object && !o.several && (o.wrapped || o.at.first == o.at.last) && o.heading() != noHeading
}

// tracebacks begin a trace whose message is a line of its own, which may be anything.
var tracebacks = words("Traceback (most recent call last)", "thread '", "Unhandled exception")

func beginsTraceback(text []byte) bool { return beginsWithOne(text, tracebacks) }

func beginsWithOne(text []byte, of [][]byte) bool {
	for _, w := range of {
		if bytes.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

// indented reports whether text is empty or begins with white space.
func indented(text []byte) bool { return len(text) == 0 || isSpace(text[0]) }

// continuesTrace knows the lines of a stack trace that begin in column one.
func (o *open) continuesTrace(text []byte) bool {
	switch {
	case !beginsTrace[text[0]]:
	case beginsWithOne(text, traceWords):
		return true
	case beginsTraceback(text) || beginsWithOne(text, crashWords):
		return o.heading() != noHeading
	}
	// com.example.SomeException: why
	end := 0
	for end < len(text) && (isWord(text[end]) || text[end] == '.' || text[end] == '$' || text[end] == '\\') {
		end++
	}
	if end == 0 || end < len(text) && text[end] != ':' && (text[end] != ' ' || end+1 >= len(text) || text[end+1] != '(') { // Ruby's text stands in brackets
		return false
	}
	name := text[:end]
	outer, _, _ := bytes.Cut(name, []byte{'$'}) // of a class within one
	if isClass(outer) {
		return o.heading() != noHeading
	}
	for _, s := range throwables {
		if bytes.HasSuffix(name, s) || bytes.HasSuffix(outer, s) {
			return o.heading() == timeHeading // where it is a level, other records may begin with a name
		}
	}
	return false
}

// isClass reports whether name is that of a class in a package of a package:
// com.example.Denied.
func isClass(name []byte) bool {
	last, dots := 0, 0 // where the last part begins
	for i, c := range name {
		switch {
		case c == '.' && i == last:
			return false
		case c == '.':
			last, dots = i+1, dots+1
		case !isWord(c):
			return false
		}
	}
	return dots > 1 && last < len(name) && isUpper(name[last]) && !isDigit(name[0])
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// beginsTrace are the first bytes of traceWords, tracebacks and crashWords.
var beginsTrace = firstBytes(traceWords, tracebacks, crashWords)

func firstBytes(lists ...[][]byte) (first [256]bool) {
	for _, l := range lists {
		for _, w := range l {
			first[w[0]] = true
		}
	}
	return first
}

var (
	traceWords = words("Caused by: ", "Suppressed: ", "Traceback (most recent call last)", "During handling of the above",
		"The above exception was", "goroutine ", "--- End of ")
	// what begins a trace's line behind white space, where that alone is no sign
	indentedWords = words("at ", "... ", `File "`, "---> ")
	crashWords    = words("panic: ", "** (")
	throwables    = words("Exception", "Error", "Throwable", "Failure", "Fault", "Timeout", "Interrupt")
	levels        = words("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "ALERT", "EMERGENCY")
)

func words(s ...string) [][]byte {
	b := make([][]byte, len(s))
	for i := range s {
		b[i] = []byte(s[i])
	}
	return b
}

// beginsRecord reports whether indented text is a record of its own all the
// same: right-aligned levels (" INFO ...") and times.
func beginsRecord(text []byte) bool {
	return beginsWithTime(text) || isLevel(firstWord(text))
}

// heading is what a record's first line has before its message.
type heading uint8

const (
	unread heading = iota
	noHeading
	levelHeading
	timeHeading // a time, perhaps with a level
)

// heading returns what stands before the message of the record in o.
func (o *open) heading() heading {
	if o.headed == unread {
		first := o.first
		if o.wrapped {
			first, _, _ = bytes.Cut(o.text[o.head:], []byte{'\n'})
		}
		o.headed = headingOf(first)
	}
	return o.headed
}

// headingOf looks for what loggers put before their messages.
func headingOf(text []byte) heading {
	if beginsWithTime(text) || len(text) > 8 && allDigits(text[:8]) { // the latter of an epoch, or of a date without dashes
		return timeHeading
	}
	head, word, found := text[:min(len(text), maxHead)], 0, noHeading
	if isLevel(firstWord(bytes.TrimLeft(head, "["))) {
		found = levelHeading
	}
	for i, c := range head {
		switch {
		case c == ':' && clockAt(head, i):
			return timeHeading
		case !isUpper(c):
			if found == noHeading && !isWord(c) && isLevel(head[word:i]) && (word == 0 || !touches(head[word-1])) {
				found = levelHeading
			}
			word = i + 1
		}
	}
	return found
}

// maxHead is how far into a line a logger's header is looked for.
const maxHead = 64

// clockAt reports whether the colon t[i] is the first of a time of day.
func clockAt(t []byte, i int) bool {
	return i > 0 && i+5 < len(t) && isDigit(t[i-1]) && isDigit(t[i+1]) && isDigit(t[i+2]) && t[i+3] == ':' && isDigit(t[i+4]) && isDigit(t[i+5])
}

func firstWord(text []byte) []byte {
	if i := bytes.IndexAny(text, " \t:]|"); i >= 0 {
		return text[:i]
	}
	return text
}

// gradeWords are a logger's severities that no line begins with.
var gradeWords = words("err", "crit", "emerg", "panic", "informational", "information", "default", "verbose", "low", "medium", "high", "fine", "none", "unknown", "log")

// isGrade reports whether a severity is a logger's word for one.
func isGrade(word []byte) bool {
	if isLevel(word) {
		return true
	}
	for _, g := range gradeWords {
		if bytes.EqualFold(word, g) {
			return true
		}
	}
	return false
}

func isLevel(word []byte) bool {
	for _, l := range levels {
		if bytes.EqualFold(word, l) {
			return true
		}
	}
	return false
}

// beginsWithTime tells a leading time by its shape alone: "2026-11-23",
// "2026/11/23", "11-23 08:", "[2026-", "[Mon, 23".
func beginsWithTime(t []byte) bool {
	if len(t) > 0 && t[0] == '[' {
		t = t[1:]
	}
	if len(t) < 10 {
		return false
	}
	digit := func(i int) bool { return t[i] >= '0' && t[i] <= '9' }
	switch {
	case digit(0) && digit(1) && digit(2) && digit(3):
		return (t[4] == '-' || t[4] == '/') && digit(5) && digit(6)
	case digit(0) && digit(1) && (t[2] == '-' || t[2] == '/'):
		return digit(3) && digit(4)
	}
	return t[3] == ',' && t[4] == ' ' && digit(5)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
