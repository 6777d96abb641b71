package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// envelope is one line (or a piece of one) that a container runtime wrote
// around a program's output.
type envelope struct {
	Stream  uint8  // 0 stdout, 1 stderr
	partial bool   // the runtime cut the line here
	cut     bool   // the runtime cuts lines before it knows what is in them
	slot    uint8  // of the runtime's pieces: 0, or dockerSlot
	joined  bool   // the text is not in the line as it is here
	bare    bool   // a header alone, no container around it
	perLine bool   // each line of a record has a header of its own
	tag     uint64 // of the program; records of different ones do not mix
	time    logtime.Stamp
	header  []byte // what is before the text and belongs to the record
	Text    []byte
}

// maxWrappings is how many envelopes may be nested.
const maxWrappings = 3

// unwrap takes the envelopes off a line, outermost first, and returns where the
// line began: a piece of one is kept until the rest is there, since what is
// inside it can not be read before. The text is borrowed until the next call.
func (p *Framer) unwrap(line []byte, at Span) (e envelope, whole Span, ok, kept bool) {
	if !mayBeWrapped(line) {
		return e, at, false, false
	}
	for depth := range maxWrappings {
		var inner envelope
		found := p.unwrapOne(&inner, line, &p.unwrapped[depth])
		if found {
			inner.joined = inner.joined || e.joined
			inner.Stream |= e.Stream
			inner.bare = inner.header != nil && !ok
			if !inner.time.OK || !inner.time.Zone && e.time.Zone {
				inner.time = e.time
			}
			ok, e = true, inner
		}
		if found && e.cut {
			c := &p.pieces[e.slot|e.Stream]
			if c.live || e.partial {
				if at, kept = c.add(&e, at); kept {
					return e, at, ok, kept
				}
			}
		}
		if !found || e.partial || len(e.Text) == 0 || e.header != nil {
			break
		}
		line = e.Text
	}
	return e, at, ok, false
}

// unwrapOne takes one envelope off; a new kind of them is a call here. buf is
// scratch for a text that is not in the line as it is returned.
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

// mayBeWrapped reports false for most lines without an envelope, by their first bytes.
func mayBeWrapped(line []byte) bool {
	if len(line) < minWrapped {
		return false
	}
	switch c := line[0]; {
	case (c == '{' || lex.IsDigit(c)) && len(line) < 16:
		return false
	case c == '{':
		return line[1] == '"' && (line[2] == 'l' && line[3] == 'o' || line[2] == '_' || line[2] >= 'A' && line[2] <= 'Z')
	case lex.IsDigit(c):
		return line[4] == '-' && line[10] == 'T' && (streamAt(line) > 0 || hasHeader(line)) || line[2] == '-' && line[5] == ' ' || lex.In8(line, '<')
	case c == '<':
		return true
	case c == '[':
		return line[1] == 'p' && line[4] == '/'
	}
	return line[3] == ' ' && line[6] == ' ' || line[1] == '/' || bytes.Contains(line[:min(len(line), maxService)], composeBar)
}
