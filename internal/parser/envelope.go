package parser

import "bytes"

// envelope is one line (or a piece of one) that a container runtime wrote
// around a program's output.
type envelope struct {
	stream  uint8 // 0 stdout, 1 stderr
	partial bool  // the runtime cut the line here
	time    stamp
	text    []byte
}

// wrappings are tried in turn; a new envelope is a row here.
var wrappings = [...]func(p *Parser, line, scratch []byte) (envelope, []byte, bool){unwrapDocker, unwrapCRI}

// maxWrappings is how many envelopes may lie in one another.
const maxWrappings = 3

// unwrap takes the envelopes off a line, outermost first. The text is borrowed
// until the next call.
func (p *Parser) unwrap(line []byte) (e envelope, ok bool) {
	if len(line) < 20 || line[0] != '{' && (line[0] < '0' || line[0] > '9') {
		return e, false
	}
	for depth := 0; depth < maxWrappings; depth++ {
		found := false
		for _, f := range wrappings {
			inner, buf, hit := f(p, line, p.unwrapped[depth])
			p.unwrapped[depth] = buf
			if !hit {
				continue
			}
			inner.partial = inner.partial || e.partial
			e, line, ok, found = inner, inner.text, true, true
			break
		}
		if !found || e.partial || len(line) == 0 {
			break
		}
	}
	return e, ok
}

// Docker's json-file: {"log":"...\n","stream":"stdout","time":"..."}. A log
// member without a final newline is a 16 KiB piece of a longer line.
func unwrapDocker(p *Parser, line, buf []byte) (envelope, []byte, bool) {
	var e envelope
	rest, ok := bytes.CutPrefix(line, []byte(`{"log":"`))
	if !ok {
		return e, buf, false
	}
	end := closingQuote(rest, 0, '"')
	if end < 0 {
		return e, buf, false
	}
	attributes := rest[end:]
	switch {
	case bytes.Contains(attributes, []byte(`"stream":"stdout"`)):
	case bytes.Contains(attributes, []byte(`"stream":"stderr"`)):
		e.stream = 1
	default:
		return e, buf, false
	}
	if i := bytes.Index(attributes, []byte(`"time":"`)); i >= 0 {
		e.time, _ = p.scan.clock.parse(attributes[i+len(`"time":"`):])
	}
	e.text, e.partial = bytes.CutSuffix(rest[:end], []byte(`\n`))
	e.partial = !e.partial
	if bytes.IndexByte(e.text, '\\') >= 0 {
		buf, _ = unescape(buf[:0], e.text, 0)
		e.text = buf
	}
	e.text = bytes.TrimSuffix(e.text, []byte("\r"))
	return e, buf, true
}

// CRI, as the kubelet's runtimes write it: time, stream, P or F, text.
func unwrapCRI(p *Parser, line, buf []byte) (envelope, []byte, bool) {
	var e envelope
	if len(line) < 29 || line[4] != '-' || line[10] != 'T' {
		return e, buf, false
	}
	i := bytes.IndexByte(line[:min(len(line), 40)], ' ')
	if i < 0 || len(line) < i+9 {
		return e, buf, false
	}
	switch string(line[i+1 : i+8]) {
	case "stdout ":
	case "stderr ":
		e.stream = 1
	default:
		return e, buf, false
	}
	if tag := line[i+8]; tag != 'P' && tag != 'F' {
		return e, buf, false
	}
	e.partial = line[i+8] == 'P'
	e.time, _ = p.scan.clock.parse(line[:i])
	j := bytes.IndexByte(line[i+8:], ' ')
	if j > 0 {
		e.text = line[i+8+j+1:]
	}
	return e, buf, true
}
