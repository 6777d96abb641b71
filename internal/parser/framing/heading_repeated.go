package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// Pretty-printed objects with the same header on every line: kubectl's and
// Docker's timestamps, what Compose, stern, pm2 and foreman put before the lines of
// several programs, Android Studio. What the first two lines have in common, runs
// of digits taken as equal, is the header, whatever it looks like.

// repeats adds a line to the open record if it goes on with an object that the
// record's first line opened, after the same header.
func (p *Framer) repeats(text []byte, at Span) bool {
	o := &p.plain
	if o.full() || p.multiline.Off || p.multiline.First != nil {
		return false
	}
	if o.repeated == 0 {
		if o.wrapped || o.at.First != o.at.Last || !opensObject(o.first) {
			return false
		}
		header, behind := commonHeader(o.first, text)
		if header == 0 || !lex.IsSpace(byteAt(text, behind)) || !isMember(text[behind:]) {
			return false
		}
		o.study()
		o.repeated, o.wrapped, o.several = header, true, true
		o.text = append(o.text[:0], o.first...)
		o.nest = nesting(o.first[header:], 0)
	}
	behind := behindHeader(o.first[:o.repeated], text)
	if behind < 0 || o.nest == 0 || !isMember(text[behind:]) {
		return false
	}
	o.text = append(append(o.text, '\n'), text[behind:]...)
	o.at.End, o.at.Last = at.End, at.Last
	if o.nest = nesting(text[behind:], o.nest); o.nest == 0 {
		p.finish(o)
	}
	return true
}

// opensObject reports whether a line ends in the bracket, or in the first members, of an
// object that the next lines hold, after a header.
func opensObject(text []byte) bool {
	n := len(text)
	for n > 0 && (text[n-1] == ' ' || text[n-1] == '\t') {
		n--
	}
	return n > 2 && (text[n-1] == '{' || text[n-1] == '[' || text[n-1] == ',' && opensMembers(text)) && text[0] != '{' && !lex.IsSpace(text[0]) && (text[0] != '[' || lex.IsWord(text[1]))
}

// commonHeader returns how much of a line's beginning the next one has, too, and
// where that ends in the next one.
func commonHeader(a, b []byte) (inA, inB int) {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case lex.IsDigit(a[i]) && lex.IsDigit(b[j]):
			i, j = endOfDigits(a, i), endOfDigits(b, j)
		case a[i] == b[j] && a[i] != '{':
			i, j = i+1, j+1
		default:
			if bytes.IndexByte(a[i:], '{') < 0 && bytes.IndexByte(a[i:], '[') < 0 {
				return 0, 0
			}
			return i, j
		}
	}
	return 0, 0
}

// behindHeader returns where the line goes on after the header, or -1.
func behindHeader(header, line []byte) int {
	i, j := 0, 0
	for i < len(header) {
		switch {
		case j >= len(line):
			return -1
		case lex.IsDigit(header[i]) && lex.IsDigit(line[j]):
			i, j = endOfDigits(header, i), endOfDigits(line, j)
		case header[i] == line[j]:
			i, j = i+1, j+1
		default:
			return -1
		}
	}
	return j
}

func endOfDigits(t []byte, i int) int {
	for i < len(t) && lex.IsDigit(t[i]) {
		i++
	}
	return i
}

// isMember reports whether a line looks like one of a pretty-printed object.
func isMember(text []byte) bool {
	t := bytes.TrimLeft(text, " \t")
	switch {
	case len(t) == 0:
		return false
	case t[0] == '}' || t[0] == ']' || t[0] == ')':
		return true
	case len(t) == len(text):
		return false
	case t[0] == '"' || t[0] == '\'' || t[0] == '{' || t[0] == '[' || t[0] == '-' || lex.IsDigit(t[0]):
		return true
	}
	return lex.IsWord(t[0]) && (bytes.IndexByte(t, ':') > 0 || bytes.IndexByte(t, '=') > 0 || t[len(t)-1] == ',')
}

func byteAt(t []byte, i int) byte {
	if i < len(t) {
		return t[i]
	}
	return 0
}
