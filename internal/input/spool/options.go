package spool

import (
	"log/slog"
	"time"
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
