package daemon

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
	"wvwatch/internal/web"
)

// follower runs one tailer after another: a reload ends the one and begins the
// next at the positions in the ledger, which holds them with the counts, so that
// nothing is lost or read twice in between.
type follower struct {
	ledger  *metrics.Ledger
	samples *metrics.Samples
	lags    *metrics.Lags
	log     *slog.Logger
	binary  *binaryBlocks
	inputs  *inputs
	caught  atomic.Bool // all bytes from before the start of the daemon have been counted

	mu      sync.Mutex
	plan    *plan
	ended   map[string]tailer.Counts // of tailers before the present one and of earlier runs, by source; never changed
	tailer  *tailer.Tailer
	readers map[string]input.Reader // of sources that do not follow files
	stop    context.CancelFunc      // ends the present tailer and readers
}

// plan is the part of a configuration that a follower needs.
type plan struct {
	names   []string
	files   []tailer.Config
	parsers map[string]parser.Config
	cat     *codes.Catalogue
}

func newPlan(cfg *config.Config, cat *codes.Catalogue) *plan {
	p := &plan{parsers: make(map[string]parser.Config), cat: cat}
	for _, s := range cfg.Sources {
		p.names = append(p.names, s.Tail.Name)
		if s.Input.Kind() == "" {
			p.files = append(p.files, s.Tail)
		}
		s.Parse.Automatic = true
		p.parsers[s.Tail.Name] = s.Parse
	}
	return p
}

// sink returns a new sink of a source of p.
func (f *follower) sink(p *plan, source string) tailer.Sink {
	ps, err := parser.New(p.parsers[source], p.cat)
	if err != nil {
		panic(err) // the configuration was validated, by compiling it
	}
	return &sink{source: source, parser: ps, ledger: f.ledger, samples: f.samples, lags: f.lags, binary: f.binary}
}

// run follows the plan, and each that replaces it, until ctx is done.
func (f *follower) run(ctx context.Context) error {
	for ctx.Err() == nil {
		one, stop := context.WithCancel(ctx)
		f.mu.Lock()
		p := f.plan
		f.ended = f.countsLocked()
		sink := func(source string) tailer.Sink { return f.sink(p, source) }
		positions := f.ledger.Positions()
		t, err := tailer.New(p.files, positions, sink, tailer.Options{Log: f.log, Counts: f.ended})
		f.tailer, f.stop = t, stop
		f.readers = f.inputs.readers(p.names, positions, f.ended, sink)
		readers := f.readers
		f.mu.Unlock()
		if err != nil {
			stop()
			return err
		}
		go f.awaitCaughtUp(one, t, readers)
		var work sync.WaitGroup
		for name, r := range readers {
			work.Go(func() { runReader(one, name, r, f.log) })
		}
		err = t.Run(one)
		work.Wait()
		stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitCaughtUp notes when everything is counted that was there at the start.
func (f *follower) awaitCaughtUp(ctx context.Context, t *tailer.Tailer, readers map[string]input.Reader) {
	waits := []<-chan struct{}{t.CaughtUp()}
	for _, r := range readers {
		waits = append(waits, r.CaughtUp())
	}
	for _, w := range waits {
		select {
		case <-w:
		case <-ctx.Done():
			return
		}
	}
	if !f.caught.Swap(true) {
		collectOften()
		f.log.Info("caught up: everything written before the start is counted", "component", "tailer")
	}
}

// restore takes over the counters of an earlier run. It is called before run.
func (f *follower) restore(counts map[string]tailer.Counts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = counts
}

// ready reports whether all that was written before the start is counted, and if not,
// why: until then a counter could be lower than a scraper saw it in the last run.
func (f *follower) ready() (bool, string) {
	if f.caught.Load() {
		return true, ""
	}
	return false, "reading what was written before the start"
}

// follow changes to another plan.
func (f *follower) follow(p *plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = p
	f.samples.Keep(p.names)
	f.lags.Keep(p.names)
	if f.stop != nil {
		f.stop()
	}
}

// restart follows the present plan with new readers.
func (f *follower) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop != nil {
		f.stop()
	}
}

// stats returns the counters of the present tailer and readers.
func (f *follower) stats() tailer.Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statsLocked()
}

func (f *follower) statsLocked() tailer.Stats {
	if f.tailer == nil {
		return nil
	}
	stats := f.tailer.Stats()
	for name, r := range f.readers {
		stats[name] = r.Stats()
	}
	return stats
}

// counts returns the counts of the files in a checkpoint, by source, also of
// sources that are not configured any more. The map is not changed.
func (f *follower) counts() map[string]tailer.Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.countsLocked()
}

func (f *follower) countsLocked() map[string]tailer.Counts {
	counts := make(map[string]tailer.Counts, len(f.ended))
	maps.Copy(counts, f.ended)
	for source, st := range f.statsLocked() {
		counts[source] = st.Counts
	}
	return counts
}

// catalogue returns the present plan's.
func (f *follower) catalogue() *codes.Catalogue {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plan.cat
}

// names returns the configured sources.
func (f *follower) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.plan.names)
}

// behind names the sources that read a backlog, or were not looked at yet.
func (f *follower) behind() []string {
	stats := f.stats()
	return slices.DeleteFunc(f.names(), func(s string) bool {
		st, ok := stats[s]
		return ok && !st.CatchingUp
	})
}

// newSamples returns where records are kept for the page; nil where it shows none.
func newSamples(cfg web.Config) *metrics.Samples {
	if cfg.Samples == web.SamplesNone {
		return nil
	}
	return metrics.NewSamples()
}
