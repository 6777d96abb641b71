package spool

import (
	"os"
	"time"
)

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
