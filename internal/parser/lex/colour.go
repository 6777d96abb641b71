package lex

import (
	"bytes"
)

// Escape begins the sequences with which loggers colour their words.
const Escape = 0x1b

// SyslogEscape is what syslog daemons write for escape, with its bracket.
var SyslogEscape = []byte("#033[")

// StripColours takes such sequences out, in place.
func StripColours(t []byte) []byte {
	out := t[:0]
	for i := 0; i < len(t); i++ {
		switch rest := t[i:]; {
		case t[i] == Escape && len(rest) > 1 && rest[1] == '[':
			i += 2
		case t[i] == '#' && bytes.HasPrefix(rest, SyslogEscape):
			i += len(SyslogEscape)
		default:
			out = append(out, t[i])
			continue
		}
		for ; i < len(t) && (IsDigit(t[i]) || t[i] == ';'); i++ {
		}
	}
	return out
}
