package old

import (
	"bytes"

	"wvwatch/internal/codes"
)

// errorCode=N outside an object: players write it too, so it counts only where
// the record shows a Widevine licence URL, or SSM's words, and no sign of a player.
func (s *scan) errorCodeText(t []byte, from, a int, at place) int {
	if next, ok := s.encoded(t, from, a, at); ok {
		return next
	}
	end := a + len("errorCode")
	start := a
	if a > from && (isWord(t[a-1]) || t[a-1] == '-') && !escapedSpace(t[from:a]) {
		start = nameAround(t, from, a)
	}
	if isCodeName(t[start:end]) && s.printedCode(t, from, a, end) || start < a {
		return end
	}
	i, ok := separator(t, end)
	if !ok {
		s.lostAt(t, end)
		return end
	}
	if t[a] == 'e' {
		s.readText(t, i, BareText, unsaid)
	} else if n, is, _ := codeInText(t, i); is == isCode {
		s.add(candidate{code: n, evidence: BareText, path: s.lastPath, named: true})
	}
	return i
}

// lostAt notes a listed number right after the name of a code that no rule reads.
func (s *scan) lostAt(t []byte, end int) {
	for i := end; i < len(t) && i < end+maxLost; i++ {
		if isDigit(t[i]) {
			if n, is, _ := codeInText(t, i); is == isCode && s.p.cat.Known(n) {
				s.lost = true
			}
			return
		}
	}
}

// maxLost is how far after the name of a code a number is looked for that was
// not read.
const maxLost = 16

// bareCounts reports whether a code in bare text counts by what the record shows.
func (s *scan) bareCounts(c *candidate) bool {
	return !c.named && s.bareTextCounts(c.code)
}

// bareTextCounts reports whether the number counts, or one of SSM's list beside
// SSM's words.
func (s *scan) bareTextCounts(code int) bool {
	if !s.paths[codes.Widevine] && (s.p.cat.Index(codes.SSM, code) < 0 || s.identify() != codes.SSM) {
		return false
	}
	return !s.player && !playerSignSet.in(s.raw) && !gradesByNumber(s.raw)
}

// gradesByNumber reports whether a text has a severity or category that is a
// number, as players do.
func gradesByNumber(t []byte) bool {
	for _, name := range [...]string{"severity", "category"} {
		if i := bytes.Index(t, []byte(name)); i >= 0 {
			if k, ok := separator(t, i+len(name)); ok && k < len(t) && isDigit(t[k]) {
				return true
			}
		}
	}
	return false
}

var playerSignSet = setOf(playerSigns)

// playerSigns are words, in lower case, of lines that a player wrote.
var playerSigns = words("player", "shaka", "dash.js", "hls.js", "media3", "bitmovin", "videojs", "video.js", "castplayer", "mediadrm", "avfoundation", "inputstream", "exoplay",
	"errorcodename", "errorcategory", "errorseverity", "errormessage", "nativeerror", "detailederrorcode", "license_acquisition_failed")

// holdsFold reports whether t holds the lower-case text w in any case.
func holdsFold(t []byte, w string) bool {
	if w == "" {
		return false
	}
	first := w[0]
	for i := 0; i+len(w) <= len(t); i++ {
		if t[i]|0x20 == first|0x20 && equalFold(t[i:i+len(w)], w) {
			return true
		}
	}
	return false
}

// equalFold compares t with lower-case ASCII.
func equalFold(t []byte, w string) bool {
	for i, c := range t {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != w[i] {
			return false
		}
	}
	return true
}

// hasFold reports whether t holds one of some lower-case words in any case.
func hasFold(t []byte, anyOf [][]byte) bool {
	for _, w := range anyOf {
		lower, upper := w[0], w[0]-'a'+'A'
		for _, first := range [...]byte{lower, upper} {
			for i := 0; i+len(w) <= len(t); {
				n := bytes.IndexByte(t[i:len(t)-len(w)+1], first)
				if n < 0 {
					break
				}
				i += n
				if bytes.EqualFold(t[i:i+len(w)], w) {
					return true
				}
				i++
			}
		}
	}
	return false
}
