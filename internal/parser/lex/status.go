package lex

import (
	"bytes"
)

// noAnswer is the status of a request that was never answered, however a log
// writes that: it is not the licence server's word.
const noAnswer = 1

// AnswerAt reads a status, or the mark of a missing one, and how long it is. A number
// alone at the end of a line may be the bytes that were sent.
func AnswerAt(t []byte, i int) (status, size int) {
	if status, ok := StatusAt(t, i); ok && (status >= 200 || i+3 < len(t) && t[i+3] != '\n') {
		return status, 3
	}
	for _, none := range [...]string{"0 ", "000 ", "-1 "} {
		if len(t) > i && bytes.HasPrefix(t[i:], []byte(none)) {
			return noAnswer, len(none) - 1
		}
	}
	return 0, 0
}

// WholeStatus reads a value that is a status, or the mark of a missing one.
func WholeStatus(v []byte) (int, bool) {
	if len(v) == 3 {
		if n, ok := StatusAt(v, 0); ok {
			return n, true
		}
	}
	if s := string(v); s == "0" || s == "000" || s == "-1" {
		return noAnswer, true
	}
	return 0, false
}

// StatusAt reads three digits that nothing touches.
func StatusAt(t []byte, i int) (int, bool) {
	if i+3 > len(t) || i+3 < len(t) && Touches(t[i+3]) {
		return 0, false
	}
	a, b, c := int(t[i])-'0', int(t[i+1])-'0', int(t[i+2])-'0'
	if a < 1 || a > 5 || uint(b) > 9 || uint(c) > 9 {
		return 0, false
	}
	return a*100 + b*10 + c, true
}
