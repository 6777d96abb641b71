package old

import "bytes"

// memberName returns a key without its quotes and the index after it, or -1.
func memberName(t []byte, i int) ([]byte, int) {
	if q := t[i]; q == '"' || q == '\'' {
		for end := i + 1; end < len(t); end++ { // names are short: a call costs more than the loop
			if t[end] == q {
				return t[i+1 : end], end + 1
			}
			if t[end] == '\\' {
				break
			}
		}
		end := closingQuote(t, i+1, q)
		if end < 0 {
			return nil, -1
		}
		return t[i+1 : end], end + 1
	}
	if t[i] == ':' {
		i++ // a symbol of Ruby's
	}
	end := i
	for end < len(t) && (isWord(t[end]) || t[end] == '$' || t[end] == '-' || t[end] == '.') {
		end++
	}
	if end == i {
		return nil, -1
	}
	return t[i:end], end
}

// scalarEnd returns the end of a number or word.
func scalarEnd(t []byte, i int) int {
	for i < len(t) && !endsScalar[t[i]] {
		i++
	}
	return i
}

var endsScalar = [256]bool{',': true, '}': true, ']': true, '{': true, '[': true, '"': true, '\'': true, ' ': true,
	'\t': true, '\n': true, '\r': true, ':': true, '\\': true, '#': true, '<': true}

// skipSpace skips white space, however it is written; -1 is the end.
func skipSpace(t []byte, i int) int {
	if i >= 0 && i < len(t) && isPlain(t[i]) {
		return i
	}
	return skipSpaces(t, i)
}

// springNewline is what Spring's exceptions write for the newlines of a body.
var springNewline = []byte("<EOL>")

func isPlain(c byte) bool { return c > ' ' && c != '#' && c != '\\' && c != '<' }

func skipSpaces(t []byte, i int) int {
	if i < 0 {
		return len(t)
	}
	for i < len(t) {
		switch c := t[i]; {
		case isSpace(c):
			i++
		case c == '\\': // Python prints the newlines of bytes so
			k := i
			for k < len(t) && t[k] == '\\' {
				k++
			}
			if k >= len(t) || t[k] != 'n' && t[k] != 't' && t[k] != 'r' {
				return i
			}
			i = k + 1
		case c == '<' && bytes.HasPrefix(t[i:], springNewline):
			i += len(springNewline)
		case c == '#' && i+3 < len(t) && t[i+1] == '0' && t[i+2] == '1' && isDigit(t[i+3]):
			i += 4 // and syslog daemons those of messages
		default:
			return i
		}
	}
	return i
}
