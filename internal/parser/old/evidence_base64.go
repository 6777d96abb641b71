package old

import (
	"bytes"
	"encoding/base64"
)

// The body in base64: the key errorCode gives one of three literals, by where it
// stands in its group of three bytes. Both alphabets and any padding are read,
// and lines broken as MIME breaks them, other than within the literal.

// maxBase64 bounds what is decoded of one run.
const maxBase64 = 64 << 10

func (s *scan) base64(t []byte, from, a int, at place) int {
	start, end, breaks := a, a, 0
	for low := max(from, s.in.asked); ; { // the literal stands at a group's beginning, so its groups reach back in fours
		k := breakBefore(t, low, start)
		if k-4 < low || !isBase64(t[k-4:k]) {
			break
		}
		breaks += start - k
		start = k - 4
	}
	for end < len(t) {
		if isBase64(t[end : end+1]) {
			end++
			continue
		}
		k := breakBehind(t, end)
		if k == end {
			break
		}
		breaks += k - end
		end = k
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

// breakBefore returns where the line before ended if t[i] begins one after blanks,
// as loggers indent lines, else i.
func breakBefore(t []byte, low, i int) int {
	k := backOverBlanks(t, low, i)
	if k < i && bytes.IndexByte(t[k:i], '\n') >= 0 || k < i && bytes.IndexByte(t[k:i], '\r') >= 0 {
		return k
	}
	return i
}

// breakBehind returns where the next line begins if one ends at t[i], else i.
func breakBehind(t []byte, i int) int {
	if i < len(t) && (t[i] == '\n' || t[i] == '\r') {
		for i < len(t) && isSpace(t[i]) {
			i++
		}
	}
	return i
}

// run64 reads what a run of base64 holds.
func (s *scan) run64(run []byte, at place) {
	s.decoded(at, func(dst []byte) []byte {
		n := len(dst)
		dst = append(dst, run...)
		dst = dst[:n+len(standardAlphabet(dst[n:]))]
		k, _ := base64.RawStdEncoding.Decode(dst[n:], dst[n:]) // in place: what is read is never after what is written
		return dst[:n+k]
	})
}

// standardAlphabet turns the URL alphabet into the standard one and takes white
// space out, in place.
func standardAlphabet(t []byte) []byte {
	out := t[:0]
	for _, c := range t {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case isSpace(c):
			continue
		}
		out = append(out, c)
	}
	return out
}

func isBase64(t []byte) bool {
	for _, c := range t {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '+' || c == '/' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
