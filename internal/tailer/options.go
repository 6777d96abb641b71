package tailer

import (
	"log/slog"
	"runtime"
	"time"
)

// Options are the tailer's tunables; the zero value of each means its default.
type Options struct {
	Log *slog.Logger     // nil discards
	Now func() time.Time // the clock; time.Now

	Counts map[string]Counts // what the counters of each source begin with, by name; read by New only

	PollInterval   time.Duration // how often an active path is looked at; 125 ms, half as often if it is idle or its directory is watched
	RescanInterval time.Duration // how often globs are matched again; 1 s
	Quiet          time.Duration // after how long without a change a file in a watched directory is looked at less often; 10 s
	IdleInterval   time.Duration // how often it, and a glob without changes, is looked at then; 10 s
	Silence        time.Duration // how long nothing must be added for the last record to end; 250 ms, at most 1 s
	Drain          time.Duration // how long a rotated file must be quiet to be finished; 1 min
	StopTimeout    time.Duration // how long Run waits at its end for a file system that does not answer; 2 s

	Readers int  // goroutines that read and parse at the same time; GOMAXPROCS, at most 4
	Block   int  // bytes read at once; 256 KiB
	MaxLine int  // a longer line is skipped and counted; 1 MiB
	Polling bool // do without inotify: every file is looked at as on a file system that reports no changes
	Watches int  // files watched by the nxadm/tail watcher; 32, negative for none
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	setDefault(&o.PollInterval, 125*time.Millisecond)
	setDefault(&o.RescanInterval, time.Second)
	setDefault(&o.Quiet, busy)
	setDefault(&o.IdleInterval, 10*time.Second)
	setDefault(&o.Silence, 250*time.Millisecond)
	o.Silence = min(o.Silence, time.Second)
	setDefault(&o.Drain, time.Minute)
	setDefault(&o.StopTimeout, 2*time.Second)
	setDefault(&o.Readers, min(4, runtime.GOMAXPROCS(0)))
	setDefault(&o.Block, 256<<10)
	setDefault(&o.MaxLine, 1<<20)
	setDefault(&o.Watches, 32)
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// maxRecord is the longest record a Sink may hold back.
const maxRecord = 256 << 10
