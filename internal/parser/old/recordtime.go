package old

import "bytes"

// when is the event's time: the innermost that names its zone, else the
// innermost at all, else 0.
func (s *scan) when() int64 {
	if !s.inner.ok {
		s.inner = s.ownTime()
	}
	if s.inner.ok && (s.inner.zone || !s.envelope.zone) {
		return s.inner.nanos
	}
	if s.envelope.ok {
		return s.envelope.nanos
	}
	return 0
}

// ownTime parses the record's time: a member of its object, or what stands at
// the beginning of its text.
func (s *scan) ownTime() stamp {
	var member stamp
	if s.time.text != nil {
		member, _ = s.clock.parse(s.time.text)
		if member.zone && !(s.textual.zone && s.textLevel > s.timeLevel) {
			return member
		}
	}
	if s.textual.zone && s.textLevel > s.timeLevel {
		return s.textual
	}
	if text, _ := s.textTime(); text.zone || !member.ok {
		return text
	}
	return member
}

// textTime reads the time in the text of the record.
func (s *scan) textTime() (stamp, int) { return s.timeOf(s.raw[s.head:]) }

// balancers' lines begin with what the client spoke.
var protocols = words("http ", "https ", "h2 ", "grpcs ", "ws ", "wss ", "[GIN] ")

// timeOf reads the time that stands at the beginning of a text, or in brackets or
// behind its name a little further on.
func (s *scan) timeOf(t []byte) (stamp, int) {
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
		if st, n := s.clock.parse(t[i+1:]); st.ok {
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
	if st, n := s.clock.parse(t); st.ok {
		return st, n
	}
	if i := behindLevel(t); i > 0 {
		if st, n := s.clock.parse(t[i:]); st.ok {
			return st, n
		}
	}
	for f := (textFields{text: head}); f.next(); {
		if f.key == keyTime || f.key == keyTS {
			return s.clock.parse(head[skipQuote(head, f.at):])
		}
	}
	for i := 0; ; { // labels of LTSV
		if label, _, ok := bytes.Cut(head[i:], []byte{':'}); ok && len(label) <= maxField {
			if k := keyOf(label); k == keyTime || k == keyTS {
				return s.clock.parse(head[skipQuote(head, i+len(label)+1):])
			}
		}
		tab := bytes.IndexByte(head[i:], '\t')
		if tab < 0 {
			break
		}
		i += tab + 1
	}
	if v := bytes.Index(head, []byte("time:")); v >= 0 && (v == 0 || beginsField(head[v-1])) {
		return s.clock.parse(head[skipQuote(head, v+len("time:")):])
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
