package tailer

import (
	"bytes"

	"wvwatch/internal/parser"
	"wvwatch/internal/tailer/logfs"
)

// header is that of a W3C extended log at the offset of its generation.
type header struct {
	at     parser.Header
	offset int64 // of the place that at is of
	read   bool
}

// headerSize is how much of a text is searched for its header where it is read from a
// place within: from the beginning, and before the place.
const headerSize = 64 << 10

// findHeader reads the header of a text that is not read from its beginning on: after a
// restart, or where an old file is followed from its end. A text that begins with another
// byte than # has none. Where a header in the midst of the text is further back than
// headerSize, the first one is taken: rows with another number of columns have none then.
func (g *generation) findHeader() {
	h := &g.header
	if h.read && h.offset <= g.print.Offset && g.print.Offset > 0 {
		h.offset = g.print.Offset
		return
	}
	*h = header{read: true, offset: g.print.Offset}
	if g.print.Offset == 0 {
		return
	}
	var first [1]byte
	if n, err := logfs.ReadFull(g.file, first[:], 0); n == 0 || err != nil || first[0] != '#' {
		return
	}
	text := make([]byte, min(headerSize, g.print.Offset))
	if n, err := logfs.ReadFull(g.file, text, 0); err == nil {
		h.at.Advance(text[:n])
	}
	if from := g.print.Offset - headerSize; from > 0 {
		if n, err := logfs.ReadFull(g.file, text, from); err == nil {
			begin := bytes.IndexByte(text[:n], '\n') + 1
			h.at.Advance(text[begin:n])
		}
	}
}
