package logtime

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// BeginsRecord reports whether indented text is a record of its own all the
// same: right-aligned levels (" INFO ...") and times.
func BeginsRecord(text []byte) bool {
	return BeginsWithTime(text) || len(text) > 0 && beginsLevel[text[0]] && IsLevel(lex.FirstWord(text))
}

// Heading is what a record's first line has before its message.
type Heading uint8

const (
	Unread Heading = iota
	NoHeading
	levelHeading
	TimeHeading // a time, perhaps with a level
)

// HeadingOf looks for what loggers put before their messages.
func HeadingOf(text []byte) Heading {
	if BeginsWithTime(text) || len(text) > 8 && lex.AllDigits(text[:8]) { // the latter of an epoch, or of a date without dashes
		return TimeHeading
	}
	head, word, found := text[:min(len(text), maxHead)], 0, NoHeading
	if IsLevel(lex.FirstWord(bytes.TrimLeft(head, "["))) {
		found = levelHeading
	}
	for i, c := range head {
		switch {
		case c == ':' && clockAt(head, i):
			return TimeHeading
		case !lex.IsUpper(c):
			if found == NoHeading && !lex.IsWord(c) && IsLevel(head[word:i]) && (word == 0 || !lex.Touches(head[word-1])) {
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
	return i > 0 && i+5 < len(t) && lex.IsDigit(t[i-1]) && lex.IsDigit(t[i+1]) && lex.IsDigit(t[i+2]) && t[i+3] == ':' && lex.IsDigit(t[i+4]) && lex.IsDigit(t[i+5])
}

// BeginsWithTime finds a leading time by its shape alone: "2026-11-23",
// "2026/11/23", "11-23 08:", "[2026-", "[Mon, 23".
func BeginsWithTime(t []byte) bool {
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
