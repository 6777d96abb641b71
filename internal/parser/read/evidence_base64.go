package read

import (
	"encoding/base64"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// The body in base64: the key errorCode gives one of three literals, by its
// position in its group of three bytes. Both alphabets and any padding are read,
// and lines broken as MIME breaks them, other than within the literal.

func base64Text(s *walker, t []byte, from, a int, at place) int {
	start, end, breaks := a, a, 0
	for low := max(from, s.in.asked); ; { // the literal begins a group, so its groups reach back in fours
		k := lex.BreakBefore(t, low, start)
		if k-4 < low || !lex.IsBase64(t[k-4:k]) {
			break
		}
		breaks += start - k
		start = k - 4
	}
	for end < len(t) {
		if lex.IsBase64(t[end : end+1]) {
			end++
			continue
		}
		k := lex.BreakBehind(t, end)
		if k == end {
			break
		}
		breaks += k - end
		end = k
	}
	if end > start+lex.MaxBase64 {
		s.bounded(result.Base64Bound)
		end, breaks = start+lex.MaxBase64, 0
	}
	group := end
	if (end-start-breaks)%4 == 1 {
		group--
	}
	run64(s, t[start:group], at)
	return end
}

// run64 reads what a run of base64 holds.
func run64(s *walker, run []byte, at place) {
	s.decoded(at, func(dst []byte) []byte {
		n := len(dst)
		dst = append(dst, run...)
		dst = dst[:n+len(lex.StandardAlphabet(dst[n:]))]
		k, _ := base64.RawStdEncoding.Decode(dst[n:], dst[n:]) // in place: what is read is never after what is written
		return dst[:n+k]
	})
}
