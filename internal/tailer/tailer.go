// Package tailer follows log files through rotation, truncation and restart,
// and hands over blocks of whole lines, each byte of a file once.
//
// It promises that a position advances only over what a Sink took, that a file
// once opened is read to its end whatever happens to its name, and that what is
// lost unread is counted and logged. The file itself is the only buffer. What a
// line means is parser's, and keeping counts and positions in one step is the
// Sink's.
package tailer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wvwatch/internal/tailer/logfs"
	"wvwatch/internal/tailer/wake"
)

// Tailer follows the files of all sources.
type Tailer struct {
	o         Options
	sources   []*source
	newSink   func(source string) Sink
	readers   chan *reader // idle readers; a log path borrows one to read
	wakes     chan *logPath
	found     chan struct{} // a scan found new paths: the next poll is due
	watcher   wake.Watcher
	changes   changes
	dirs      logfs.Directories
	memory    *memory
	saved     []Position // of an earlier run; not changed
	warnings  warnings
	gate      gate
	openFiles openFiles

	began     time.Time    // of Run
	calls     atomic.Int64 // log paths that are in a call into a file system
	poller    atomic.Int64 // the one at work: see pollEvery
	busyUntil atomic.Int64 // nanoseconds since began until which files are looked at more often
	waiting   atomic.Int64 // what CaughtUp still waits for
	caughtUp  chan struct{}
	done      sync.Once // guards caughtUp
	ran       atomic.Bool
	work      sync.WaitGroup
}

// New prepares a tailer; nothing is opened before Run. saved are the positions
// of an earlier run; newSink is called by reader goroutines. The error names
// every source that can not be followed as configured.
func New(sources []Config, saved []Position, newSink func(source string) Sink, o Options) (*Tailer, error) {
	o.setDefaults()
	t := &Tailer{
		o:        o,
		newSink:  newSink,
		readers:  make(chan *reader, o.Readers+maxReplaced),
		wakes:    make(chan *logPath, 256),
		found:    make(chan struct{}, 1),
		caughtUp: make(chan struct{}),
		memory:   newMemory(),
		saved:    identified(saved),
	}
	t.warnings.log = o.Log
	t.watcher = wake.New(o.Watches)
	if o.Polling {
		t.changes.off()
	}
	var errs []error
	names := map[string]bool{}
	for _, c := range sources {
		if err := c.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("source %q: %w", c.Name, err))
			continue
		}
		if names[c.Name] {
			errs = append(errs, fmt.Errorf("source %q: the name is used twice", c.Name))
			continue
		}
		names[c.Name] = true
		t.sources = append(t.sources, newSource(t, c))
	}
	for range o.Readers {
		t.readers <- newReader(t)
	}
	for _, p := range t.saved {
		if p.Followed == 0 {
			t.memory.add(p, t.follows(p.Source, p.Name))
		}
	}
	t.waiting.Store(int64(len(t.sources)))
	return t, errors.Join(errs...)
}

// Run follows until ctx is done, commits what is complete and returns nil. A
// record that may still grow is left for the next start. Run may be called once.
func (t *Tailer) Run(ctx context.Context) error {
	if t.ran.Swap(true) {
		return errors.New("a tailer runs once: make a new one")
	}
	t.began = time.Now()
	t.caught(0)
	for _, s := range t.sources {
		t.work.Go(func() { s.scan(ctx) })
	}
	t.work.Go(func() { t.pollEvery(ctx, 0) })
	for {
		select {
		case <-ctx.Done():
			t.stop()
			return nil
		case l := <-t.wakes:
			if l.mu.TryLock() {
				t.start(ctx, l)
			}
		}
	}
}

// identified returns the positions of files, each with an ID: an old checkpoint has none.
func identified(saved []Position) []Position {
	saved = slices.DeleteFunc(slices.Clone(saved), func(p Position) bool { return p.Input != "" })
	for i := range saved {
		if saved[i].ID == 0 {
			saved[i].ID = newID()
		}
	}
	return saved
}

// follows reports whether a source of that name is configured and path is one of
// its files.
func (t *Tailer) follows(name, path string) bool {
	return slices.ContainsFunc(t.sources, func(s *source) bool { return s.cfg.Name == name && s.cfg.matches(path) })
}

// now is the clock by which files are quiet, finished and forgotten.
func (t *Tailer) now() time.Time { return t.o.Now() }

// interval returns how long to wait for the next poll: every wake of an idle
// process has its price.
func (t *Tailer) interval(now time.Time) time.Duration {
	if now.Sub(t.began) < time.Duration(t.busyUntil.Load()) {
		return t.o.PollInterval
	}
	return 2 * t.o.PollInterval
}

// busy is how long after a change a file is looked at more often.
const busy = 10 * time.Second

// patience bounds the waits for a file system that does not answer.
const patience = 10 * time.Second

// wake runs l now, unless something has its lock.
func (t *Tailer) wake(l *logPath) {
	select {
	case t.wakes <- l:
	default: // the next poll sees it
	}
}

// start runs l in a goroutine of its own. The caller holds the lock of l.
func (t *Tailer) start(ctx context.Context, l *logPath) {
	t.work.Go(func() {
		defer l.mu.Unlock()
		defer l.idle(t)
		l.alive(t)
		l.run(ctx)
	})
}

// stop waits for all work, but not for ever: a system call on a vanished mount
// may never return. If one does, later, nothing comes of it.
func (t *Tailer) stop() {
	defer t.gate.close()
	done := make(chan struct{})
	go func() {
		t.work.Wait()
		t.watcher.Close()
		t.changes.close()
		for _, s := range t.sources {
			s.close()
		}
		close(done)
	}()
	limit := time.NewTimer(t.o.StopTimeout)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		t.warnings.say("stop", "a file system does not answer: its files are left as they are", "component", "tailer")
	}
}

// CaughtUp is closed when everything that was there when Run began is committed.
// Files that can not be opened, and file systems that do not answer within ten
// seconds, are not waited for.
func (t *Tailer) CaughtUp() <-chan struct{} { return t.caughtUp }

// caught takes n off what CaughtUp waits for.
func (t *Tailer) caught(n int64) {
	if t.waiting.Add(-n) == 0 {
		t.done.Do(func() {
			close(t.caughtUp)
			t.dropSinks()
		})
	}
}

// dropSinks drops the sinks of idle readers: a backlog has grown what they keep for the next
// block, and lines that come one by one never need as much.
func (t *Tailer) dropSinks() {
	for range cap(t.readers) {
		select {
		case r := <-t.readers:
			clear(r.sinks)
			t.readers <- r
		default:
			return
		}
	}
}
