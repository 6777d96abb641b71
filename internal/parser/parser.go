// Package parser turns the lines of a log into events: which licence server
// refused with which code, and which licence requests were made.
//
// It promises to count on positive evidence only, to name the server, and to be
// able to report why it ignored a number. It is a pure function of the bytes it is
// given, and of the header in force before them: it keeps nothing from one block to the next, does no I/O and has no
// clock, so the same bytes give the same events wherever a block is cut.
// Reading files is tailer's, counting is metrics'.
package parser

import (
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser/evaluate"
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/read"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// Parser reads blocks of one file at a time. It is not safe for concurrent use;
// it holds scratch memory only, so one parser may serve many files in turn.
type Parser struct {
	reader     *read.Reader
	evaluator  *evaluate.Evaluator
	frames     *framing.Framer
	labelNames []string // without the tenant
	automatic  int      // of these, the last ones
	out        *result.Result
}

// New compiles cfg. The catalogue is borrowed for the parser's life.
func New(cfg Config, cat *codes.Catalogue) (*Parser, error) {
	f, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	weigher := signs.New(cat, f.evaluate.DRM)
	p := &Parser{reader: read.New(f.read, cat, weigher), labelNames: f.labelNames, automatic: f.automatic}
	p.evaluator = evaluate.New(f.evaluate, cat, weigher, p.reader)
	p.frames = framing.New(f.multiline, f.evaluate.Location, p.record)
	return p, nil
}

// Explain makes Parse also report every listed number that it did not take for
// a code, as a Refusal.
func (p *Parser) Explain(on bool) {
	p.reader.All(on)
	p.evaluator.Explain(on)
}

// SetReference gives the time near which a record without a year was written.
// The default is the zero time, which reads such records as times unknown.
func (p *Parser) SetReference(now time.Time) {
	p.evaluator.SetReference(now)
	p.frames.SetReference(now)
}

// SetFile sets the path of the file that the next blocks are from: labels may take
// their values from it. The default is the empty path, which matches no label.
func (p *Parser) SetFile(path string) { p.evaluator.File.Set(path) }

// SetHeader sets the header of a W3C extended log in force before the next block; Parse
// moves it over what it takes. It is borrowed until the next call. nil, the default, reads
// no rows by their columns.
func (p *Parser) SetHeader(h *Header) { p.frames.SetHeader(h) }

// SetSample makes Parse read tenant and labels of one of so many requests, and the
// automatic labels of one of so many events; 0, the default, of none. A record is in the
// sample or not by its text, however a block is cut.
func (p *Parser) SetSample(requests, events uint32) {
	p.evaluator.Sample = evaluate.Sample{Requests: requests, Events: events}
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
	p.out = dst
	dst.Labels, dst.Unasked = p.labelNames, p.automatic
	marks := p.reader.Begin(block)
	p.evaluator.Begin(dst)
	consumed, dst.Lines, dst.Records = p.frames.Frame(block, marks, settled)
	if again := p.frames.Again(dst.Lines); consumed < len(block) && again > 0 {
		dst.TakeBack(dst.Lines)
		dst.Records -= again
	}
	dst.Count()
	return consumed
}

// record reads and evaluates a record, and returns up to where none is worth it.
func (p *Parser) record(r *framing.Record) (idle int) {
	if r.Full {
		p.out.AddBound(r.At.First, result.RecordBound)
	}
	if t, head := p.reader.Read(r); t != nil {
		p.evaluator.Evaluate(t, r.At, head, r.Time)
	}
	return p.reader.Idle(r.At.End)
}

// Text appends to dst the text of the first lines of block: envelopes taken off and
// the pieces of a line put together, so that what was cut apart can be redacted
// as the whole it was. It goes on beyond the given number of lines while a line
// is cut, and leaves out other streams in between. whole is false where it had
// to stop inside a line. It is for the few records that people look at, between
// two calls of Parse.
func (p *Parser) Text(dst, block []byte, lines int) (text []byte, whole bool) {
	return p.frames.Text(dst, block, lines)
}
