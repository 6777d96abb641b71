package old

import "bytes"

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

var levels = words("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "ALERT", "EMERGENCY")

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
