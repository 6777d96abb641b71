package read

import (
	"fmt"
	"strings"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// The body in hex: digits on end, also over several lines, or bytes apart by a blank, a
// colon or a dash, as 7b 22 and 7B-22 are. The rows of a hex dump are framing's.

// hexRows are the key errorCode in hex.
func hexRows() (rows []row) {
	for _, separator := range []string{"", " ", ":", "-"} {
		for _, format := range []string{"%02x", "%02X"} {
			var digits []string
			for _, c := range []byte("errorCode") {
				digits = append(digits, fmt.Sprintf(format, c))
			}
			literal := strings.Join(digits, separator)
			rows = append(rows, row{literal: literal, rare: strings.IndexAny(literal, "fF"), read: hexText})
		}
	}
	return rows
}

// hexText reads the run of hex that holds the key at t[a].
func hexText(s *walker, t []byte, from, a int, at place) int {
	separator := s.in.nearest.row.literal[2]
	step := 3
	if lex.IsHex(separator) {
		step, separator = 2, 0
	}
	start, end := a, a
	for low := max(from, s.in.asked); ; {
		k := start
		if separator == 0 {
			k = lex.BreakBefore(t, low, start)
		}
		if k-step < low || separator != 0 && t[k-1] != separator || !lex.IsHex(t[k-step]) || !lex.IsHex(t[k-step+1]) {
			break
		}
		start = k - step
	}
	for end+1 < len(t) && lex.IsHex(t[end]) && lex.IsHex(t[end+1]) {
		end += 2
		if separator == 0 {
			end = lex.BreakBehind(t, end)
		} else if end < len(t) && t[end] == separator {
			end++
		}
	}
	if end > start+lex.MaxBase64 {
		s.bounded(result.Base64Bound)
		end = start + lex.MaxBase64
	}
	s.decoded(at, func(dst []byte) []byte { return lex.Unhex(dst, t[start:end]) })
	return max(end, a+1)
}
