package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// tracebacks begin a trace with its message in a line of its own, which may be anything.
var tracebacks = lex.Words("Traceback (most recent call last)", "thread '", "Unhandled exception")

func beginsTraceback(text []byte) bool { return lex.BeginsWithOne(text, tracebacks) }

// continuesTrace knows the lines of a stack trace that begin in column one.
func (o *open) continuesTrace(text []byte) bool {
	switch {
	case !beginsTrace[text[0]]:
	case lex.BeginsWithOne(text, traceWords):
		return true
	case beginsTraceback(text) || lex.BeginsWithOne(text, crashWords):
		return o.heading() != logtime.NoHeading
	}
	// com.example.SomeException: why
	end := 0
	for end < len(text) && (lex.IsWord(text[end]) || text[end] == '.' || text[end] == '$' || text[end] == '\\') {
		end++
	}
	if end == 0 || end < len(text) && text[end] != ':' && (text[end] != ' ' || end+1 >= len(text) || text[end+1] != '(') { // Ruby's text is in brackets
		return false
	}
	name := text[:end]
	outer, _, _ := bytes.Cut(name, []byte{'$'}) // of a class within one
	if isClass(outer) {
		return o.heading() != logtime.NoHeading
	}
	for _, s := range throwables {
		if bytes.HasSuffix(name, s) || bytes.HasSuffix(outer, s) {
			return o.heading() == logtime.TimeHeading // where it is a level, other records may begin with a name
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
		case !lex.IsWord(c):
			return false
		}
	}
	return dots > 1 && last < len(name) && lex.IsUpper(name[last]) && !lex.IsDigit(name[0])
}

// beginsTrace are the first bytes of traceWords, tracebacks and crashWords.
var beginsTrace = lex.FirstBytes(traceWords, tracebacks, crashWords)

var (
	traceWords = lex.Words("Caused by: ", "Suppressed: ", "Traceback (most recent call last)", "During handling of the above",
		"The above exception was", "goroutine ", "--- End of ")
	// what begins a trace's line after white space, where that alone is no sign.
	indentedWords = lex.Words("at ", "... ", `File "`, "---> ")
	crashWords    = lex.Words("panic: ", "** (")
	throwables    = lex.Words("Exception", "Error", "Throwable", "Failure", "Fault", "Timeout", "Interrupt")
)
