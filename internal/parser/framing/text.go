package framing

import (
	"bytes"
)

// MaxText bounds what Text reads.
const MaxText = 16 << 10

// Text appends to dst the text of the first lines of block: envelopes taken off and
// the pieces of a line put together, so that what was cut apart can be redacted
// as the whole it was. It goes on beyond the given number of lines while a line
// is cut, and leaves out other streams in between. whole is false where it had
// to stop inside a line. It is for the few records that people look at, between
// two calls of Parse.
func (p *Framer) Text(dst, block []byte, lines int) (text []byte, whole bool) {
	p.dropPieces()
	begin, stream, cut := len(dst), -1, false
	for n := 0; len(block) > 0 && (n < lines || cut); n++ {
		line, rest, _ := bytes.Cut(block, []byte{'\n'})
		block = rest
		line = bytes.TrimSuffix(line, []byte{'\r'})
		if room := MaxText - (len(dst) - begin); room <= 0 {
			return dst, false
		} else if len(line) > room {
			return append(dst, line[:room]...), false
		}
		e, _, ok, kept := p.unwrap(line, Span{})
		switch {
		case !ok:
			dst = append(dst, line...)
			dst, cut = append(dst, '\n'), false
			continue
		case stream >= 0 && int(e.Stream) != stream:
			n--
			continue
		}
		stream, cut = int(e.Stream), kept || e.partial
		if kept {
			continue
		}
		dst = append(append(dst, e.header...), e.Text...)
		if !e.partial {
			dst = append(dst, '\n')
		}
	}
	for i := range p.pieces { // a line without its end
		if c := &p.pieces[i]; c.live {
			c.live = false
			dst = append(dst, c.text...)
		}
	}
	return bytes.TrimSuffix(dst, []byte{'\n'}), !cut
}
