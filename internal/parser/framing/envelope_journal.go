package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// journald's JSON: one object a line, with a first key in capitals or one that begins
// with an underscore; MESSAGE is the text, or an array of bytes where it is not
// printable.
func (p *Framer) unwrapJournal(e *envelope, line []byte, buf *[]byte) bool {
	if len(line) < 16 || line[0] != '{' || line[1] != '"' || line[2] != '_' && (line[2] < 'A' || line[2] > 'Z') ||
		!bytes.Contains(line, []byte("REALTIME_TIMESTAMP")) {
		return false
	}
	var message, at, pid []byte
	for i := 1; ; {
		i = lex.SkipSpace(line, i)
		if i >= len(line) || line[i] == '}' {
			break
		}
		name, after := lex.MemberName(line, i)
		i = lex.SkipSpace(line, after)
		if after < 0 || i >= len(line) || line[i] != ':' {
			return false
		}
		i = lex.SkipSpace(line, i+1)
		if i >= len(line) {
			return false
		}
		end := lex.SkipValue(line, i)
		if end < 0 {
			return false
		}
		switch v := line[i:end]; string(name) {
		case "MESSAGE":
			message = v
		case "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP":
			at = bytes.Trim(v, `"`)
		case "_PID":
			pid = v
		}
		i = lex.SkipSpace(line, end)
		if i < len(line) && line[i] == ',' {
			i++
		}
	}
	if len(message) == 0 || at == nil {
		return false
	}
	e.time, _ = p.clock.Parse(at)
	e.tag, e.perLine = tagOf(pid), true
	switch {
	case message[0] == '[':
		*buf, e.joined = appendBytes((*buf)[:0], message), true
		e.Text = *buf
	case message[0] == '"' && bytes.IndexByte(message, '\\') >= 0:
		*buf, _ = lex.Unescape((*buf)[:0], message[1:len(message)-1], 0)
		e.Text = *buf
	case message[0] == '"':
		e.Text = message[1 : len(message)-1]
	}
	return true
}

// appendBytes appends the bytes that a JSON array of numbers names.
func appendBytes(dst, array []byte) []byte {
	n, digits := 0, 0
	for _, c := range array {
		if lex.IsDigit(c) && digits < 3 {
			n, digits = n*10+int(c-'0'), digits+1
			continue
		}
		if digits > 0 {
			dst = append(dst, byte(n))
		}
		n, digits = 0, 0
	}
	return dst
}

// tagOf is FNV-1a.
func tagOf(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
