package spool

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

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

// Pressing reports whether a checkpoint would make room that is needed: much is
// counted, but kept until checkpoints hold it.
func (s *Spool) Pressing(counted int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counted-s.saved[0] > max(s.o.Segment, s.o.MaxBytes/16)
}
