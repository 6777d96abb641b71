// Package traffic counts what the listener of one source receives: connections,
// batches, lines, and what it did not take. The counters begin at 0 with each
// start of the process.
package traffic

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Reasons for which a listener rejects or drops something. They are label values.
const (
	Unauthorized = "unauthorized" // no valid token
	TooLarge     = "too_large"    // a body, frame or line over its limit
	Invalid      = "invalid"      // a body that can not be decoded
	Full         = "full"         // the spool has no room
	Busy         = "busy"         // too many bytes are being received at once
	Kernel       = "kernel"       // datagrams that the kernel dropped from the socket's queue
	Failed       = "failed"       // the spool can not be written
	TooMany      = "too_many"     // connections over the limit
)

// Counter counts for one source. Its zero value is ready for use, and its methods
// may be called concurrently.
type Counter struct {
	connections           atomic.Int64
	batches, lines, bytes atomic.Uint64
	last                  atomic.Int64
	mu                    sync.Mutex
	rejected, dropped     map[string]uint64
}

// Stats is a snapshot of a Counter.
type Stats struct {
	Connections  int64             // open now
	Batches      uint64            // accepted: requests, or reads of a connection
	Lines, Bytes uint64            // of the accepted batches
	Last         time.Time         // when the last one was accepted; zero for never
	Rejected     map[string]uint64 // requests and connections by reason: the sender gets an error
	Dropped      map[string]uint64 // messages by reason: the sender gets no error
}

// Connect counts a connection until the returned function is called.
func (c *Counter) Connect() (closed func()) {
	c.connections.Add(1)
	return func() { c.connections.Add(-1) }
}

// Accept counts a batch that the spool took.
func (c *Counter) Accept(lines, bytes int) {
	c.batches.Add(1)
	c.lines.Add(uint64(lines))
	c.bytes.Add(uint64(bytes))
	c.last.Store(time.Now().UnixNano())
}

// Reject counts a request or connection that was refused.
func (c *Counter) Reject(reason string) { c.add(&c.rejected, reason, 1) }

// Drop counts messages that are lost.
func (c *Counter) Drop(reason string, n uint64) { c.add(&c.dropped, reason, n) }

func (c *Counter) add(m *map[string]uint64, reason string, n uint64) {
	if n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if *m == nil {
		*m = map[string]uint64{}
	}
	(*m)[reason] += n
}

// Stats returns the present values.
func (c *Counter) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{
		Connections: c.connections.Load(),
		Batches:     c.batches.Load(), Lines: c.lines.Load(), Bytes: c.bytes.Load(),
		Rejected: maps.Clone(c.rejected), Dropped: maps.Clone(c.dropped),
	}
	if last := c.last.Load(); last != 0 {
		s.Last = time.Unix(0, last)
	}
	return s
}

// Connections returns how many are open.
func (c *Counter) Connections() int64 { return c.connections.Load() }

// Rejections returns the reasons that Reject is called with.
func Rejections() []string {
	return []string{Busy, Failed, Full, Invalid, TooLarge, TooMany, Unauthorized}
}

// Losses returns the reasons that Drop is called with.
func Losses() []string { return []string{Failed, Full, Kernel, TooLarge} }
