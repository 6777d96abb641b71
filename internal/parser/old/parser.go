// Package parser turns the lines of a log into events: which licence server
// refused with which code, and which licence requests were made.
//
// It promises to count on positive evidence only, to name the server, and to be
// able to say why it refused a number. It is a pure function of the bytes it is
// given: it keeps nothing from one block to the next, does no I/O and has no
// clock, so the same bytes give the same events wherever a block is cut.
// Reading files is tailer's, counting is metrics'.
package old

import (
	"bytes"
	"slices"
	"time"

	"wvwatch/internal/codes"
)

// Parser reads blocks of one file at a time. It is not safe for concurrent use;
// it holds scratch memory only, so one parser may serve many files in turn.
type Parser struct {
	cat       *codes.Catalogue
	format    format
	texts     map[int][]byte // the server's text for each code
	explain   bool
	coloured  bool // the block holds colours
	scan      scan
	headers   clock     // of envelopes, whose second is another than that of the records in them
	plain     open      // the record of lines without an envelope
	streams   [2]open   // the records of stdout and stderr inside envelopes
	pieces    [4]pieces // of stdout and stderr, of CRI and of Docker
	done      []span    // finished records of this block, kept only while streams interleave
	anchors   anchors   // of the block
	block     []byte
	out       *Result
	ids       []byte               // tenants, correlation ids and labels of this block's events
	values    [][]byte             // the labels one by one
	unwrapped [maxWrappings][]byte // scratch of unwrap
}

// New compiles cfg. The catalogue is borrowed for the parser's life.
func New(cfg Config, cat *codes.Catalogue) (*Parser, error) {
	f, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	p := &Parser{cat: cat, format: f, texts: serverTextsOf(cat, f.drm)}
	p.scan.init(p)
	p.headers.location = f.location
	return p, nil
}

// Explain makes Parse also report every listed number that it did not take for
// a code, as a Refusal.
func (p *Parser) Explain(on bool) { p.explain = on }

// SetReference gives the time near which a record without a year was written.
// The default is the zero time, which reads such records as times unknown.
func (p *Parser) SetReference(now time.Time) {
	p.scan.clock.refer(now)
	p.headers.refer(now)
}

// Parse reads the complete records in block, which holds whole lines only
// (every line ends in '\n'; the last one of a finished file may lack it).
// settled is how many of block's first bytes have been there long enough (the
// silence bound) that no line will be added to a record that ends within them;
// len(block) forces every record to end. Parse replaces *dst and returns how
// many bytes the records took: the rest must be given again, with what follows
// it. Event and request memory is borrowed until the next call.
func (p *Parser) Parse(dst *Result, block []byte, settled int) (consumed int) {
	dst.reset()
	p.out, p.block = dst, block
	p.ids, p.values, p.done = p.ids[:0], p.values[:0], p.done[:0]
	dst.Labels = p.format.labelNames
	p.plain.live, p.streams[0].live, p.streams[1].live = false, false, false
	p.dropPieces()
	p.anchors.reset(block, p.format.groups)
	p.coloured = bytes.IndexByte(block, escape) >= 0 || p.format.everyRecord

	line := 0
	for pos := 0; pos < len(block); line++ {
		end, next := len(block), len(block)
		if n := bytes.IndexByte(block[pos:], '\n'); n >= 0 {
			end, next = pos+n, pos+n+1
		}
		p.line(block[pos:end], span{pos, next, line, line})
		pos = next
	}
	consumed, dst.Lines = p.settle(settled, line)
	if consumed < len(block) && len(p.done) > 0 {
		p.takeBack(dst.Lines)
	}
	for _, r := range dst.Refusals {
		dst.Vetoed[r.Reason]++
	}
	for _, m := range dst.marks {
		if m.missing < NumMissing {
			dst.WithoutCode[m.missing]++
		}
		if m.bound < NumBounds {
			dst.Bounded[m.bound]++
		}
	}
	return consumed
}

// line adds one physical line to the record it belongs to.
func (p *Parser) line(text []byte, at span) {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	if env, at, ok, kept := p.unwrap(text, at); ok {
		if kept {
			return
		}
		if env.bare {
			p.plain.addWrapped(p, env, at) // its next lines may come without a header
			return
		}
		if p.plain.live {
			p.finish(&p.plain) // a plain record is one piece of the block
		}
		p.streams[env.stream].addWrapped(p, env, at)
		return
	}
	if p.plain.live && (p.plain.repeated > 0 || opensObject(p.plain.first)) && p.repeats(text, at) {
		return
	}
	if len(text) < maxRecordBytes && p.format.multiline.first == nil && complete(text) {
		if p.plain.live {
			p.finish(&p.plain)
		}
		p.whole(at)
		return
	}
	p.plain.add(p, text, at)
}

// whole reads a record that is one line of the block.
func (p *Parser) whole(at span) {
	p.out.Records++
	p.done = append(p.done, at)
	p.scan.batch = isBatch(p.block[at.start:at.end])
	if p.explain || p.format.everyRecord || p.scan.batch || p.anchors.next(at.start) < at.end {
		p.plain.at, p.plain.time, p.plain.head = at, stamp{}, 0
		p.scan.record(&p.anchors, p.block[:at.end], at.start, &p.plain)
	}
}

// settle ends the records that can not grow any more and returns how many bytes
// and lines all ended records take.
func (p *Parser) settle(settled, lines int) (int, int) {
	consumed := len(p.block)
	for i := range p.pieces {
		switch c := &p.pieces[i]; {
		case !c.live:
		case c.at.end <= settled:
			c.live = false
			p.streams[i%2].addWrapped(p, envelope{stream: uint8(i % 2), joined: true, time: c.time, text: c.text}, c.at)
		case c.at.start < consumed:
			consumed, lines = c.at.start, c.at.first
		}
	}
	for _, o := range [...]*open{&p.plain, &p.streams[0], &p.streams[1]} {
		if !o.live {
			continue
		}
		if o.at.end <= settled || o.full() {
			p.finish(o)
		} else if o.at.start < consumed {
			consumed, lines = o.at.start, o.at.first
		}
	}
	// A record of the other stream may reach over the cut: it is read again too.
	for again := consumed < len(p.block); again; {
		again = false
		for _, d := range p.done {
			if d.start < consumed && d.end > consumed {
				consumed, lines, again = d.start, d.first, true
			}
		}
	}
	return consumed, lines
}

func (p *Parser) dropPieces() {
	for i := range p.pieces {
		p.pieces[i].live = false
	}
}

// takeBack drops what records gave that begin at or after line: another stream's
// open record lies before them, so they will be read again.
func (p *Parser) takeBack(line int) {
	out := p.out
	out.Events = slices.DeleteFunc(out.Events, func(e Event) bool { return e.Line >= line })
	out.Requests = slices.DeleteFunc(out.Requests, func(q Request) bool { return q.line >= line })
	out.marks = slices.DeleteFunc(out.marks, func(m mark) bool { return m.line >= line })
	out.Refusals = slices.DeleteFunc(out.Refusals, func(f Refusal) bool { return f.Line >= line })
	for _, d := range p.done {
		if d.first >= line {
			out.Records--
		}
	}
}

// finish reads the record in o and forgets it.
func (p *Parser) finish(o *open) {
	o.live = false
	p.out.Records++
	if o.full() {
		p.out.marks = append(p.out.marks, mark{o.at.first, NumMissing, RecordBound})
	}
	p.done = append(p.done, o.at)
	if !o.joined && !p.explain && !p.format.everyRecord && p.anchors.next(o.at.start) >= o.at.end {
		return
	}
	p.scan.batch = false
	if o.wrapped {
		p.scan.wrapped.reset(o.text, p.format.groups)
		p.scan.record(&p.scan.wrapped, o.text, 0, o)
		return
	}
	p.scan.record(&p.anchors, p.block[:o.at.end], o.at.start, o)
}
