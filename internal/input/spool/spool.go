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
	"slices"
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
		g, whole, err := checkSegment(path, limit, func(h header) { s.recent.add(h.id, h.received, nil) })
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if i < len(bases)-1 { // all of it was acknowledged
			s.loseFrom(path, max(base+whole, counted), base+min(info.Size(), limit))
		}
		if info.Size() > whole {
			if err := os.Truncate(path, whole); err != nil {
				return err
			}
		}
		if whole <= int64(segmentHeader) {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		s.segments = append(s.segments, segment{base: base, end: base + whole, generation: g, sealed: true})
		s.size += whole
		s.durable = base + whole
	}
	s.durable = max(s.durable, counted)
	return nil
}

// loseFrom counts what a damaged segment held between two offsets.
func (s *Spool) loseFrom(path string, from, to int64) {
	if to <= from {
		return
	}
	s.lost.Add(to - from)
	s.o.Log.Warn("spool segment is damaged: the rest of it is lost", "component", "spool", "file", path, "bytes", to-from)
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

// write appends frames to the last segment.
func (s *Spool) write(frames []byte) error {
	s.mu.Lock()
	if s.file != nil && s.last().size() >= s.o.Segment {
		s.seal()
	}
	if s.file == nil {
		if err := s.begin(); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	file, at := s.file, *s.last()
	s.writing = true
	s.mu.Unlock()
	stamp(frames, at.generation)
	_, err := file.WriteAt(frames, at.size())
	if err == nil && !s.o.NoSync {
		err = syncData(file)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	if err != nil { // the state after a failed fsync is undefined: go on in another segment
		s.seal()
		return err
	}
	s.durable = at.end + int64(len(frames))
	s.last().end = s.durable
	return nil
}

// last returns the last segment, of which there is one. The caller holds the lock.
func (s *Spool) last() *segment { return &s.segments[len(s.segments)-1] }

// begin makes a new segment. The caller holds the lock.
func (s *Spool) begin() error {
	next := segment{base: s.durable, end: s.durable + int64(segmentHeader)}
	var err error
	if old, ok := s.takeSpent(); ok {
		next.generation = old.generation + 1
		if s.file, err = reuseSegment(s.dir, old, next.base, !s.o.NoSync); err != nil {
			_ = os.Remove(segmentPath(s.dir, old.base)) // it is counted
		}
	}
	if s.file == nil {
		next.generation = 0
		if s.file, err = createSegment(s.dir, next.base, !s.o.NoSync); err != nil {
			return err
		}
	}
	if n := len(s.segments); n > 0 && s.last().base == next.base { // an empty one, of a failed write
		s.segments = s.segments[:n-1]
		s.size -= int64(segmentHeader)
	}
	s.opened = time.Now()
	s.segments = append(s.segments, next)
	s.size += next.size()
	return nil
}

// takeSpent returns the oldest segment, if its file may be reused, and forgets it. The
// caller holds the lock.
func (s *Spool) takeSpent() (old segment, ok bool) {
	if len(s.segments) == 0 || s.segments[0].spent.IsZero() {
		return old, false
	}
	old, s.segments = s.segments[0], s.segments[1:]
	s.size -= old.size()
	return old, true
}

// seal ends the last segment, and cuts off what an earlier one, or a failed write, left in its
// file. The caller holds the lock.
func (s *Spool) seal() {
	if s.file == nil {
		return
	}
	_ = s.file.Truncate(s.last().size()) // what is left in it is not read
	_ = s.file.Close()                   // it is synced, or was not to be
	s.file = nil
	s.last().sealed = true
}

// Saved is called after each checkpoint, with the offset in it. Segments before the
// offsets of both this checkpoint and the one before it are reused or deleted: where one
// is damaged, the other is used.
func (s *Spool) Saved(counted int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.saved = [2]int64{s.saved[1], counted}
	before := min(s.saved[0], counted)
	if s.file != nil && !s.writing {
		if last := s.last(); last.size() >= s.o.Segment || before >= last.end && now.Sub(s.opened) >= sealTime {
			s.seal()
		}
	}
	n := 0
	for n < len(s.segments) && s.segments[n].sealed && s.segments[n].end <= before {
		n++
	}
	if err := s.spend(n, now); err != nil {
		return err
	}
	return s.remove(n - s.reusable(s.segments[:n], now))
}

// spend marks the first n segments as spent, after the identities in them are saved. The
// caller holds the lock.
func (s *Spool) spend(n int, now time.Time) error {
	if n == 0 || !s.segments[n-1].spent.IsZero() {
		return nil
	}
	if err := s.recent.save(s.dir); err != nil {
		return err
	}
	for i := range s.segments[:n] {
		if g := &s.segments[i]; g.spent.IsZero() {
			g.spent = now
		}
	}
	return nil
}

// reusable returns how many of the last of the spent segments are kept for reuse: full ones,
// while the spool fills one in a minute, in an eighth of the bytes that it may have. Where more
// than half is in use, room is worth more. The caller holds the lock.
func (s *Spool) reusable(spent []segment, now time.Time) (n int) {
	used, kept := s.size, int64(0)
	for _, g := range spent {
		used -= g.size()
	}
	for _, g := range slices.Backward(spent) {
		kept += g.size()
		if g.size() < s.o.Segment || now.Sub(g.spent) >= sealTime || kept > s.o.MaxBytes/8 || used+kept > s.o.MaxBytes/2 {
			break
		}
		n++
	}
	return n
}

// remove deletes the first n segments. The caller holds the lock.
func (s *Spool) remove(n int) error {
	if n == 0 {
		return nil
	}
	for i, g := range s.segments[:n] {
		if err := os.Remove(segmentPath(s.dir, g.base)); err != nil {
			s.segments = s.segments[i:]
			return fmt.Errorf("delete a counted segment: %w", err)
		}
		s.size -= g.size()
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
	return counted-s.saved[0] > max(s.o.Segment, s.o.MaxBytes/16)
}
