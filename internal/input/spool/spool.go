// Package spool keeps what senders delivered on disk until it is counted.
//
// A batch is acknowledged when it is durable: after the fsync of its segment. A
// Reader hands the batches to a tailer.Sink, which commits counts and the read
// offset in one step; the segments before the offsets of the last two checkpoints are
// deleted. So a kill between acknowledgement and checkpoint loses nothing and
// counts nothing twice. A batch that a sender repeats within ten minutes is
// acknowledged and not stored.
//
// What a line means, and which protocol delivered it, is left to other packages.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of Append.
var (
	ErrFull   = errors.New("the spool is full")
	ErrClosed = errors.New("the spool is closed")
)

// Options are a spool's tunables; the zero value of each means its default.
type Options struct {
	MaxBytes int64 // of all segments; 1 GiB
	NoSync   bool  // acknowledge after the write: a power failure may lose what was acknowledged, a kill does not

	Segment int64         // bytes after which a segment is sealed; 16 MiB, at most an eighth of MaxBytes
	Delay   time.Duration // how long a batch waits for others to share its fsync; 50 ms
	Group   int           // bytes after which it does not wait; 256 KiB
	Log     *slog.Logger  // nil discards
}

func (o *Options) setDefaults() {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.Segment == 0 {
		o.Segment = min(16<<20, o.MaxBytes/8)
	}
	if o.Delay == 0 {
		o.Delay = 50 * time.Millisecond
	}
	if o.Group == 0 {
		o.Group = 256 << 10
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// maxPending is how many bytes wait in memory for their fsync before Append waits.
const maxPending = 1 << 20

// sealTime is after which time a segment that is counted is sealed, so that it can
// be deleted: log lines are not kept longer than needed.
const sealTime = time.Minute

// Spool is the spool of one source. Its methods may be called concurrently.
type Spool struct {
	dir string
	o   Options

	kick chan struct{} // there is something to commit
	big  chan struct{} // it does not wait any longer

	mu       sync.Mutex
	closed   bool
	pending  *group    // collects batches; nil for none
	spare    []byte    // memory for the next group
	size     int64     // of all segments, with what is being written
	segments []segment // oldest first
	file     *os.File  // of the last segment; nil where that is sealed
	writing  bool      // to it, without the lock
	opened   time.Time // the last segment
	durable  int64     // offset up to which readers may read
	saved    [2]int64  // offsets in the last two checkpoints
	recent   recent
	changed  chan struct{} // closed when durable grows or room is made

	lost atomic.Int64 // bytes of damaged segments
}

// group is the batches that share one fsync.
type group struct {
	data []byte
	ids  []Identity
	done chan struct{}
	err  error // may be read when done is closed
}

// Ticket waits for a batch to be durable.
type Ticket struct {
	group *group
	// Repeated is true for a batch that was received before, and is not stored again.
	Repeated bool
}

// Wait returns when the batch is durable, or could not be stored.
func (t Ticket) Wait(ctx context.Context) error {
	if t.group == nil {
		return nil
	}
	select {
	case <-t.group.done:
		return t.group.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Open opens the spool in dir, which it makes. counted is the offset in the last
// checkpoint, 0 for none. A frame that a crash tore was not acknowledged and is cut
// off. Run must be called for anything to become durable.
func Open(dir string, counted int64, o Options) (*Spool, error) {
	o.setDefaults()
	s := &Spool{dir: dir, o: o, kick: make(chan struct{}, 1), big: make(chan struct{}, 1), changed: make(chan struct{})}
	s.saved = [2]int64{0, counted}
	if err := s.restore(counted); err != nil {
		return nil, fmt.Errorf("open spool %s: %w", dir, err)
	}
	return s, nil
}

func (s *Spool) restore(counted int64) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	bases, err := listSegments(s.dir)
	if err != nil {
		return err
	}
	if err := s.recent.load(s.dir); err != nil {
		return err
	}
	for i, base := range bases {
		path, limit := segmentPath(s.dir, base), int64(math.MaxInt64)
		if i < len(bases)-1 { // a failed write may have left more bytes
			limit = bases[i+1] - base
		}
		whole, err := checkSegment(path, limit, func(h header) { s.recent.add(h.id, h.received, nil) })
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if torn := info.Size() - whole; torn > 0 {
			if whole < limit && i < len(bases)-1 { // all of it was acknowledged
				s.lost.Add(torn)
				s.o.Log.Warn("spool segment is damaged: the rest of it is lost", "component", "spool", "file", path, "offset", whole, "bytes", torn)
			}
			if err := os.Truncate(path, whole); err != nil {
				return err
			}
		}
		if whole <= int64(len(magic)) {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		s.segments = append(s.segments, segment{base: base, end: base + whole, sealed: true})
		s.size += whole
		s.durable = base + whole
	}
	s.durable = max(s.durable, counted)
	return nil
}

// Append stores b and returns before it is durable: see Ticket.Wait. It waits while
// much is pending. It returns ErrFull, without waiting, where there is no room.
func (s *Spool) Append(ctx context.Context, b Batch) (Ticket, error) {
	for {
		t, wait, err := s.append(b)
		if wait == nil {
			return t, err
		}
		if err := wait.Wait(ctx); errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return Ticket{}, err
		}
	}
}

// append is Append, but returns what to wait for.
func (s *Spool) append(b Batch) (t Ticket, wait *Ticket, err error) {
	now := time.Now().UnixNano()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return t, nil, ErrClosed
	}
	named := b.ID != Identity{}
	if named {
		if g, known := s.recent.find(b.ID, now); known {
			return Ticket{group: g, Repeated: true}, nil, nil
		}
	}
	n := int64(frameHeader + len(b.Lines) + 1)
	if s.size+n > s.o.MaxBytes {
		return t, nil, ErrFull
	}
	if g := s.pending; g != nil && len(g.data) > 0 && len(g.data)+int(n) > maxPending {
		return t, &Ticket{group: g}, nil
	}
	if s.pending == nil {
		s.pending = &group{data: s.spare[:0], done: make(chan struct{})}
		s.spare = nil
		signal(s.kick)
	}
	g := s.pending
	before := len(g.data)
	g.data = appendFrame(g.data, b, now)
	if named {
		g.ids = append(g.ids, b.ID)
		s.recent.add(b.ID, now, g)
	}
	s.size += int64(len(g.data) - before)
	if len(g.data) >= s.o.Group {
		signal(s.big)
	}
	return Ticket{group: g}, nil, nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run makes batches durable until ctx is done; then the last ones, and closes the
// spool. It is called once.
func (s *Spool) Run(ctx context.Context) error {
	late := time.NewTimer(s.o.Delay)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			s.close()
			return nil
		case <-s.kick:
		}
		late.Reset(s.o.Delay)
		select {
		case <-ctx.Done():
		case <-late.C:
		case <-s.big:
		}
		s.commit()
	}
}

func (s *Spool) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.commit()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seal()
}

// commit writes and syncs the pending group. One goroutine at a time calls it.
func (s *Spool) commit() {
	s.mu.Lock()
	g := s.pending
	s.pending = nil
	select {
	case <-s.big:
	default:
	}
	s.mu.Unlock()
	if g == nil {
		return
	}
	g.err = s.write(g.data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.err != nil {
		s.size -= int64(len(g.data))
		s.o.Log.Error("spool can not be written: senders are asked to send again later", "component", "spool", "file", s.dir, "err", g.err)
	}
	s.recent.settle(g)
	if cap(g.data) <= 2*maxPending {
		s.spare = g.data[:0]
	}
	g.data = nil
	close(g.done)
	s.wake()
}

// wake wakes who waits for more to read, or for room. The caller holds the lock.
func (s *Spool) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// write appends data to the last segment.
func (s *Spool) write(data []byte) error {
	s.mu.Lock()
	last := len(s.segments) - 1
	if s.file != nil && s.segments[last].end-s.segments[last].base >= s.o.Segment {
		s.seal()
	}
	if s.file == nil {
		if err := s.begin(); err != nil {
			s.mu.Unlock()
			return err
		}
		last = len(s.segments) - 1
	}
	file, end, at := s.file, s.segments[last].end, s.segments[last].end-s.segments[last].base
	s.writing = true
	s.mu.Unlock()
	_, err := file.WriteAt(data, at)
	if err == nil && !s.o.NoSync {
		err = file.Sync()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	if err != nil { // the state after a failed fsync is undefined: go on in another segment
		err = errors.Join(err, file.Truncate(at))
		s.seal()
		return err
	}
	s.durable = end + int64(len(data))
	s.segments[len(s.segments)-1].end = s.durable // others may have been deleted
	return nil
}

// begin makes a new segment. The caller holds the lock.
func (s *Spool) begin() error {
	base := s.durable
	f, err := createSegment(s.dir, base, !s.o.NoSync)
	if err != nil {
		return err
	}
	if n := len(s.segments); n > 0 && s.segments[n-1].base == base { // an empty one, of a failed write
		s.segments = s.segments[:n-1]
		s.size -= int64(len(magic))
	}
	s.file, s.opened = f, time.Now()
	s.segments = append(s.segments, segment{base: base, end: base + int64(len(magic))})
	s.size += int64(len(magic))
	return nil
}

// seal ends the last segment. The caller holds the lock.
func (s *Spool) seal() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // it is synced, or was not to be
	s.file = nil
	s.segments[len(s.segments)-1].sealed = true
}

// Saved is called after each checkpoint, with the offset in it. Segments before the
// offsets of both this checkpoint and the one before it are deleted: where one is damaged, the
// other is used.
func (s *Spool) Saved(counted int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = [2]int64{s.saved[1], counted}
	before := min(s.saved[0], counted)
	if s.file != nil && !s.writing {
		last := s.segments[len(s.segments)-1]
		if last.end-last.base >= s.o.Segment || before >= last.end && time.Since(s.opened) >= sealTime {
			s.seal()
		}
	}
	n := 0
	for n < len(s.segments) && s.segments[n].sealed && s.segments[n].end <= before {
		n++
	}
	if n == 0 {
		return nil
	}
	if err := s.recent.save(s.dir); err != nil {
		return err
	}
	for i, g := range s.segments[:n] {
		if err := os.Remove(segmentPath(s.dir, g.base)); err != nil {
			s.segments = s.segments[i:]
			return fmt.Errorf("delete a counted segment: %w", err)
		}
		s.size -= g.end - g.base
	}
	s.segments = s.segments[n:]
	s.wake()
	return nil
}

// Room waits until something could be appended again, or ctx is done.
func (s *Spool) Room(ctx context.Context) error {
	for {
		s.mu.Lock()
		room, closed, changed := s.size < s.o.MaxBytes*15/16, s.closed, s.changed
		s.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case room:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stats is a snapshot of a spool's figures.
type Stats struct {
	Bytes, MaxBytes int64 // on disk, and the limit
}

// Stats returns the present figures.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Bytes: s.size, MaxBytes: s.o.MaxBytes}
}

// Pressing reports whether a checkpoint would make room that is needed: much is
// counted, but kept until checkpoints hold it.
func (s *Spool) Pressing(counted int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size > s.o.MaxBytes/8 && counted > s.saved[0]+s.o.Segment
}
