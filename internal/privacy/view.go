package privacy

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxEscapes bounds how many escapes are taken off one another.
const maxEscapes = 10

// other is the byte of a view for a letter, a digit or a sign outside ASCII: no
// rule allows it.
const other = 0xff

// view is a text without its escapes, one byte for a character, and the place of
// each character in the text: a rule sees a quote, whether it is written as ",
// \", \\\u0022, %22 or &quot;.
type view struct {
	raw      []byte
	b        []byte
	from, to []int32 // where b[i] is in raw
}

func newView(raw []byte) *view {
	v := &view{raw: raw}
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if len(v.b) > 0 && (r == 0 || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)) {
			v.to[len(v.to)-1] = int32(i + n) // invisible: part of what it follows
		} else {
			v.add(plain(r), int32(i), int32(i+n))
		}
		i += n
	}
	form := bytes.Count(v.b, []byte("%")) > 2 && !bytes.ContainsAny(v.b, " \t")
	for range maxEscapes {
		if !v.unescape() {
			break
		}
	}
	if form { // as browsers encode a form
		for i, c := range v.b {
			if c == '+' {
				v.b[i] = ' '
			}
		}
	}
	v.dropColours()
	v.joinQuotes()
	return v
}

func (v *view) add(c byte, from, to int32) {
	v.b, v.from, v.to = append(v.b, c), append(v.from, from), append(v.to, to)
}

// plain returns the byte of a view for r.
func plain(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		return byte(r)
	case unicode.IsSpace(r):
		return ' '
	case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
		return '"'
	case r == '…' || r == '–' || r == '—' || r == '→' || r == '·' || r == '•':
		return ';'
	}
	return other
}

// unescape takes one layer of escapes off, in place, and reports whether there
// was one.
func (v *view) unescape() (changed bool) {
	out := 0
	for i := 0; i < len(v.b); {
		c, n := escapeAt(v.b[i:])
		if n == 0 {
			c, n = v.b[i], 1
		} else {
			changed = true
		}
		v.b[out], v.from[out], v.to[out] = c, v.from[i], v.to[i+n-1]
		out, i = out+1, i+n
	}
	v.b, v.from, v.to = v.b[:out], v.from[:out], v.to[:out]
	return changed
}

// escapeAt returns the character that the escape at the beginning of b is for,
// and the escape's length; 0 where there is none.
func escapeAt(b []byte) (c byte, n int) {
	switch b[0] {
	case '\\':
		return backslash(b)
	case '%':
		if r, ok := number(b[1:], 2, 16); ok {
			return plainByte(r), 3
		}
	case '&':
		return entity(b)
	}
	return 0, 0
}

func backslash(b []byte) (c byte, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case 'n', 'r':
		return '\n', 2
	case 't':
		return '\t', 2
	case '"', '\'', '/', '\\', '`', '&', '=', '<', '>', '|', ':', ' ':
		return b[1], 2
	case 'x':
		if r, ok := number(b[2:], 2, 16); ok {
			return plainByte(r), 4
		}
	case 'u':
		if r, ok := number(b[2:], 4, 16); ok {
			return plain(r), 6
		}
		if end := bytes.IndexByte(b[:min(len(b), 11)], '}'); end > 3 && b[2] == '{' {
			if r, ok := number(b[3:], end-3, 16); ok {
				return plain(r), end + 1
			}
		}
	default:
		if r, ok := number(b[1:], 3, 8); ok {
			return plainByte(r), 4
		}
	}
	return 0, 0
}

// entities are the named characters of HTML that matter to a rule.
var entities = []struct {
	name string
	c    byte
}{{"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&nbsp;", ' '}, {"&equals;", '='}, {"&colon;", ':'}, {"&commat;", '@'}}

func entity(b []byte) (c byte, n int) {
	for _, e := range entities {
		if bytes.HasPrefix(b, []byte(e.name)) {
			return e.c, len(e.name)
		}
	}
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 3 || b[1] != '#' {
		return 0, 0
	}
	digits, base := b[2:end], rune(10)
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	if r, ok := number(digits, len(digits), base); ok && len(digits) > 0 {
		return plain(r), end + 1
	}
	return 0, 0
}

// number reads n digits of a base.
func number(b []byte, n int, base rune) (r rune, ok bool) {
	if len(b) < n {
		return 0, false
	}
	for _, c := range b[:n] {
		d := rune(99)
		switch {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			d = rune(c|0x20-'a') + 10
		}
		if d >= base {
			return 0, false
		}
		r = min(r*base+d, unicode.MaxRune)
	}
	return r, true
}

// plainByte is plain for one byte of a longer character, or for a control
// character that is written as an escape.
func plainByte(r rune) byte {
	if r >= utf8.RuneSelf || r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != escape {
		return other
	}
	return byte(r)
}

// escape begins a terminal's command.
const escape = 0x1b

// dropColours leaves out a terminal's colours, which are written inside of words:
// they are not shown.
func (v *view) dropColours() {
	out := 0
	for i := 0; i < len(v.b); {
		if n := colour(v.b[i:]); n > 0 {
			i += n
			continue
		}
		v.b[out], v.from[out], v.to[out] = v.b[i], v.from[i], v.to[i]
		out, i = out+1, i+1
	}
	v.b, v.from, v.to = v.b[:out], v.from[:out], v.to[:out]
}

// colour returns the length of the colour at the beginning of b, such as ESC[1;33m.
func colour(b []byte) int {
	if len(b) < 3 || b[0] != escape || b[1] != '[' {
		return 0
	}
	for i := 2; i < min(len(b), 20); i++ {
		switch c := b[i]; {
		case c == 'm' || c == 'K':
			return i + 1
		case !isDigit(c) && c != ';':
			return 0
		}
	}
	return 0
}

// joinQuotes makes one quote of two, where a text in a CSV or SQL string doubles
// them: ""key"". Elsewhere two quotes are an empty string.
func (v *view) joinQuotes() {
	pair := func(i int) bool {
		c := v.b[i]
		return i+1 < len(v.b) && (c == '"' || c == '\'') && v.b[i+1] == c && v.same(i, i+1)
	}
	doubled := 0
	for i := range v.b {
		if pair(i) && (i > 0 && isWord(v.b[i-1]) || i+2 < len(v.b) && isWord(v.b[i+2])) {
			doubled++
		}
	}
	if doubled < 2 {
		return
	}
	out := 0
	for i := 0; i < len(v.b); out++ {
		n := 1
		if pair(i) {
			n = 2
		}
		v.b[out], v.from[out], v.to[out] = v.b[i], v.from[i], v.to[i+n-1]
		i += n
	}
	v.b, v.from, v.to = v.b[:out], v.from[:out], v.to[:out]
}

// same reports whether two characters are written in the same way.
func (v *view) same(i, j int) bool {
	return bytes.Equal(v.raw[v.from[i]:v.to[i]], v.raw[v.from[j]:v.to[j]])
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
