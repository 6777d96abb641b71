package parser

import "bytes"

// The bounds of one record: what would go over them begins a new one.
const (
	maxRecordLines = 500
	maxRecordBytes = 256 << 10
)

// span is a record's place in the block: bytes [start, end), lines first to last.
type span struct{ start, end, first, last int }

// open is a record that may still grow. One without an envelope is a piece of
// the block; what was unwrapped is copied together in text.
type open struct {
	live    bool
	wrapped bool
	joined  bool // pieces of one line were put together: anchors may lie across the cut
	partial bool // the last piece was not the end of its line
	stamped bool // begins with a time
	indent  bool // begins with white space
	object  bool // begins with a brace
	opening bool // ends inside a pretty-printed object
	at      span
	time    stamp // of the envelope
	text    []byte
}

func (o *open) full() bool {
	return o.at.last-o.at.first+1 >= maxRecordLines || o.size() >= maxRecordBytes
}

func (o *open) size() int {
	if o.wrapped {
		return len(o.text)
	}
	return o.at.end - o.at.start
}

// add takes a line without an envelope.
func (o *open) add(p *Parser, text []byte, at span) {
	if o.live {
		if !o.full() && o.continues(text) {
			o.at.end, o.at.last = at.end, at.last
			o.opening = endsOpen(text)
			if o.object && len(text) == 1 && text[0] == '}' {
				p.finish(o)
			}
			return
		}
		p.finish(o)
	}
	o.begin(text, at)
	if complete(text) {
		p.finish(o)
	}
}

// addWrapped takes a line out of its envelope, or a piece of one.
func (o *open) addWrapped(p *Parser, e envelope, at span) {
	switch {
	case o.live && o.partial:
		o.joined = true
	case o.live && !o.full() && o.continues(e.text):
		o.text = append(o.text, '\n')
	default:
		if o.live {
			p.finish(o)
		}
		o.begin(e.text, at)
		o.wrapped, o.text, o.time = true, o.text[:0], e.time
	}
	o.text = append(o.text, e.text...)
	o.at.end, o.at.last = at.end, at.last
	o.partial, o.opening = e.partial && !o.full(), endsOpen(e.text)
	if !o.partial && complete(o.text) {
		p.finish(o)
	}
}

func (o *open) begin(text []byte, at span) {
	*o = open{live: true, at: at, text: o.text,
		stamped: beginsWithTime(text),
		indent:  len(text) > 0 && isSpace(text[0]),
		object:  len(text) > 0 && text[0] == '{',
		opening: endsOpen(text)}
}

// complete reports whether a record can not be continued: one JSON object on
// its own line. It is what lets such records count without waiting for silence.
func complete(text []byte) bool {
	if n := len(text); n > 2 && text[n-1] == ',' {
		text = text[:n-1] // an element of an array, one a line
	}
	return len(text) > 1 && text[0] == '{' && text[len(text)-1] == '}'
}

// endsOpen reports whether a line ends inside a pretty-printed object: after an
// opening bracket, or after one of its members.
func endsOpen(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	if len(text) == 0 {
		return false
	}
	switch text[len(text)-1] {
	case '{', '[':
		return true
	case ',':
		text = bytes.TrimLeft(text, " \t")
		return text[0] == '"' || text[0] == '\'' || text[0] == '}' || text[0] == ']'
	}
	return false
}

// continues reports whether text goes on with the record in o: stack traces and
// pretty-printed objects do. It asks for a positive sign, since a wrong join
// hides a code and a wrong split at worst repeats one.
func (o *open) continues(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	switch c := text[0]; {
	case c == ' ' || c == '\t':
		return !o.indent && !beginsRecord(bytes.TrimLeft(text, " \t"))
	case c == '}' || c == ']' || c == ')':
		return true
	case c == '"' || c == '\'' || c == '{':
		return o.opening && !complete(text)
	case c == '.':
		return bytes.HasPrefix(text, []byte("... "))
	case c == '[' || c == '<' || c >= '0' && c <= '9':
		return false
	}
	return continuesTrace(text, o.stamped)
}

// continuesTrace knows the lines of a stack trace that begin in column one.
func continuesTrace(text []byte, stamped bool) bool {
	for _, s := range traceWords {
		if bytes.HasPrefix(text, s) {
			return true
		}
	}
	if !stamped {
		return false
	}
	// com.example.SomeException: why
	end := bytes.IndexAny(text[:min(len(text), 160)], ": ")
	if end < 0 {
		end = len(text)
	}
	if end < len(text) && text[end] == ' ' {
		return false
	}
	for _, s := range throwables {
		if bytes.HasSuffix(text[:end], s) {
			return true
		}
	}
	return false
}

var (
	traceWords = words("Caused by: ", "Suppressed: ", "Traceback (most recent call last)", "During handling of the above",
		"The above exception was", "goroutine ", "--- End of ")
	throwables = words("Exception", "Error", "Throwable", "Failure", "Fault", "Timeout", "Interrupt")
	levels     = words("TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "ALERT", "EMERGENCY")
)

func words(s ...string) [][]byte {
	b := make([][]byte, len(s))
	for i := range s {
		b[i] = []byte(s[i])
	}
	return b
}

// beginsRecord reports whether indented text is a record of its own all the
// same: right-aligned levels (" INFO ...") and times.
func beginsRecord(text []byte) bool {
	return beginsWithTime(text) || isLevel(firstWord(text))
}

func firstWord(text []byte) []byte {
	if i := bytes.IndexAny(text, " \t:]|"); i >= 0 {
		return text[:i]
	}
	return text
}

func isLevel(word []byte) bool {
	for _, l := range levels {
		if bytes.EqualFold(word, l) {
			return true
		}
	}
	return false
}

// beginsWithTime tells a leading time by its shape alone: "2026-11-23",
// "2026/11/23", "11-23 08:", "[2026-", "[Mon, 23".
func beginsWithTime(t []byte) bool {
	if len(t) > 0 && t[0] == '[' {
		t = t[1:]
	}
	if len(t) < 10 {
		return false
	}
	digit := func(i int) bool { return t[i] >= '0' && t[i] <= '9' }
	switch {
	case digit(0) && digit(1) && digit(2) && digit(3):
		return (t[4] == '-' || t[4] == '/') && digit(5) && digit(6)
	case digit(0) && digit(1) && (t[2] == '-' || t[2] == '/'):
		return digit(3) && digit(4)
	}
	return t[3] == ',' && t[4] == ' ' && digit(5)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
