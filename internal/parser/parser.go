// Package parser turns the lines of a log into events: which licence server
// refused with which code, and which licence requests were made.
//
// It promises to count on positive evidence only, to name the server, and to be
// able to say why it refused a number. It is a pure function of the bytes it is
// given: it keeps nothing from one block to the next, does no I/O and has no
// clock, so the same bytes give the same events wherever a block is cut.
// Reading files is tailer's, counting is metrics'.
package parser

import (
	"bytes"
	"slices"
	"time"

	"wvwatch/internal/codes"
)

// Parser reads blocks of one file at a time. It is not safe for concurrent use;
// it holds scratch memory only, so one parser may serve many files in turn.
type Parser struct {
	cat      *codes.Catalogue
	format   format
	texts    map[int][]byte // the server's text for each code
	explain  bool
	coloured bool // the block holds colours
	scan     scan
	frames   Framer
	anchors  anchors // of the block
	block    []byte
	out      *Result
	ids      []byte   // tenants, correlation ids and labels of this block's events
	values   [][]byte // the labels one by one
}

// New compiles cfg. The catalogue is borrowed for the parser's life.
func New(cfg Config, cat *codes.Catalogue) (*Parser, error) {
	f, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	p := &Parser{cat: cat, format: f, texts: serverTextsOf(cat, f.drm)}
	p.scan.init(p)
	p.frames = Framer{Each: p.record, Multiline: f.multiline, clock: clock{location: f.location}}
	return p, nil
}

// Explain makes Parse also report every listed number that it did not take for
// a code, as a Refusal.
func (p *Parser) Explain(on bool) { p.explain = on }

// SetReference gives the time near which a record without a year was written.
// The default is the zero time, which reads such records as times unknown.
func (p *Parser) SetReference(now time.Time) {
	p.scan.clock.refer(now)
	p.frames.clock.refer(now)
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
	p.ids, p.values = p.ids[:0], p.values[:0]
	dst.Labels = p.format.labelNames
	p.anchors.reset(block, p.format.groups)
	p.coloured = bytes.IndexByte(block, escape) >= 0 || p.format.everyRecord

	consumed, dst.Lines = p.frames.Frame(block, settled)
	if consumed < len(block) {
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

// takeBack drops what records gave that begin at or after line: another stream's
// open record lies before them, so they will be read again.
func (p *Parser) takeBack(line int) {
	again := p.frames.Again(line)
	if again == 0 {
		return
	}
	out := p.out
	out.Events = slices.DeleteFunc(out.Events, func(e Event) bool { return e.Line >= line })
	out.Requests = slices.DeleteFunc(out.Requests, func(q Request) bool { return q.line >= line })
	out.marks = slices.DeleteFunc(out.marks, func(m mark) bool { return m.line >= line })
	out.Refusals = slices.DeleteFunc(out.Refusals, func(f Refusal) bool { return f.Line >= line })
	out.Records -= again
}

// record reads a record, unless the anchors say that it can hold nothing.
func (p *Parser) record(r *Record) {
	p.out.Records++
	if r.Full {
		p.out.marks = append(p.out.marks, mark{r.At.first, NumMissing, RecordBound})
	}
	p.scan.batch = r.Whole && isBatch(r.Text[r.From:])
	if !r.Joined && !p.explain && !p.format.everyRecord && !p.scan.batch && p.anchors.next(r.At.start) >= r.At.end {
		return
	}
	in := &p.anchors
	if r.Wrapped {
		in = &p.scan.wrapped
		in.reset(r.Text, p.format.groups)
	}
	p.scan.record(in, r)
}

// Text appends to dst what the first lines of block say: envelopes taken off and
// the pieces of a line put together, so that what was cut apart can be redacted
// as the whole it was. It goes on beyond the given number of lines while a line
// is cut, and leaves out other streams in between. whole is false where it had
// to stop inside a line. It is for the few records that people look at, between
// two calls of Parse.
func (p *Parser) Text(dst, block []byte, lines int) (text []byte, whole bool) {
	return p.frames.Text(dst, block, lines)
}
