package old

import "bytes"

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
)
