package logtime

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// SyslogTime skips what is before the time in a header.
func SyslogTime(line []byte) []byte {
	if i := bytes.IndexByte(line[:min(len(line), 12)], '>'); i > 0 {
		line = bytes.TrimPrefix(line[i+1:], []byte("1 "))
	}
	return line
}

// balancers' lines begin with the client's protocol.
var protocols = lex.Words("http ", "https ", "h2 ", "grpcs ", "ws ", "wss ", "[GIN] ")

// TimeOf reads the time at the beginning of a text, or in brackets or
// after its name a little further on.
func (c *Clock) TimeOf(t []byte) (Stamp, int) {
	if len(t) > 0 && !lex.IsDigit(t[0]) && t[0] != '{' {
		for _, p := range protocols {
			if bytes.HasPrefix(t, p) {
				t = t[len(p):]
				break
			}
		}
	}
	head := t[:min(len(t), 256)]
	if i := bytes.IndexByte(head, '['); i >= 0 && len(head) > i+21 && lex.IsDigit(head[i+1]) && head[i+3] == '/' {
		if st, n := c.Parse(t[i+1:]); st.OK {
			return st, n
		}
	}
	if len(t) > 1 && t[0] == '<' {
		t = SyslogTime(t)
	}
	if len(t) > 1 && (t[0] == '[' || t[0] == '"') {
		t = t[1:]
	}
	if len(t) > 0 && t[0] == '{' {
		return Stamp{}, 0
	}
	if st, n := c.Parse(t); st.OK {
		return st, n
	}
	if i := behindLevel(t); i > 0 {
		if st, n := c.Parse(t[i:]); st.OK {
			return st, n
		}
	}
	for f := (fieldnames.TextFields{Text: head}); f.Next(); {
		if f.Field == fieldnames.Time || f.Field == fieldnames.TS {
			return c.Parse(head[lex.SkipQuote(head, f.At):])
		}
	}
	for i := 0; ; { // labels of LTSV
		if label, _, ok := bytes.Cut(head[i:], []byte{':'}); ok && len(label) <= lex.MaxField {
			if k := fieldnames.Of(label); k == fieldnames.Time || k == fieldnames.TS {
				return c.Parse(head[lex.SkipQuote(head, i+len(label)+1):])
			}
		}
		tab := bytes.IndexByte(head[i:], '\t')
		if tab < 0 {
			break
		}
		i += tab + 1
	}
	if v := bytes.Index(head, []byte("time:")); v >= 0 && (v == 0 || lex.BeginsField(head[v-1])) {
		return c.Parse(head[lex.SkipQuote(head, v+len("time:")):])
	}
	return Stamp{}, 0
}

// behindLevel returns where the time is in a text that begins with a level or a
// tag: "ERROR 2026-...", "[INFO] [2026-...", "E, [2026-...", "app.proxy\t2026-...".
func behindLevel(t []byte) int {
	word := lex.FirstWord(bytes.TrimLeft(t[:min(len(t), maxHead)], "["))
	i := bytes.Index(t, word) + len(word)
	tag := i < len(t) && t[i] == '\t'
	for ; i < len(t) && (lex.IsSpace(t[i]) || t[i] == ']' || t[i] == '[' || t[i] == ':' || t[i] == ','); i++ {
	}
	if tag || IsLevel(word) || len(word) == 2 && lex.IsUpper(word[0]) && word[1] == ',' {
		return i
	}
	return 0
}
