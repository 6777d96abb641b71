// Package number reads digits in a proved position as the extra code of a licence
// server: whether they are one and, if not, why.
package number

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// Verdict is what a number in a proved position is.
type Verdict uint8

const (
	Nothing Verdict = iota // no number is there
	IsCode
	Refused
)

// The range of a code, listed or not.
const (
	MinCode = 1000
	MaxCode = 9999
)

// Whole reads a JSON number, or the content of a JSON string, as a code.
func Whole(t []byte) (int, Verdict, result.Reason) {
	n, end := lex.LeadingInt(t)
	switch {
	case end == 0:
		return 0, Nothing, 0
	case end < len(t) && (t[end] == '.' || lex.IsWord(t[end])):
		return n, Refused, result.Attached
	case end < len(t):
		return 0, Nothing, 0
	case t[0] == '-':
		return n, Refused, result.Negative
	case n < MinCode || n > MaxCode || end != 4:
		return n, Refused, result.OutOfRange
	}
	return n, IsCode, 0
}

// InText reads the code at t[i:] of free text, where something may touch it
// on the right. The caller has seen what is on the left.
func InText(t []byte, i int) (int, Verdict, result.Reason) {
	n, k := lex.LeadingInt(t[i:])
	if k == 0 {
		return 0, Nothing, 0
	}
	end := i + k
	switch {
	case t[i] == '-':
		return n, Refused, result.Negative
	case i > 0 && (t[i-1] == '"' || t[i-1] == '\'') && (end >= len(t) || t[end] != t[i-1] && t[end] != '\\'):
		return n, Refused, result.Attached // a text that begins with a number
	case end < len(t) && (lex.Touches(t[end]) && !endsSentence(t[end:]) || lex.LetterAt(t[end:]) || isSum(t[end:])):
		return n, Refused, result.Attached
	case k != 4 || n < MinCode:
		return n, Refused, result.OutOfRange
	case unitFollows(t[end:]):
		return n, Refused, result.Attached
	}
	return n, IsCode, 0
}

// endsSentence reports whether t, after a number, is the point at the end of a sentence.
func endsSentence(t []byte) bool {
	return t[0] == '.' && (len(t) == 1 || lex.IsSpace(t[1]))
}

// isSum reports whether t, after a number, goes on with a second one: 4006/4015, 4006+15,
// 4006 x 4015, or a fraction with a unit: 4006,5 kB. The status of an HTTP error after a
// stroke is the answer's: 4006/400.
func isSum(t []byte) bool {
	if len(t) < 2 {
		return false
	}
	if t[0] == ',' {
		_, k := lex.LeadingInt(t[1:])
		return lex.IsDigit(t[1]) && unitFollows(t[1+k:])
	}
	sign, i := t[0], 1
	if len(t) > 3 && t[0] == ' ' && t[2] == ' ' && t[1] != '+' {
		sign, i = t[1], 3
	}
	if !lex.IsDigit(t[i]) || sign != '/' && sign != '+' && sign != '*' && sign != 'x' {
		return false
	}
	status, ok := lex.StatusAt(t, i)
	return sign != '/' || !ok || status < 400
}

var units = lex.Words(" ms", " bytes", " kB", " KB", " MB", " sec", " seconds", " us", " ns", " s", " min", " minutes", " hours", " days", " B", " GB",
	" KiB", " MiB", " GiB", " kbit", " kbps", " kbit/s", " Mbps", " Hz", " px", " %", " percent", " EUR", " USD", " GBP", " CHF", " €", " £",
	" items", " rows", " entries", " files", " frames", " packets", " points", " times", " lines", " users", " viewers", " TB", " pct",
	" secs", " mins", " hrs", " millis", " rpm", " fps", " bps", " dB", " req/s", " SEK", " NOK", " DKK", " JPY", " INR", " PLN", " CZK", " BRL", " AUD", " CAD")

func unitFollows(t []byte) bool {
	if len(t) < 3 || t[0] != ' ' {
		return false
	}
	for _, u := range units {
		if len(t) >= len(u) && string(t[:len(u)]) == string(u) && (len(t) == len(u) || !lex.IsWord(t[len(u)]) && t[len(u)] != '=') {
			return true // and no field of that name
		}
	}
	return false
}
