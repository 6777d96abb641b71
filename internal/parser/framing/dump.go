package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// A hex dump of a body, as hexdump, xxd, Go's hex.Dump, Wireshark, tcpdump and Netty write it: an
// offset, up to sixteen bytes, and what of them is printable. The rows become the bytes,
// at the end of the record that they follow.

// dumpRow is the most bytes that a row has.
const dumpRow = 16

// addDump adds a row of a dump to the record in o, or begins a record with its first one,
// and reports whether the line e is one.
func (o *open) addDump(p *Framer, e *envelope, at Span) bool {
	offset := 0
	if o.live {
		offset = o.dumped
	}
	if offset == 0 && !beginsDump(e.Text) || p.multiline.Off || p.multiline.First != nil {
		return false
	}
	var ok bool
	if p.dump, ok = appendDump(p.dump[:0], e.Text, offset); !ok && offset > 0 {
		offset = 0
		p.dump, ok = appendDump(p.dump[:0], e.Text, 0)
	}
	if !ok {
		return false
	}
	o.goOn(p, e, at)
	if offset == 0 {
		o.text = append(o.text, '\n')
	}
	o.text, o.dumped, o.encoded = append(o.text, p.dump...), offset+len(p.dump), true
	return true
}

// beginsDump reports false for most lines that are no first row.
func beginsDump(text []byte) bool {
	text = rowOf(text)
	return len(text) > 8 && text[0] == '0' && text[1] == '0' && text[2] == '0' && text[3] == '0'
}

// rowOf returns a row from its offset on, which tcpdump writes as 0x0010.
func rowOf(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '|') {
		text = text[1:]
	}
	return bytes.TrimPrefix(text, []byte("0x"))
}

// goOn prepares the record in o, or a new one, for text that is not in the block as it is.
func (o *open) goOn(p *Framer, e *envelope, at Span) {
	if o.live && (o.full() || e.perLine && o.tag != e.tag) {
		p.finish(o)
	}
	switch {
	case !o.live:
		o.begin(nil, at)
		o.wrapped, o.time, o.tag, o.head = true, e.time, e.tag, len(e.header)
		o.text = append(o.text[:0], e.header...)
	case !o.wrapped:
		o.study()
		o.wrapped, o.text = true, append(o.text[:0], bytes.TrimRight(p.block[o.at.Start:o.at.End], "\r\n")...)
	}
	o.at.End, o.at.Last, o.several, o.joined = at.End, at.Last, true, true
}

// appendDump appends the bytes of a row at an offset to dst, and reports whether text is one.
func appendDump(dst, text []byte, offset int) (_ []byte, ok bool) {
	text = rowOf(text)
	i, at := 0, 0
	for ; i < len(text) && i < 9 && lex.IsHex(text[i]); i++ {
		at = at<<4 | lex.HexDigit(text[i])
	}
	if i < 4 || i > 8 || at != offset {
		return dst, false
	}
	digits := i
	for i < len(text) && (text[i] == ':' || text[i] == '|') {
		i++
	}
	if i >= len(text) || i == digits && !lex.IsSpace(text[i]) {
		return dst, false
	}
	first, gap := len(dst), 0
	for len(dst)-first < dumpRow {
		blank := i
		i = lex.SkipBlanks(text, i)
		gap = i - blank
		// What is printable follows two blanks; the bytes have two between their halves only.
		if size := len(dst) - first; size > 0 && gap > 1 && (gap > 2 || size != dumpRow/2) {
			break
		}
		var group []byte
		if group, i = hexGroup(text, i); group == nil {
			break
		}
		dst = lex.Unhex(dst, group)
	}
	size := len(dst) - first
	ends := i >= len(text) || size == dumpRow || gap > 1 || text[i] == '|' || text[i] == '>'
	return dst, ends && size > 0 && (offset > 0 || size >= dumpRow/4)
}

// hexGroup returns the bytes in hex at t[i:], up to a blank or the end, and where they end;
// nil where other text is there.
func hexGroup(t []byte, i int) (group []byte, end int) {
	for end = i; end < len(t) && lex.IsHex(t[end]); end++ {
	}
	if n := end - i; n == 0 || n%2 != 0 || n > 2*dumpRow || end < len(t) && !lex.IsSpace(t[end]) && t[end] != '|' {
		return nil, i
	}
	return t[i:end], end
}
