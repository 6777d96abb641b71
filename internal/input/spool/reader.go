package spool

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer"
)

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

// commit counts what the last Parse found.
func (r *Reader) commit() {
	at := r.offsetOf(0)
	r.sink.Commit(tailer.Position{ID: PositionID(r.source), Source: r.source, Name: InputName, Input: InputName, Offset: at})
	r.counted.Store(at)
	r.lastRead.Store(time.Now().UnixNano())
}
