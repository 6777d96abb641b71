package signs

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// ErrorWords are words, in lower case, of a query that reports an error.
var ErrorWords = lex.Words("err", "drm", "fail", "licen")

// failureWords are words, in lower case, with which clients and proxies report that a
// request failed.
var failureWords = lex.SetOf(lex.Words("fail", "error", "denied", "refused", "timed out", "timeout", "unavailable", "forbidden", "bad request", "unauthor", "reject", "exception", "reset by"))

// SaysFailure reports whether a text about a licence request reports a failure, in
// words or by a status of HTTP: <-- 400 https://....
func SaysFailure(t []byte) bool {
	if failureWords.In(t) {
		return true
	}
	for i := 0; i < len(t); i++ {
		n := bytes.IndexByte(t[i:], ' ')
		if n < 0 {
			break
		}
		i += n
		if status, ok := lex.StatusAt(t, i+1); ok && status >= 400 {
			return true
		}
	}
	return false
}
