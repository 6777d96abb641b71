// Package traffic counts what the listener of one source receives: connections,
// batches, lines, and what it did not take.
package traffic

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Reasons for which a listener rejects or drops something. They are label values.
const (
	Unauthorized = "unauthorized" // no valid token, or no TLS handshake
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
	connections, last atomic.Int64

	mu     sync.Mutex
	counts Counts
}

// Counts are the counters of one source's input. They only grow, also over reloads and
// restarts: a checkpoint keeps them, and Resume seeds them.
type Counts struct {
	Batches  uint64            `json:"batches,omitempty"` // accepted: requests, or reads of a connection
	Lines    uint64            `json:"lines,omitempty"`   // of the accepted batches
	Bytes    uint64            `json:"bytes,omitempty"`
	Repeats  uint64            `json:"repeats,omitempty"`  // batches that a sender repeated: they are not stored again
	Rejected map[string]uint64 `json:"rejected,omitempty"` // requests and connections by reason: the sender gets an error
	Dropped  map[string]uint64 `json:"dropped,omitempty"`  // messages by reason: the sender gets no error
}

// Equal reports whether both have the same values.
func (n Counts) Equal(o Counts) bool {
	return n.Batches == o.Batches && n.Lines == o.Lines && n.Bytes == o.Bytes && n.Repeats == o.Repeats &&
		maps.Equal(n.Rejected, o.Rejected) && maps.Equal(n.Dropped, o.Dropped)
}

// Stats is a snapshot of a Counter.
type Stats struct {
	Connections int64     // open now
	Last        time.Time // when the last batch was accepted; zero for never since the start
	Counts
}

// Resume goes on from the counts of an earlier Counter of the source. It is called before
// anything is counted.
func (c *Counter) Resume(n Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = n.clone()
}

func (n Counts) clone() Counts {
	n.Rejected, n.Dropped = maps.Clone(n.Rejected), maps.Clone(n.Dropped)
	return n
}

// Connect counts a connection until the returned function is called.
func (c *Counter) Connect() (closed func()) {
	c.connections.Add(1)
	return func() { c.connections.Add(-1) }
}

// Accept counts a batch that the spool took.
func (c *Counter) Accept(lines, bytes int) {
	c.last.Store(time.Now().UnixNano())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Batches++
	c.counts.Lines += uint64(lines)
	c.counts.Bytes += uint64(bytes)
}

// Repeat counts a batch that the spool has already.
func (c *Counter) Repeat() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Repeats++
}

// Reject counts a request or connection that was refused.
func (c *Counter) Reject(reason string) { c.add(&c.counts.Rejected, reason, 1) }

// Drop counts messages that are lost.
func (c *Counter) Drop(reason string, n uint64) { c.add(&c.counts.Dropped, reason, n) }

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
	s := Stats{Connections: c.connections.Load(), Counts: c.counts.clone()}
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
