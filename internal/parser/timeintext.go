package parser

import "bytes"

// balancers' lines begin with what the client spoke.
var protocols = words("http ", "https ", "h2 ", "grpcs ", "ws ", "wss ", "[GIN] ")

// timeOf reads the time that stands at the beginning of a text, or in brackets or
// behind its name a little further on.
func (c *clock) timeOf(t []byte) (stamp, int) {
	if len(t) > 0 && !isDigit(t[0]) && t[0] != '{' {
		for _, p := range protocols {
			if bytes.HasPrefix(t, p) {
				t = t[len(p):]
				break
			}
		}
	}
	head := t[:min(len(t), 256)]
	if i := bytes.IndexByte(head, '['); i >= 0 && len(head) > i+21 && isDigit(head[i+1]) && head[i+3] == '/' {
		if st, n := c.parse(t[i+1:]); st.ok {
			return st, n
		}
	}
	if len(t) > 1 && t[0] == '<' {
		t = syslogTime(t)
	}
	if len(t) > 1 && (t[0] == '[' || t[0] == '"') {
		t = t[1:]
	}
	if len(t) > 0 && t[0] == '{' {
		return stamp{}, 0
	}
	if st, n := c.parse(t); st.ok {
		return st, n
	}
	if i := behindLevel(t); i > 0 {
		if st, n := c.parse(t[i:]); st.ok {
			return st, n
		}
	}
	for f := (textFields{text: head}); f.next(); {
		if f.key == keyTime || f.key == keyTS {
			return c.parse(head[skipQuote(head, f.at):])
		}
	}
	for i := 0; ; { // labels of LTSV
		if label, _, ok := bytes.Cut(head[i:], []byte{':'}); ok && len(label) <= maxField {
			if k := keyOf(label); k == keyTime || k == keyTS {
				return c.parse(head[skipQuote(head, i+len(label)+1):])
			}
		}
		tab := bytes.IndexByte(head[i:], '\t')
		if tab < 0 {
			break
		}
		i += tab + 1
	}
	if v := bytes.Index(head, []byte("time:")); v >= 0 && (v == 0 || beginsField(head[v-1])) {
		return c.parse(head[skipQuote(head, v+len("time:")):])
	}
	return stamp{}, 0
}

// behindLevel returns where the time stands in a text that begins with a level or a
// tag: "ERROR 2026-...", "[INFO] [2026-...", "E, [2026-...", "app.proxy\t2026-...".
func behindLevel(t []byte) int {
	word := firstWord(bytes.TrimLeft(t[:min(len(t), maxHead)], "["))
	i := bytes.Index(t, word) + len(word)
	tag := i < len(t) && t[i] == '\t'
	for ; i < len(t) && (isSpace(t[i]) || t[i] == ']' || t[i] == '[' || t[i] == ':' || t[i] == ','); i++ {
	}
	if tag || isLevel(word) || len(word) == 2 && isUpper(word[0]) && word[1] == ',' {
		return i
	}
	return 0
}
