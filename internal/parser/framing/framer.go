// Package framing puts the lines of a block together to records: it takes off the
// envelopes of container runtimes, syslog, journald and logcat, and joins the pieces of
// cut lines, stack traces and pretty-printed objects.
//
// It promises that the same bytes give the same records wherever a block is cut. What
// a record holds is read elsewhere.
package framing

import (
	"bytes"
	"time"

	"wvwatch/internal/parser/logtime"
	"wvwatch/internal/parser/scan"
)

// Framer puts the lines of a block together to records: it takes envelopes off,
// joins the pieces that a runtime cut, and the lines of stack traces and
// pretty-printed objects. It keeps nothing from one block to the next but scratch
// memory, and is not safe for concurrent use.
type Framer struct {
	each      func(*Record) (idle int)
	from      int // of the block, after the last record that was handed over
	idle      int // records from there to it are not handed over
	records   int
	multiline Multiline
	clock     logtime.Clock // of envelopes: their second differs from that of the records in them
	header    *Header       // nil: lines are no rows of columns
	headers   []Span        // the lines of this block that are headers
	columns   columns
	dump      []byte // scratch: the last row

	block     []byte
	plain     open      // the record of lines without an envelope
	streams   [2]open   // the records of stdout and stderr inside envelopes
	pieces    [4]pieces // of stdout and stderr, of CRI and of Docker
	mixed     bool      // a line of this block came out of a container's envelope
	done      []Span    // the records that ended in this block since then: others before them may be open
	record    Record
	unwrapped [maxWrappings][]byte // scratch of unwrap
}

// Record is one record. Its memory is borrowed until the next one.
type Record struct {
	Text    []byte        // holds the record: the block up to the record's end, or a copy
	From    int           // where the record begins in Text
	At      Span          // its place in the block
	Head    int           // bytes of a header before its own text
	Time    logtime.Stamp // of the envelope
	Wrapped bool          // Text is a copy: the record came out of envelopes
	Joined  bool          // the text is not in the block as it is here: a search of the block may have missed what is split by a cut
	Full    bool          // it reached the bound on lines or bytes
	Whole   bool          // one line that is one JSON object
	Batch   bool          // and holds many records in base64
}

// New returns a Framer that calls each with the records, in the order in which they
// end. each returns up to where in the block, from the end of the record on, no record
// is worth a call: such are counted only. Times without a zone are those of location.
func New(m Multiline, location *time.Location, each func(*Record) (idle int)) *Framer {
	return &Framer{multiline: m, clock: logtime.Clock{Location: location}, each: each}
}

// SetReference gives the time near which an envelope without a year was written.
func (p *Framer) SetReference(now time.Time) { p.clock.Refer(now) }

// SetHeader sets the header in force before the next block, which Frame moves over what
// it consumes. It is borrowed until the next call. nil, the default, reads no rows of
// columns.
func (p *Framer) SetHeader(h *Header) { p.header = h }

// Frame hands over the records of block, which holds whole lines and is marked by marks,
// nil where it is not. settled is
// how many of its first bytes can not be followed by a line of the same record. It
// returns how many bytes, lines and records ended; Again may take some of them back.
func (p *Framer) Frame(block []byte, marks *scan.Map, settled int) (consumed, lines, records int) {
	p.block, p.done = block, p.done[:0]
	p.plain.live, p.streams[0].live, p.streams[1].live = false, false, false
	p.mixed, p.from, p.idle, p.records = false, 0, 0, 0
	p.dropPieces()
	p.beginColumns()
	for pos := 0; pos < len(block); lines++ {
		end := len(block)
		if marks != nil {
			end = marks.Newline(pos)
		} else if n := bytes.IndexByte(block[pos:], '\n'); n >= 0 {
			end = pos + n
		}
		next := min(end+1, len(block))
		p.line(block[pos:end], Span{pos, next, lines, lines})
		pos = next
	}
	consumed, lines = p.settle(settled, lines)
	if p.header != nil {
		p.passHeaders(consumed)
	}
	return consumed, lines, p.records
}

// Again returns how many of the records that ended in the block of the last Frame will
// come again: they begin at or after the line at which the ended records stop, since a
// record of another stream before them is still open.
func (p *Framer) Again(line int) (records int) {
	for _, d := range p.done {
		if d.First >= line {
			records++
		}
	}
	return records
}

// line adds one physical line to the record it belongs to.
func (p *Framer) line(text []byte, at Span) {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	if len(p.columns.names) > 0 && p.addRow(text, at) || mayBeWrapped(text) && p.wrapped(text, at) {
		return
	}
	if p.plain.live && (p.plain.repeated > 0 || opensObject(p.plain.first)) && p.repeats(text, at) {
		return
	}
	if len(text) < maxRecordBytes && p.multiline.First == nil && Complete(text) && !(p.plain.live && p.plain.awaitsBody()) {
		if p.plain.live {
			p.finish(&p.plain)
		}
		if batch := isBatch(text); p.end(at) || batch {
			r := &p.record
			if !r.Whole {
				*r = Record{Whole: true} // else its other fields are those of such a record
			}
			r.Text, r.From, r.At, r.Batch = p.block[:at.End], at.Start, at, batch
			p.from, p.idle = at.End, p.each(r)
		}
		return
	}
	n := len(text)
	if (p.plain.encoded || n > 0 && beginsOddly[text[0]]) && p.odd(text, at) {
		return
	}
	if p.plain.add(p, text, at); n > 0 && text[n-1] == '=' {
		p.plain.breaks(text)
	}
}

// beginsOddly holds the first bytes of headers of columns and of rows of hex dumps.
var beginsOddly = [256]bool{'#': true, '0': true, ' ': true, '\t': true, '|': true}

// odd adds a line that is written in another way than as text, or a header, and reports
// whether it did.
func (p *Framer) odd(text []byte, at Span) bool {
	if len(text) > 0 && text[0] == '#' {
		p.addHeader(text, at)
		return false
	}
	o, e := &p.plain, envelope{Text: text}
	return o.addQuoted(p, &e, at) || o.addDump(p, &e, at)
}

// wrapped adds a line that has an envelope, and reports whether it has one.
func (p *Framer) wrapped(text []byte, at Span) bool {
	env, at, ok, kept := p.unwrap(text, at)
	if !ok {
		return false
	}
	p.mixed = p.mixed || !env.bare
	switch {
	case kept:
	case env.bare:
		if p.plain.encoded && (p.plain.addQuoted(p, &env, at) || p.plain.addDump(p, &env, at)) {
			break
		}
		if p.plain.addWrapped(p, env, at); bytes.HasSuffix(env.Text, equalsSign) { // its next lines may come without a header
			p.plain.breaks(env.Text)
		}
	default:
		if p.plain.live {
			p.finish(&p.plain) // a plain record is one piece of the block
		}
		o, n := &p.streams[env.Stream], len(env.Text)
		whole := !env.partial && !o.partial && n > 0
		if whole && (o.encoded || beginsOddly[env.Text[0]]) && (o.addQuoted(p, &env, at) || o.addDump(p, &env, at)) {
			break
		}
		if o.addWrapped(p, env, at); whole && env.Text[n-1] == '=' {
			o.breaks(env.Text)
		}
	}
	return true
}

// settle ends the records that can not grow any more and returns how many bytes
// and lines all ended records take.
func (p *Framer) settle(settled, lines int) (int, int) {
	consumed := len(p.block)
	for i := range p.pieces {
		switch c := &p.pieces[i]; {
		case !c.live:
		case c.at.End <= settled:
			c.live = false
			p.streams[i%2].addWrapped(p, envelope{Stream: uint8(i % 2), joined: true, time: c.time, Text: c.text}, c.at)
		case c.at.Start < consumed:
			consumed, lines = c.at.Start, c.at.First
		}
	}
	for _, o := range [...]*open{&p.plain, &p.streams[0], &p.streams[1]} {
		if !o.live {
			continue
		}
		if o.at.End <= settled || o.full() {
			p.finish(o)
		} else if o.at.Start < consumed {
			consumed, lines = o.at.Start, o.at.First
		}
	}
	// A record of the other stream may reach over the cut: it is read again too.
	for again := consumed < len(p.block); again; {
		again = false
		for _, d := range p.done {
			if d.Start < consumed && d.End > consumed {
				consumed, lines, again = d.Start, d.First, true
			}
		}
	}
	return consumed, lines
}

func (p *Framer) dropPieces() {
	for i := range p.pieces {
		p.pieces[i].live = false
	}
}

// finish hands the record in o over and forgets it.
func (p *Framer) finish(o *open) {
	o.live = false
	full := o.full()
	if o.quoted {
		o.unquote()
	}
	if !p.end(o.at) && !full && !o.joined {
		return
	}
	p.record = Record{Text: p.block[:o.at.End], From: o.at.Start, At: o.at, Head: o.head, Time: o.time, Wrapped: o.wrapped, Joined: o.joined, Full: full}
	if o.wrapped {
		p.record.Text, p.record.From = o.text, 0
	}
	p.from, p.idle = o.at.End, p.each(&p.record)
}

// end counts a record and reports whether it is worth handing over.
func (p *Framer) end(at Span) bool {
	p.records++
	if p.mixed {
		p.done = append(p.done, at)
	}
	return at.End > p.idle || at.Start < p.from
}
