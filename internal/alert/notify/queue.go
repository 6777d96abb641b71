package notify

import (
	"slices"
	"sync"

	"wvwatch/internal/alert"
)

// queue holds what is yet to be sent to one receiver: of each alert the latest
// state only, so that after an outage it learns what is true now and not an
// hour of history. A full queue drops the oldest. It may be used concurrently.
type queue struct {
	capacity int
	wake     chan struct{} // has room for one: there is something to send

	mu      sync.Mutex
	entries []entry
	pushed  uint64
}

// entry is an alert in a queue.
type entry struct {
	alert.Alert
	key    string // its identity
	number uint64 // of the push, so that a newer word is not taken for the older
}

func newQueue(capacity int) *queue {
	return &queue{capacity: capacity, wake: make(chan struct{}, 1)}
}

// push adds an alert, in the place of an older word on it where one still
// waits, and returns how many others were dropped for it.
func (q *queue) push(key string, a alert.Alert) (dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pushed++
	e := entry{a, key, q.pushed}
	if i := slices.IndexFunc(q.entries, func(o entry) bool { return o.key == key }); i >= 0 {
		q.entries[i] = e
	} else {
		q.entries = append(q.entries, e)
	}
	if over := len(q.entries) - q.capacity; over > 0 {
		q.entries = slices.Delete(q.entries, 0, over)
		dropped = over
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return dropped
}

// takes reports whether a word on an alert has room without another being dropped.
func (q *queue) takes(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries) < q.capacity || slices.ContainsFunc(q.entries, func(e entry) bool { return e.key == key })
}

// holds reports whether a word on an alert waits.
func (q *queue) holds(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(q.entries, func(e entry) bool { return e.key == key })
}

// head returns up to n entries, the oldest first, and leaves them in place.
func (q *queue) head(n int) []entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.entries[:min(n, len(q.entries))])
}

// remove takes entries out, unless they have been replaced since.
func (q *queue) remove(done []entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries = slices.DeleteFunc(q.entries, func(e entry) bool {
		return slices.ContainsFunc(done, func(d entry) bool { return d.number == e.number })
	})
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.entries)
}
