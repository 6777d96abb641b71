package parser

import "encoding/base64"

// The body in base64: the key errorCode gives one of three literals, by where it
// stands in its group of three bytes. Both alphabets and any padding are read,
// and lines broken as MIME breaks them, other than within the literal.

// maxBase64 bounds what is decoded of one run.
const maxBase64 = 64 << 10

func (s *scan) base64(t []byte, from, a int, at place) int {
	start, end, breaks := a, a, 0
	for low := max(from, s.in.asked); ; { // the literal stands at a group's beginning, so its groups reach back in fours
		k := start
		for k > low && isBreak(t[k-1]) {
			k--
		}
		if k-4 < low || !isBase64(t[k-4:k]) {
			break
		}
		breaks += start - k
		start = k - 4
	}
	for end < len(t) && (isBase64(t[end:end+1]) || isBreak(t[end])) {
		if isBreak(t[end]) {
			breaks++
		}
		end++
	}
	if end > start+maxBase64 {
		s.bounded(Base64Bound)
		end, breaks = start+maxBase64, 0
	}
	group := end
	if (end-start-breaks)%4 == 1 {
		group--
	}
	s.run64(t[start:group], at)
	return end
}

// isBreak reports whether c breaks a line, as MIME's base64 does.
func isBreak(c byte) bool { return c == '\n' || c == '\r' }

// run64 reads what a run of base64 holds.
func (s *scan) run64(run []byte, at place) {
	s.decoded(at, func(dst []byte) []byte {
		n := len(dst)
		dst = append(dst, run...)
		k, _ := base64.RawStdEncoding.Decode(dst[n:], standardAlphabet(dst[n:])) // in place: what is read is never behind what is written
		return dst[:n+k]
	})
}

// standardAlphabet turns the URL alphabet into the standard one, in place.
func standardAlphabet(t []byte) []byte {
	for i, c := range t {
		switch c {
		case '-':
			t[i] = '+'
		case '_':
			t[i] = '/'
		}
	}
	return t
}

func isBase64(t []byte) bool {
	for _, c := range t {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '+' || c == '/' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
