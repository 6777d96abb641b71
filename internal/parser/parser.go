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
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// Parser reads blocks of one file at a time. It is not safe for concurrent use;
// it holds scratch memory only, so one parser may serve many files in turn.
type Parser struct {
	cat      *codes.Catalogue
	format   format
	explain  bool
	coloured bool // the block holds colours
	scan     scan
	frames   *framing.Framer
	anchors  anchors // of the block
	block    []byte
	out      *result.Result
	ids      []byte   // tenants, correlation ids and labels of this block's events
	values   [][]byte // the labels one by one
}

// New compiles cfg. The catalogue is borrowed for the parser's life.
func New(cfg Config, cat *codes.Catalogue) (*Parser, error) {
	f, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	p := &Parser{cat: cat, format: f}
	p.scan.signs = signs.New(cat, f.drm)
	p.scan.init(p)
	p.frames = framing.New(f.multiline, f.location, p.record)
	return p, nil
}

// Explain makes Parse also report every listed number that it did not take for
// a code, as a Refusal.
func (p *Parser) Explain(on bool) { p.explain = on }

// SetReference gives the time near which a record without a year was written.
// The default is the zero time, which reads such records as times unknown.
func (p *Parser) SetReference(now time.Time) {
	p.scan.clock.Refer(now)
	p.frames.SetReference(now)
}

// Parse reads the complete records in block, which holds whole lines only
// (every line ends in '\n'; the last one of a finished file may lack it).
// settled is how many of block's first bytes have been there long enough (the
// silence bound) that no line will be added to a record that ends within them;
// len(block) forces every record to end. Parse replaces *dst and returns how
// many bytes the records took: the rest must be given again, with what follows
// it. Event and request memory is borrowed until the next call.
func (p *Parser) Parse(dst *result.Result, block []byte, settled int) (consumed int) {
	dst.Reset()
	p.out, p.block = dst, block
	p.ids, p.values = p.ids[:0], p.values[:0]
	dst.Labels = p.format.labelNames
	p.anchors.reset(block, p.format.groups)
	p.coloured = bytes.IndexByte(block, lex.Escape) >= 0 || p.format.everyRecord

	consumed, dst.Lines = p.frames.Frame(block, settled)
	if again := p.frames.Again(dst.Lines); consumed < len(block) && again > 0 {
		dst.TakeBack(dst.Lines)
		dst.Records -= again
	}
	dst.Count()
	return consumed
}

// record reads a record, unless the anchors say that it can hold nothing.
func (p *Parser) record(r *framing.Record) {
	p.out.Records++
	if r.Full {
		p.out.AddBound(r.At.First, result.RecordBound)
	}
	p.scan.batch = r.Whole && isBatch(r.Text[r.From:])
	if !r.Joined && !p.explain && !p.format.everyRecord && !p.scan.batch && p.anchors.next(r.At.Start) >= r.At.End {
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
