package fieldnames

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// CodeNames are the names of the code that count next to the server's words, in
// lower case, without what a path of the field puts before them.
var CodeNames = lex.Words("errorcode", "error_code", "error-code", "error code")

// LongestCodeName is the length of the longest of them.
const LongestCodeName = len("error_code")

var errorWord, codeWord = []byte("error"), []byte("code")

// NextCodeName returns where the first of CodeNames is in t, in any case; -1 where none is.
func NextCodeName(t []byte) (start, end int) {
	for i := 0; i < len(t); {
		n := lex.IndexFold(t[i:], errorWord)
		if n < 0 {
			break
		}
		start = i + n
		end = start + len(errorWord)
		if end < len(t) && (t[end] == '_' || t[end] == '-' || t[end] == ' ') {
			end++
		}
		if i = end; end+len(codeWord) <= len(t) && lex.EqualFold(t[end:end+len(codeWord)], string(codeWord)) {
			return start, end + len(codeWord)
		}
	}
	return -1, -1
}

// codePrefixes are what may be before such a name without a point between.
var codePrefixes = lex.Set("", "body", "response", "resp", "res", "server", "upstream", "licence", "license", "drm", "widevine", "wv", "ssp", "nv", "proxy",
	"data", "payload", "result", "json", "content", "detail", "details", "answer", "reply", "backend", "origin", "x", "ls", "lic", "err", "http", "client")

// IsCodeName reports whether a field's name ends in one of the code: ErrorCode,
// error_code, body.errorCode, upstream_error_code.
func IsCodeName(name []byte) bool {
	n := len(name)
	if n < 9 || n > lex.MaxField || name[n-1]|0x20 != 'e' || name[n-2]|0x20 != 'd' {
		return false
	}
	var buf [lex.MaxField]byte
	low := lex.Lower(buf[:0], name)
	for _, c := range CodeNames {
		if prefix, ok := bytes.CutSuffix(low, c); ok {
			if len(prefix) > 0 && (prefix[len(prefix)-1] == '.' || prefix[len(prefix)-1] == '/') {
				return !PlayerWords.In(prefix)
			}
			return codePrefixes[string(bytes.Trim(prefix, "_- @$"))]
		}
	}
	return false
}
