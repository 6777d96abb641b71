package spool

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/tailer"
)

// InputName is what the positions of spools have as their Input.
const InputName = "spool"

// PositionID returns the ID of the position of the source's spool.
func PositionID(source string) tailer.ID {
	return tailer.ID(xxhash.Sum64String("spool\x00"+source) | 1)
}

// PositionIn returns the offset up to which the source's spool is counted.
func PositionIn(all []tailer.Position, source string) int64 {
	for _, p := range all {
		if p.ID == PositionID(source) {
			return p.Offset
		}
	}
	return 0
}

const (
	blockSize    = 256 << 10              // read at once
	maxLine      = 1 << 20                // a longer line is skipped and counted
	maxRecord    = 256 << 10              // that a sink may hold back
	silence      = 250 * time.Millisecond // after which a record of a stream has ended
	largeBacklog = 4 << 20                // from which the source is catching up
)

// Reader reads a spool from where it is counted, and follows it. One reader at a
// time reads a spool.
type Reader struct {
	spool  *Spool
	source string
	sink   tailer.Sink

	file    *os.File // of the segment at
	in      *bufio.Reader
	segment segment
	at      int64  // offset of the next byte of in
	left    int    // bytes of the present frame that are not read
	stream  uint64 // of the present frame

	text     []byte  // read, and not counted yet
	pieces   []piece // where it is in the spool
	skipping bool    // the rest of an overlong line

	began    int64 // durable offset when Run began
	caughtUp chan struct{}
	done     sync.Once

	counted, lastRead, overlong, lost atomic.Int64
}

// piece maps the text from index text on to the offset at.
type piece struct {
	text int
	at   int64
}

// NewReader returns a reader of s from the offset counted on. counts are the
// source's counters of an earlier run.
func NewReader(s *Spool, source string, counted int64, counts tailer.Counts, sink tailer.Sink) *Reader {
	r := &Reader{spool: s, source: source, sink: sink, at: counted, caughtUp: make(chan struct{})}
	r.text = make([]byte, 0, blockSize)
	r.in = bufio.NewReaderSize(nil, 64<<10)
	r.counted.Store(counted)
	r.overlong.Store(counts.OverlongLines)
	r.lost.Store(counts.LostBytes)
	return r
}

// CaughtUp is closed when everything that was in the spool when Run began is counted.
func (r *Reader) CaughtUp() <-chan struct{} { return r.caughtUp }

// Counted returns the offset up to which the spool is counted.
func (r *Reader) Counted() int64 { return r.counted.Load() }

// Stats may be called at any time.
func (r *Reader) Stats() tailer.SourceStats {
	r.spool.mu.Lock()
	lag := max(0, r.spool.durable-r.counted.Load())
	r.spool.mu.Unlock()
	st := tailer.SourceStats{LagBytes: lag, LastReadNanos: r.lastRead.Load(), CatchingUp: lag >= largeBacklog}
	st.OverlongLines, st.LostBytes = r.overlong.Load(), r.lost.Load()
	select {
	case <-r.caughtUp:
	default:
		st.CatchingUp = true
	}
	return st
}

// Run reads until ctx is done, and returns nil; a record that may still go on is
// left for the next reader. After an error, CaughtUp is closed, too. It is called once.
func (r *Reader) Run(ctx context.Context) error {
	defer r.close()
	err := r.follow(ctx)
	if err != nil {
		r.done.Do(func() { close(r.caughtUp) }) // the other sources are not to wait for it
		return fmt.Errorf("read spool of source %q: %w", r.source, err)
	}
	return nil
}

func (r *Reader) follow(ctx context.Context) error {
	r.lost.Add(r.spool.lost.Swap(0))
	r.began = r.spool.readable()
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for ctx.Err() == nil {
		changed := r.spool.changes()
		boundary, err := r.fill()
		if err != nil {
			return err
		}
		if boundary {
			r.settle()
			continue
		}
		if r.parse(false) {
			continue
		}
		r.checkCaughtUp()
		var settle <-chan time.Time
		if len(r.text) > 0 {
			quiet.Reset(silence)
			settle = quiet.C
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-settle:
			r.settle()
			r.checkCaughtUp()
		}
	}
	return nil
}

func (r *Reader) checkCaughtUp() {
	if r.counted.Load() >= r.began {
		r.done.Do(func() { close(r.caughtUp) })
	}
}

func (r *Reader) close() {
	if r.file != nil {
		_ = r.file.Close() // only read
		r.file = nil
	}
}

// readable returns the offset up to which readers may read.
func (s *Spool) readable() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable
}

// changes returns what is closed when there is more to read.
func (s *Spool) changes() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// segmentAt returns the segment that holds the offset, or the first one after it,
// and whether there is one that has something to read.
func (s *Spool) segmentAt(offset int64) (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		if g.end > offset && g.end > g.base+int64(segmentHeader) {
			return g, true
		}
	}
	return segment{}, false
}

// enter opens the segment g, at its begin or at the offset at in it: at a frame, or in
// the lines of one.
func (r *Reader) enter(g segment) error {
	want := r.at
	if err := r.open(g); err != nil {
		return err
	}
	for r.at < want {
		h, err := r.next()
		if err != nil {
			return err
		}
		skip := int(min(int64(h.length), max(0, want-r.at)))
		if _, err := r.in.Discard(skip); err != nil {
			return err
		}
		r.at += int64(skip)
		r.left = h.length - skip
	}
	return nil
}

// open begins to read a segment.
func (r *Reader) open(g segment) error {
	r.close()
	f, err := os.Open(segmentPath(r.spool.dir, g.base))
	if err != nil {
		return err
	}
	if before := r.at; before > 0 && before < g.base {
		r.lost.Add(g.base - before)
		r.spool.o.Log.Warn("a part of the spool is gone: what it held is lost", "component", "spool", "source", r.source, "bytes", g.base-before)
	}
	r.file, r.segment, r.at, r.left = f, g, g.base+int64(segmentHeader), 0
	r.in.Reset(&window{r, r.at})
	return nil
}

// window reads the durable part of the present segment.
type window struct {
	r  *Reader
	at int64
}

func (w *window) Read(p []byte) (int, error) {
	end := min(w.r.spool.readable(), w.r.spool.endOf(w.r.segment))
	n := min(int64(len(p)), end-w.at)
	if n <= 0 {
		return 0, io.EOF
	}
	k, err := w.r.file.ReadAt(p[:n], w.at-w.r.segment.base)
	w.at += int64(k)
	return k, err
}

// endOf returns where a segment ends now.
func (s *Spool) endOf(g segment) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, now := range s.segments {
		if now.base == g.base {
			return now.end
		}
	}
	return g.end // it was deleted: it is counted
}

// next reads the header of the next frame of the segment.
func (r *Reader) next() (h header, err error) {
	head, err := r.in.Peek(frameHeader)
	if err != nil {
		return h, err
	}
	h = parseHeader(head)
	r.stream, r.left = h.stream, h.length
	r.at += frameHeader
	_, err = r.in.Discard(frameHeader)
	return h, err
}

// fill reads what follows into text, up to a block. boundary reports that what is in
// it ends the records of its stream.
func (r *Reader) fill() (boundary bool, err error) {
	size := blockSize
	if len(r.text) >= size { // a record, or a line, that is longer
		size = min(2*len(r.text), maxLine+maxRecord+blockSize)
	}
	for len(r.text) < size {
		if r.left == 0 {
			if more, err := r.advance(); !more || err != nil {
				return false, err
			}
			if boundary = r.ends(); boundary {
				return true, nil
			}
			if r.left == 0 { // else the offset counted is inside a frame
				if _, err := r.next(); err != nil {
					return false, err
				}
			}
		}
		n := min(r.left, size-len(r.text))
		if k := len(r.pieces); k == 0 || r.pieces[k-1].at+int64(len(r.text)-r.pieces[k-1].text) != r.at {
			r.pieces = append(r.pieces, piece{len(r.text), r.at})
		}
		start := len(r.text)
		r.text = append(r.text, make([]byte, n)...)
		if _, err := io.ReadFull(r.in, r.text[start:]); err != nil {
			return false, err
		}
		r.at += int64(n)
		r.left -= n
		r.skip(start)
		if r.left == 0 && r.stream == 0 && len(r.text) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// ends reports whether the next frame, of which there is one, can not go on with
// what is in text.
func (r *Reader) ends() bool {
	if len(r.text) == 0 {
		return false
	}
	head, err := r.in.Peek(frameHeader)
	return err == nil && parseHeader(head).stream != r.stream
}

// advance reports whether a frame follows, in this segment or the next.
func (r *Reader) advance() (more bool, err error) {
	if r.file != nil {
		if _, err := r.in.Peek(frameHeader); err == nil {
			return true, nil
		} else if !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	g, ok := r.spool.segmentAt(r.at)
	if !ok || r.file != nil && g.base == r.segment.base {
		return false, nil
	}
	return true, r.enter(g)
}

// skip takes overlong lines out of text, of which the part from start on is new.
func (r *Reader) skip(start int) {
	if r.skipping {
		end := bytes.IndexByte(r.text[start:], '\n') + 1
		if r.skipping = end == 0; r.skipping {
			r.cut(start, len(r.text))
			return
		}
		r.cut(start, start+end)
	}
	for i := 0; len(r.text)-i > maxLine; {
		end := bytes.IndexByte(r.text[i:], '\n') + 1
		switch {
		case end == 0:
			r.skipping = true
			end = len(r.text) - i
		case end <= maxLine:
			i += end
			continue
		}
		r.overlong.Add(1)
		r.cut(i, i+end)
	}
}

// cut takes text[i:j] out.
func (r *Reader) cut(i, j int) {
	after := r.offsetOf(j)
	r.text = append(r.text[:i], r.text[j:]...)
	pieces := r.pieces
	r.pieces = nil
	for _, p := range pieces {
		if p.text < i {
			r.pieces = append(r.pieces, p)
		}
	}
	if i < len(r.text) {
		r.pieces = append(r.pieces, piece{i, after})
	}
	for _, p := range pieces {
		if p.text > j {
			r.pieces = append(r.pieces, piece{p.text - (j - i), p.at})
		}
	}
}

// parse gives the whole lines to the sink and commits what it takes. It reports
// whether there may be more to do at once.
func (r *Reader) parse(settled bool) (more bool) {
	lines := r.text[:bytes.LastIndexByte(r.text, '\n')+1]
	if len(lines) == 0 {
		return len(r.text) >= blockSize
	}
	full := len(r.text) >= blockSize
	old := 0
	if settled {
		old = len(lines)
	}
	readable := r.spool.readable()
	n := r.sink.Parse(tailer.Batch{
		Source: r.source, Name: InputName, Lines: lines, Settled: old,
		CatchingUp: r.at <= r.began || readable-r.at >= largeBacklog,
	})
	if n = max(0, min(n, len(lines))); n == 0 {
		switch {
		case settled || len(r.text) >= maxLine+maxRecord:
			n = len(lines) // the sink breaks its promise; standing still would be worse
		default:
			return full
		}
	}
	r.drop(n)
	r.commit()
	return settled || full
}

// settle parses all of text: nothing is added to its records.
func (r *Reader) settle() {
	for len(r.text) > 0 && r.parse(true) {
	}
}

// drop takes the first n bytes out of text.
func (r *Reader) drop(n int) {
	at := r.offsetOf(n)
	r.text = r.text[:copy(r.text, r.text[n:])]
	kept := r.pieces[:0]
	for _, p := range r.pieces {
		if p.text > n {
			kept = append(kept, piece{p.text - n, p.at})
		} else { // of those before n the last one holds it
			kept = append(kept[:0], piece{0, at})
		}
	}
	r.pieces = kept
	if len(r.text) == 0 {
		r.pieces = r.pieces[:0]
	}
}

// offsetOf returns the offset of the byte after the first n of text.
func (r *Reader) offsetOf(n int) int64 {
	if n == len(r.text) {
		return r.at
	}
	for _, p := range slices.Backward(r.pieces) {
		if p.text <= n {
			return p.at + int64(n-p.text)
		}
	}
	return r.at
}

// commit counts what the last Parse found.
func (r *Reader) commit() {
	at := r.offsetOf(0)
	r.sink.Commit(tailer.Position{ID: PositionID(r.source), Source: r.source, Name: InputName, Input: InputName, Offset: at})
	r.counted.Store(at)
	r.lastRead.Store(time.Now().UnixNano())
}
