package parser

import "bytes"

// envelope is one line (or a piece of one) that a container runtime wrote
// around a program's output.
type envelope struct {
	stream  uint8  // 0 stdout, 1 stderr
	partial bool   // the runtime cut the line here
	cut     bool   // the runtime cuts lines before it knows what is in them
	slot    uint8  // of the runtime's pieces: 0, or dockerSlot
	joined  bool   // the text does not stand so in the line
	bare    bool   // a header alone, no container around it
	perLine bool   // each line of a record has a header of its own
	tag     uint64 // of the program; records of different ones do not mix
	time    stamp
	header  []byte // what stands before the text and belongs to the record
	text    []byte
}

// maxWrappings is how many envelopes may lie in one another.
const maxWrappings = 3

// unwrap takes the envelopes off a line, outermost first, and says where the
// line began: a piece of one is kept until the rest is there, since what lies
// inside it can not be read before. The text is borrowed until the next call.
func (p *Framer) unwrap(line []byte, at span) (e envelope, whole span, ok, kept bool) {
	if len(line) < minWrapped || !mayBeWrapped(line) {
		return e, at, false, false
	}
	for depth := 0; depth < maxWrappings; depth++ {
		var inner envelope
		found := p.unwrapOne(&inner, line, &p.unwrapped[depth])
		if found {
			inner.joined = inner.joined || e.joined
			inner.stream |= e.stream
			inner.bare = inner.header != nil && !ok
			if !inner.time.ok || !inner.time.zone && e.time.zone {
				inner.time = e.time
			}
			ok, e = true, inner
		}
		if found && e.cut {
			c := &p.pieces[e.slot|e.stream]
			if c.live || e.partial {
				if at, kept = c.add(&e, at); kept {
					return e, at, ok, kept
				}
			}
		}
		if !found || e.partial || len(e.text) == 0 || e.header != nil {
			break
		}
		line = e.text
	}
	return e, at, ok, false
}

// unwrapOne takes one envelope off; a new kind of them is a call here. buf is
// scratch for a text that does not stand so in the line.
func (p *Framer) unwrapOne(e *envelope, line []byte, buf *[]byte) bool {
	if len(line) == 0 {
		return false
	}
	if line[0] == '{' {
		return p.unwrapDocker(e, line, buf) || p.unwrapJournal(e, line, buf)
	}
	return p.unwrapCRI(e, line) || p.unwrapSyslog(e, line)
}

// minWrapped is what the shortest header and a bracket take: "E/x( 1): }".
const minWrapped = 8

// mayBeWrapped tells most lines without an envelope by their first bytes, of
// which there are at least minWrapped.
func mayBeWrapped(line []byte) bool {
	switch c := line[0]; {
	case (c == '{' || isDigit(c)) && len(line) < 16:
		return false
	case c == '{':
		return line[1] == '"' && (line[2] == 'l' && line[3] == 'o' || line[2] == '_' || line[2] >= 'A' && line[2] <= 'Z')
	case isDigit(c):
		return line[4] == '-' && line[10] == 'T' || line[2] == '-' && line[5] == ' ' || bytes.IndexByte(line[1:8], '<') > 0
	case c == '<':
		return true
	case c == '[':
		return line[1] == 'p' && line[4] == '/'
	}
	return line[3] == ' ' && line[6] == ' ' || line[1] == '/' || bytes.Contains(line[:min(len(line), maxService)], composeBar)
}

// isBatch tells a batch as Kinesis hands it over, one object with many records in
// base64, in which no anchor tells what they hold.
func isBatch(line []byte) bool {
	return len(line) > 2 && (line[2]|0x20 == 'r' || line[2] == 'i') && (bytes.HasPrefix(line, []byte(`{"Records":[{`)) && bytes.Contains(line, []byte(`"kinesis"`)) ||
		bytes.HasPrefix(line, []byte(`{"records":[{`)) && bytes.Contains(line, []byte(`"recordId"`)) ||
		bytes.HasPrefix(line, []byte(`{"invocationId"`)) && bytes.Contains(line, []byte(`"records"`)))
}

// dockerSlot tells Docker's pieces from those of a CRI runtime around them.
const dockerSlot = 2

// pieces are the parts of a line that the runtime cut, until its end comes.
type pieces struct {
	live bool
	at   span
	time stamp
	text []byte
}

// add keeps a piece, or puts the whole line into e.
func (c *pieces) add(e *envelope, at span) (whole span, kept bool) {
	if !c.live {
		*c = pieces{live: true, at: at, time: e.time, text: c.text[:0]}
	}
	c.text = append(c.text, e.text...)
	c.at.end, c.at.last = at.end, at.last
	if e.partial && len(c.text) < maxRecordBytes && c.at.last-c.at.first < maxRecordLines {
		return c.at, true
	}
	*e = envelope{stream: e.stream, cut: true, joined: true, time: c.time, text: c.text}
	c.live = false
	return c.at, false
}

// Docker's json-file: {"log":"...\n","stream":"stdout","time":"..."}. A log
// member without a final newline is a 16 KiB piece of a longer line.
func (p *Framer) unwrapDocker(e *envelope, line []byte, buf *[]byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(`{"log":"`))
	if !ok {
		return false
	}
	end := closingQuote(rest, 0, '"')
	if end < 0 {
		return false
	}
	attributes := rest[end:]
	switch {
	case bytes.Contains(attributes, []byte(`"stream":"stdout"`)):
	case bytes.Contains(attributes, []byte(`"stream":"stderr"`)):
		e.stream = 1
	default:
		return false
	}
	if i := bytes.Index(attributes, []byte(`"time":"`)); i >= 0 {
		e.time, _ = p.clock.parse(attributes[i+len(`"time":"`):])
	}
	e.text, e.partial, e.cut, e.slot = rest[:end], true, true, dockerSlot
	if n := len(e.text); bytes.HasSuffix(e.text, []byte(`\n`)) && !escaped(e.text, n-2) {
		e.text, e.partial = e.text[:n-2], false
	}
	if bytes.IndexByte(e.text, '\\') >= 0 {
		*buf, _ = unescape((*buf)[:0], e.text, 0)
		e.text = *buf
	}
	e.text = bytes.TrimSuffix(e.text, []byte("\r"))
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
	e.stream, e.partial, e.cut = stream, line[i+8] == 'P', true
	e.time, _ = p.clock.parse(line[:i])
	if j := bytes.IndexByte(line[i+8:], ' '); j > 0 {
		e.text = line[i+8+j+1:]
	}
	return true
}
