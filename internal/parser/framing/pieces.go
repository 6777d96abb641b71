package framing

import (
	"wvwatch/internal/parser/logtime"
)

// dockerSlot distinguishes Docker's pieces from those of a CRI runtime around them.
const dockerSlot = 2

// pieces are the parts of a line that the runtime cut, until its end comes.
type pieces struct {
	live bool
	at   Span
	time logtime.Stamp
	text []byte
}

// add keeps a piece, or puts the whole line into e.
func (c *pieces) add(e *envelope, at Span) (whole Span, kept bool) {
	if !c.live {
		*c = pieces{live: true, at: at, time: e.time, text: c.text[:0]}
	}
	c.text = append(c.text, e.Text...)
	c.at.End, c.at.Last = at.End, at.Last
	if e.partial && len(c.text) < maxRecordBytes && c.at.Last-c.at.First < maxRecordLines {
		return c.at, true
	}
	*e = envelope{Stream: e.Stream, cut: true, joined: true, time: c.time, Text: c.text}
	c.live = false
	return c.at, false
}
