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
	if _, after, ok := bytes.Cut(attributes, []byte(`"time":"`)); ok {
		e.time, _ = p.clock.Parse(after)
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
	i := streamAt(line)
	if i == 0 {
		return false
	}
	if line[i+len("std")] == 'e' {
		e.Stream = 1
	}
	i += len("stdout ")
	e.partial, e.cut = line[i] == 'P', true
	e.time, _ = p.clock.Parse(line[:i-len(" stdout ")])
	if j := bytes.IndexByte(line[i:], ' '); j > 0 {
		e.Text = line[i+j+1:]
	}
	return true
}

// streamAt returns where the stream is in a line of CRI, 0 in another line.
func streamAt(line []byte) int {
	if len(line) < 29 || line[4] != '-' || line[10] != 'T' {
		return 0
	}
	i := bytes.IndexByte(line[:min(len(line), 40)], ' ') + 1
	if i == 0 || len(line) < i+8 || line[i+7] != 'P' && line[i+7] != 'F' {
		return 0
	}
	if s := string(line[i : i+7]); s != "stdout " && s != "stderr " {
		return 0
	}
	return i
}
