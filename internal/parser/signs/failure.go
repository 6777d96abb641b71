package signs

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// ErrorWords are words, in lower case, of a query that reports an error.
var ErrorWords = lex.Words("err", "drm", "fail", "licen")

// failureWords are words, in lower case, with which clients and proxies report that a
// request failed.
var failureWords = lex.SetOf(lex.Words("fail", "error", "denied", "refused", "timed out", "timeout", "unavailable", "forbidden", "bad request", "unauthor", "reject", "exception", "reset by", "could not be", "no licen"))

// playLicence are words, in lower case, of a text about licences for content.
var playLicence = lex.SetOf(lex.Words("drm", "widevine", "playready", "fairplay", "cdm", "keysystem", "mediakey", "encrypted", "player", "playback", "inputstream"))

// answerOfLicence are words, in lower case, that follow the word for a licence where it is
// one for content.
var answerOfLicence = lex.Words("request", "acquisition", "response", "challenge", "server", "proxy", "denied", "refused", "rejected", "failed: ", "error: ", "update", "exchange", "session", "40", "50")

// IsPlayLicence reports whether a word for a licence, with near around it and after behind it,
// means one for content.
func IsPlayLicence(near, after []byte) bool {
	for _, w := range answerOfLicence {
		if len(after) >= len(w) && bytes.EqualFold(after[:len(w)], w) {
			return true
		}
	}
	return playLicence.In(near)
}

// SaysFailure reports whether a text about a licence request reports a failure, in
// words or by a status of HTTP: <-- 400 https://....
func SaysFailure(t []byte) bool {
	if failureWords.In(t) {
		return true
	}
	for i, c := range t {
		if c != ' ' && c != '=' && c != ':' {
			continue
		}
		if status, ok := lex.StatusAt(t, i+1); ok && status >= 400 && (c == ' ' || namesStatus(t[:i])) {
			return true
		}
	}
	return false
}

// namesStatus reports whether t ends in the name of an HTTP status: "status", httpStatus.
func namesStatus(t []byte) bool {
	t = bytes.TrimRight(t, `"\' `)
	for _, w := range statusEnds {
		if n := len(t) - len(w); n >= 0 && bytes.EqualFold(t[n:], w) {
			return true
		}
	}
	return false
}

var statusEnds = lex.Words("status", "code", "http")
