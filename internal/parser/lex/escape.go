package lex

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Unescape appends src with one level of backslash escapes taken off: those of
// JSON, nginx's \x22, and any other escaped byte as itself. It stops at a bare
// quote where stop is one, else at the end, and returns the bytes it read.
func Unescape(dst, src []byte, stop byte) ([]byte, int) {
	i := 0
	for i < len(src) {
		rest := src[i:]
		n := bytes.IndexByte(rest, '\\')
		if n < 0 {
			n = len(rest)
		}
		if stop != 0 {
			if q := bytes.IndexByte(rest[:n], stop); q >= 0 {
				return append(dst, rest[:q]...), i + q
			}
		}
		dst = append(dst, rest[:n]...)
		i += n
		if i+1 >= len(src) {
			break
		}
		switch c := src[i+1]; c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b', 'f', 'v':
			dst = append(dst, ' ')
		case 'x', 'u':
			width := 2
			if c == 'u' {
				width = 4
			}
			r, ok := hex(src, i+2, width)
			if !ok {
				dst = append(dst, c)
				break
			}
			i += width
			if r < utf8.RuneSelf || c == 'x' {
				dst = append(dst, byte(r))
			} else {
				dst = utf8.AppendRune(dst, r) // a surrogate half becomes U+FFFD: no evidence holds one
			}
		default:
			dst = append(dst, c)
		}
		i += 2
	}
	return dst, len(src)
}

// Undouble appends src with CSV's doubled quotes taken off, up to the quote that
// ends the field, and returns the bytes it read.
func Undouble(dst, src []byte) ([]byte, int) {
	for i := 0; i < len(src); i++ {
		if src[i] == '"' {
			if i+1 >= len(src) || src[i+1] != '"' {
				return dst, i
			}
			i++
		}
		dst = append(dst, src[i])
	}
	return dst, len(src)
}

// Unpercent appends src with %xx, and a form's + for a blank, taken off.
func Unpercent(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '+' {
			dst = append(dst, ' ')
			continue
		}
		if src[i] == '%' {
			if r, ok := hex(src, i+1, 2); ok {
				dst = append(dst, byte(r))
				i += 2
				continue
			}
		}
		dst = append(dst, src[i])
	}
	return dst
}

// Unhash appends src with HAProxy's #xx taken off.
func Unhash(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '#' {
			if r, ok := hex(src, i+1, 2); ok {
				dst = append(dst, byte(r))
				i += 2
				continue
			}
		}
		dst = append(dst, src[i])
	}
	return dst
}

// Unquote appends src with the =XX of quoted-printable taken off, and its breaks of lines.
func Unquote(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '=' {
			if r, ok := hex(src, i+1, 2); ok {
				dst = append(dst, byte(r))
				i += 2
				continue
			}
			if k := BreakBehind(src, i+1); k > i+1 {
				i = k - 1
				continue
			}
		}
		dst = append(dst, src[i])
	}
	return dst
}

// Unhex appends the bytes that the hex digits of src are. What is between the bytes is
// left out.
func Unhex(dst, src []byte) []byte {
	for i := 0; i+1 < len(src); {
		if r, ok := hex(src, i, 2); ok {
			dst = append(dst, byte(r))
			i++
		}
		i++
	}
	return dst
}

// HexDigit returns the value of a digit of hex.
func HexDigit(c byte) int {
	if IsDigit(c) {
		return int(c - '0')
	}
	return int(c|0x20-'a') + 10
}

// IsHex reports whether c is a digit of hex.
func IsHex(c byte) bool { return IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// entities are the HTML escapes with a name that can occur in a server body.
var entities = [...]struct {
	name string
	char byte
}{{"quot;", '"'}, {"amp;", '&'}, {"apos;", '\''}, {"lt;", '<'}, {"gt;", '>'}, {"nbsp;", ' '}, {"sol;", '/'}, {"lbrace;", '{'}, {"rbrace;", '}'}, {"lcub;", '{'}, {"rcub;", '}'}, {"colon;", ':'}, {"comma;", ','}, {"NewLine;", '\n'}, {"Tab;", '\t'}}

// Unentity appends src with HTML escapes taken off.
func Unentity(dst, src []byte) []byte {
	for len(src) > 0 {
		n := bytes.IndexByte(src, '&')
		if n < 0 {
			break
		}
		dst, src = append(dst, src[:n]...), src[n:]
		c, size := entity(src[1:])
		if size == 0 {
			c = '&'
		}
		dst, src = append(dst, c), src[1+size:]
	}
	return append(dst, src...)
}

// entity reads the HTML escape after an ampersand, if it is one of a single byte.
func entity(t []byte) (c byte, size int) {
	if len(t) > 0 && t[0] == '#' {
		end := bytes.IndexByte(t[:min(len(t), 8)], ';')
		if end < 2 {
			return 0, 0
		}
		digits, base := t[1:end], 10
		if digits[0]|0x20 == 'x' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseUint(string(digits), base, 7); err == nil {
			return byte(n), end + 1
		}
		return 0, 0
	}
	for _, e := range entities {
		if bytes.HasPrefix(t, []byte(e.name)) {
			return e.char, len(e.name)
		}
	}
	return 0, 0
}

func hex(b []byte, i, n int) (r rune, ok bool) {
	if i+n > len(b) {
		return 0, false
	}
	for _, c := range b[i : i+n] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
