package tailer

import "sync/atomic"

// gauges are what others may know of a log path without its lock, as it was after
// its last run.
type gauges struct {
	lag  atomic.Int64 // bytes that are not committed yet
	open atomic.Int64 // files
	away atomic.Int64 // those of them that were rotated away
}

// reads reports whether a file was open.
func (g *gauges) reads() bool { return g.open.Load() > 0 }

// drains reports whether one was open that had been rotated away.
func (g *gauges) drains() bool { return g.away.Load() > 0 }
