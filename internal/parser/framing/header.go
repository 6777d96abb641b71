package framing

import "bytes"

// fieldsDirective begins the line of a W3C extended log that names its columns.
var fieldsDirective = []byte("#Fields:")

// maxHeader bounds that line, in bytes.
const maxHeader = 4 << 10

// Header is the line that names the columns of a W3C extended log, as of some place in its
// text. The zero value is that before the first one.
type Header struct{ line string }

// Advance moves the place over lines, which are not kept.
func (h *Header) Advance(lines []byte) {
	for {
		if bytes.HasPrefix(lines, fieldsDirective) {
			line, _, _ := bytes.Cut(lines, []byte{'\n'})
			h.set(line)
		}
		n := bytes.Index(lines, []byte("\n#"))
		if n < 0 {
			return
		}
		lines = lines[n+1:]
	}
}

// set takes the line in.
func (h *Header) set(line []byte) {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	switch {
	case len(line) > maxHeader:
		h.line = ""
	case h.line != string(line):
		h.line = string(line)
	}
}
