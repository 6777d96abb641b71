package tailer

import "sync"

// gate is what everything goes through that is given to a sink. Once it is closed
// nothing more comes: what a hanging call may still return is for the tailer
// that follows the files by then.
type gate struct {
	mu     sync.RWMutex
	closed bool
}

// enter reports whether the gate is open, and keeps it so until leave.
func (g *gate) enter() bool {
	g.mu.RLock()
	if g.closed {
		g.mu.RUnlock()
		return false
	}
	return true
}

func (g *gate) leave() { g.mu.RUnlock() }

func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
}
