package spool

import (
	"context"
	"errors"
	"time"
)

// maxPending is how many bytes wait in memory for their fsync before Append waits.
const maxPending = 1 << 20

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
