package kafka

import (
	"bytes"
	"sort"
	"time"

	"wvwatch/internal/tailer"
)

const (
	blockSize    = 256 << 10              // text from which a partition is parsed before more is added
	maxLine      = 1 << 20                // a longer line is skipped and counted
	maxRecord    = 256 << 10              // that a sink may hold back
	silence      = 250 * time.Millisecond // after which a record that may go on has ended
	largeBacklog = 50_000                 // records from which the source is catching up
	maxSpare     = 2 * (maxLine + maxRecord)
)

// partition is one partition that is read: its records become one text, as the lines
// of a file, so that what a shipper cut into several records is put together again.
type partition struct {
	topic   string
	id      int32
	name    string
	topicID [16]byte
	sink    tailer.Sink
	source  string

	next   int64 // offset of the next record to take
	skip   int   // bytes of that record's lines that are counted already
	target int64 // end of the log when reading began
	end    int64 // of the log, as last seen
	saved  int64 // offset of the last position that was committed to the sink

	text   []byte
	pieces []piece // the records in text
	lines  int     // in text
	grew   time.Time

	newest   int64 // timestamp of the newest record that is counted, Unix nanoseconds; 0 for none
	overlong int64 // lines skipped, since the last look
	failures int   // to read the batch at next, one after the other
}

// piece is where the lines of one record begin in text.
type piece struct {
	at     int   // bytes
	line   int   // lines before it
	offset int64 // of the record
	time   int64 // of the record, Unix nanoseconds
}

// counted returns the place up to which the partition is counted.
func (p *partition) counted() place {
	if len(p.pieces) == 0 || len(p.text) == 0 {
		return place{p.topicID, p.next, p.skip}
	}
	first := p.pieces[0]
	return place{p.topicID, first.offset, -first.at}
}

// caughtUp reports whether everything that was there when reading began is counted.
func (p *partition) caughtUp() bool { return len(p.text) == 0 && p.next >= p.target }

// add appends the lines of a record; render writes them. The text is parsed when it is
// long enough.
func (p *partition) add(offset, timestamp int64, render func(dst []byte) []byte) {
	start := len(p.text)
	p.text = render(p.text)
	if n := len(p.text); n > start && p.text[n-1] != '\n' {
		p.text = append(p.text, '\n')
	}
	p.cutOverlong(start) // before what is counted is taken out: Cursor counts what is left
	already := min(p.skip, len(p.text)-start)
	p.next, p.skip = offset+1, 0
	if already > 0 {
		p.text = append(p.text[:start], p.text[start+already:]...)
	}
	if len(p.text) == start {
		return
	}
	p.pieces = append(p.pieces, piece{start - already, p.lines, offset, timestamp})
	p.lines += bytes.Count(p.text[start:], newline)
	if len(p.text) >= blockSize {
		p.parse(false)
	}
}

var newline = []byte{'\n'}

// cutOverlong takes lines that are too long out of text, from start on.
func (p *partition) cutOverlong(start int) {
	for i := start; len(p.text)-i > maxLine; {
		end := i + bytes.IndexByte(p.text[i:], '\n') + 1
		if end-i > maxLine {
			p.overlong++
			p.text = append(p.text[:i], p.text[end:]...)
			continue
		}
		i = end
	}
}

// parse gives the text to the sink and commits what it takes of it. settled means that
// nothing is added to the records in it.
func (p *partition) parse(settled bool) {
	for len(p.text) > 0 {
		old := 0
		if settled || len(p.text) >= maxLine+maxRecord {
			old = len(p.text)
		}
		n := p.sink.Parse(tailer.Batch{
			Source: p.source, Name: p.name, Lines: p.text, Settled: old, TimeOf: p.timeOf,
			CatchingUp: p.next <= p.target || p.end-p.next >= largeBacklog,
		})
		n = max(0, min(n, len(p.text)))
		if n == 0 && old > 0 {
			n = len(p.text) // the sink breaks its promise; standing still would be worse
		}
		if n == 0 {
			return
		}
		p.drop(n)
		p.commit()
		if old == 0 {
			return
		}
	}
}

// commit counts what the last Parse found.
func (p *partition) commit() {
	pl := p.counted()
	p.sink.Commit(pl.position(p.source, p.name))
	p.saved = pl.offset
}

// settle parses what is in text where nothing was added to it for a while, and commits
// a position that moved without lines, over the markers of transactions.
func (p *partition) settle(now time.Time) {
	switch {
	case len(p.text) > 0:
		if now.Sub(p.grew) >= silence {
			p.parse(true)
		}
	case p.next != p.saved:
		p.note()
	}
}

// note commits the position without lines.
func (p *partition) note() {
	p.sink.Parse(tailer.Batch{Source: p.source, Name: p.name})
	p.commit()
}

// timeOf returns the timestamp of the record that has a line of text, Unix nanoseconds.
func (p *partition) timeOf(line int) int64 {
	i := sort.Search(len(p.pieces), func(i int) bool { return p.pieces[i].line > line })
	return p.pieces[max(0, i-1)].time
}

// drop takes the first n bytes out of text.
func (p *partition) drop(n int) {
	last := sort.Search(len(p.pieces), func(i int) bool { return p.pieces[i].at >= n }) - 1
	p.newest = p.pieces[max(0, last)].time
	if n == len(p.text) {
		p.text, p.pieces, p.lines = p.text[:0], p.pieces[:0], 0
		if cap(p.text) > maxSpare {
			p.text = nil
		}
		return
	}
	gone := bytes.Count(p.text[:n], newline)
	p.text = p.text[:copy(p.text, p.text[n:])]
	p.lines -= gone
	if last+1 < len(p.pieces) && p.pieces[last+1].at == n {
		last++
	}
	kept := copy(p.pieces, p.pieces[last:])
	p.pieces = p.pieces[:kept]
	for k := range p.pieces {
		p.pieces[k].at -= n
		p.pieces[k].line -= gone
	}
}
