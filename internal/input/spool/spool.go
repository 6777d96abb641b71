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
