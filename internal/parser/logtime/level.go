package logtime

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// gradeWords are a logger's severities that no line begins with.
var gradeWords = lex.Words("err", "crit", "emerg", "panic", "informational", "information", "default", "verbose", "low", "medium", "high", "fine", "none", "unknown", "log")

// IsGrade reports whether a severity is a logger's word for one.
func IsGrade(word []byte) bool {
	if IsLevel(word) {
		return true
	}
	for _, g := range gradeWords {
		if bytes.EqualFold(word, g) {
			return true
		}
	}
	return false
}

var levels = lex.Words("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "ALERT", "EMERGENCY")

// beginsLevel holds the first bytes of their names.
var beginsLevel = lex.FirstBytes(levels, lex.Words("t", "d", "i", "n", "w", "e", "f", "c", "s", "a"))

// IsLevel reports whether word is the name of a log level, in any case.
func IsLevel(word []byte) bool {
	if len(word) == 0 || !beginsLevel[word[0]] {
		return false
	}
	for _, l := range levels {
		if len(word) == len(l) && bytes.EqualFold(word, l) {
			return true
		}
	}
	return false
}
