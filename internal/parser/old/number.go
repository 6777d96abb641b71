package old

import (
	"unicode"
	"unicode/utf8"
)

// verdict says what a number in a proved position is.
type verdict uint8

const (
	nothing verdict = iota // no number stands there
	isCode
	refused
)

// The range of a code, listed or not.
const (
	minCode = 1000
	maxCode = 9999
)

// wholeCode reads a JSON number, or the content of a JSON string, as a code.
func wholeCode(t []byte) (int, verdict, Reason) {
	n, end := leadingInt(t)
	switch {
	case end == 0:
		return 0, nothing, 0
	case end < len(t) && (t[end] == '.' || isWord(t[end])):
		return n, refused, Attached
	case end < len(t):
		return 0, nothing, 0
	case t[0] == '-':
		return n, refused, Negative
	case n < minCode || n > maxCode || end != 4:
		return n, refused, OutOfRange
	}
	return n, isCode, 0
}

// codeInText reads the code at t[i:] of free text, where something may touch it
// on the right. The caller has seen what stands on the left.
func codeInText(t []byte, i int) (int, verdict, Reason) {
	n, k := leadingInt(t[i:])
	if k == 0 {
		return 0, nothing, 0
	}
	end := i + k
	switch {
	case t[i] == '-':
		return n, refused, Negative
	case i > 0 && (t[i-1] == '"' || t[i-1] == '\'') && (end >= len(t) || t[end] != t[i-1] && t[end] != '\\'):
		return n, refused, Attached // a text that begins with a number
	case end < len(t) && (touches(t[end]) || letterAt(t[end:]) || isSum(t[end:])):
		return n, refused, Attached
	case k != 4 || n < minCode:
		return n, refused, OutOfRange
	case unitFollows(t[end:]):
		return n, refused, Attached
	}
	return n, isCode, 0
}

// leadingInt reads an integer with an optional minus sign; its size is bounded,
// since what is longer than a code is none.
func leadingInt(t []byte) (n, end int) {
	i := 0
	if len(t) > 0 && t[0] == '-' {
		i = 1
	}
	first := i
	for ; i < len(t) && isDigit(t[i]); i++ {
		if i-first < 9 {
			n = n*10 + int(t[i]-'0')
		}
	}
	if i == first {
		return 0, 0
	}
	if first == 1 {
		n = -n
	}
	return n, i
}

// touches reports whether c beside a number makes it part of something else.
func touches(c byte) bool {
	return isWord(c) || c == '-' || c == '.' || c == ':' || c == '%'
}

// letterAt reports whether t begins with a letter that is not ASCII.
func letterAt(t []byte) bool {
	if t[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRune(t)
	return unicode.IsLetter(r)
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_'
}

// isSum reports whether t, behind a number, goes on with a second one: 4006/4015, 4006+15,
// 4006 x 4015. The status of an HTTP error behind a stroke is the answer's: 4006/400.
func isSum(t []byte) bool {
	if len(t) < 2 {
		return false
	}
	sign, i := t[0], 1
	if len(t) > 3 && t[0] == ' ' && t[2] == ' ' && t[1] != '+' {
		sign, i = t[1], 3
	}
	if !isDigit(t[i]) || sign != '/' && sign != '+' && sign != '*' && sign != 'x' {
		return false
	}
	status, ok := statusAt(t, i)
	return sign != '/' || !ok || status < 400
}

var units = words(" ms", " bytes", " kB", " KB", " MB", " sec", " seconds", " us", " ns", " s", " min", " minutes", " hours", " days", " B", " GB",
	" KiB", " MiB", " GiB", " kbit", " kbps", " kbit/s", " Mbps", " Hz", " px", " %", " percent", " EUR", " USD", " GBP", " CHF", " €", " £",
	" items", " rows", " entries", " files", " frames", " packets", " points", " times", " lines", " users", " viewers", " TB", " pct",
	" secs", " mins", " hrs", " millis", " rpm", " fps", " bps", " dB", " req/s", " SEK", " NOK", " DKK", " JPY", " INR", " PLN", " CZK", " BRL", " AUD", " CAD")

func unitFollows(t []byte) bool {
	if len(t) < 3 || t[0] != ' ' {
		return false
	}
	for _, u := range units {
		if len(t) >= len(u) && string(t[:len(u)]) == string(u) && (len(t) == len(u) || !isWord(t[len(u)]) && t[len(u)] != '=') {
			return true // and no field of that name
		}
	}
	return false
}
