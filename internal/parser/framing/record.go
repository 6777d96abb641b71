package framing

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// The bounds of one record: what would go over them begins a new one.
const (
	maxRecordLines = 500
	maxRecordBytes = 256 << 10
)

// Span is a record's place in the block: bytes [start, end), lines first to last.
type Span struct{ Start, End, First, Last int }

// open is a record that may still grow. One without an envelope is a piece of
// the block; what was unwrapped is copied together in text.
type open struct {
	live     bool
	wrapped  bool
	joined   bool  // its text is not in the block as it is here: anchors may be split by a cut
	several  bool  // lines were put together
	partial  bool  // the last piece was not the end of its line
	indent   bool  // begins with white space
	object   bool  // holds an object
	opening  bool  // ends inside a pretty-printed object
	fields   uint8 // members of a server's body that it has a line each for
	repeated int   // bytes of a header that every line of the record has
	encoded  bool  // the next line may be in hex, or in quoted-printable
	broken   bool  // its last line goes on in the next one, in quoted-printable
	quoted   bool  // it is in quoted-printable
	dumped   int   // bytes of a hex dump that were added last; 0: none
	nest     int   // brackets that are open at its end, where every line has a header
	head     int   // bytes of text before the message: a header that was kept
	tag      uint64
	trace    bool // inside a Python traceback: its last line is anything
	headed   logtime.Heading
	studied  bool
	at       Span
	time     logtime.Stamp // of the envelope
	text     []byte
	first    []byte // the first line; borrowed from the block, of a record without an envelope
}

func (o *open) full() bool {
	return o.at.Last-o.at.First+1 >= maxRecordLines || o.size() >= maxRecordBytes
}

func (o *open) size() int {
	if o.wrapped {
		return len(o.text)
	}
	return o.at.End - o.at.Start
}

// add takes a line without an envelope.
func (o *open) add(p *Framer, text []byte, at Span) {
	if o.live {
		if !o.full() && p.multiline.joins(o, text) {
			o.study()
			o.object = o.object || string(text) == "{"
			o.at.End, o.at.Last = at.End, at.Last
			o.opening, o.trace = endsOpen(text), o.trace && indented(text) || beginsTraceback(text)
			if o.wrapped {
				o.text, o.several = append(append(o.text, '\n'), text...), true
				o.nest = nesting(text, o.nest)
			}
			if p.multiline.First == nil && (o.object && len(text) == 1 && text[0] == '}' || Complete(text)) {
				p.finish(o)
			}
			return
		}
		p.finish(o)
	}
	o.begin(text, at)
	if p.multiline.ends(text) {
		p.finish(o)
	}
}

// addWrapped takes a line out of its envelope, or a piece of one.
func (o *open) addWrapped(p *Framer, e envelope, at Span) {
	switch {
	case o.live && o.partial:
		o.joined = true
	case o.live && !o.full() && (o.tag == e.tag || !e.perLine) && p.multiline.joinsWrapped(o, e):
		o.object = o.object || string(e.Text) == "{"
		o.text, o.several = append(o.text, '\n'), true
	default:
		if o.live {
			p.finish(o)
		}
		o.begin(e.Text, at)
		o.study()
		o.wrapped, o.time, o.tag, o.head = true, e.time, e.tag, len(e.header)
		o.text = append(o.text[:0], e.header...)
	}
	o.text = append(o.text, e.Text...)
	o.at.End, o.at.Last = at.End, at.Last
	o.joined = o.joined || e.joined
	o.trace = o.trace && indented(e.Text) || beginsTraceback(e.Text)
	o.partial, o.opening = e.partial && !o.full(), endsOpen(e.Text)
	if e.perLine || o.nest > 0 {
		o.nest = nesting(e.Text, o.nest)
	}
	switch {
	case o.partial:
	case o.several && o.object && len(e.Text) == 1 && e.Text[0] == '}' && p.multiline.First == nil,
		!o.several && p.multiline.ends(o.text[o.head:]):
		p.finish(o)
	}
}

func (o *open) begin(text []byte, at Span) {
	*o = open{live: true, at: at, first: text, text: o.text[:0]}
}

// study finds out what the first line shows about those that may follow. Most
// records are over before that is asked.
func (o *open) study() {
	if o.studied {
		return
	}
	o.studied = true
	text := o.first
	o.indent = len(text) > 0 && lex.IsSpace(text[0])
	o.object = len(text) > 0 && (text[0] == '{' || text[len(text)-1] == '}')
	o.trace = beginsTraceback(text)
	o.opening = endsOpen(text)
}
