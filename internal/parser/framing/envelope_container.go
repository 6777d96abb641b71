package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// Docker's json-file: {"log":"...\n","stream":"stdout","time":"..."}. A log
// member without a final newline is a 16 KiB piece of a longer line.
func (p *Framer) unwrapDocker(e *envelope, line []byte, buf *[]byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(`{"log":"`))
	if !ok {
		return false
	}
	end := lex.ClosingQuote(rest, 0, '"')
	if end < 0 {
		return false
	}
	attributes := rest[end:]
	switch {
	case bytes.Contains(attributes, []byte(`"stream":"stdout"`)):
	case bytes.Contains(attributes, []byte(`"stream":"stderr"`)):
		e.Stream = 1
	default:
		return false
	}
	if i := bytes.Index(attributes, []byte(`"time":"`)); i >= 0 {
		e.time, _ = p.clock.Parse(attributes[i+len(`"time":"`):])
	}
	e.Text, e.partial, e.cut, e.slot = rest[:end], true, true, dockerSlot
	if n := len(e.Text); bytes.HasSuffix(e.Text, []byte(`\n`)) && !lex.Escaped(e.Text, n-2) {
		e.Text, e.partial = e.Text[:n-2], false
	}
	if bytes.IndexByte(e.Text, '\\') >= 0 {
		*buf, _ = lex.Unescape((*buf)[:0], e.Text, 0)
		e.Text = *buf
	}
	e.Text = bytes.TrimSuffix(e.Text, []byte("\r"))
	return true
}

// CRI, as the kubelet's runtimes write it: time, stream, P or F, text.
func (p *Framer) unwrapCRI(e *envelope, line []byte) bool {
	if len(line) < 29 || line[4] != '-' || line[10] != 'T' {
		return false
	}
	i := bytes.IndexByte(line[:min(len(line), 40)], ' ')
	if i < 0 || len(line) < i+9 || line[i+8] != 'P' && line[i+8] != 'F' {
		return false
	}
	stream := uint8(0)
	switch string(line[i+1 : i+8]) {
	case "stdout ":
	case "stderr ":
		stream = 1
	default:
		return false
	}
	e.Stream, e.partial, e.cut = stream, line[i+8] == 'P', true
	e.time, _ = p.clock.Parse(line[:i])
	if j := bytes.IndexByte(line[i+8:], ' '); j > 0 {
		e.Text = line[i+8+j+1:]
	}
	return true
}
