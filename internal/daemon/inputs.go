package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/config"
	"wvwatch/internal/input"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/metrics"
	"wvwatch/internal/tailer"
)

// errEnded ends a daemon when all its inputs have ended.
var errEnded = errors.New("every input has ended")

// inputs are the open sources that do not follow files. A reload keeps those with an
// unchanged configuration, so that their senders notice nothing.
type inputs struct {
	log       *slog.Logger
	dir       string // of the spools
	positions func() []tailer.Position

	mu       sync.Mutex
	open     map[string]*openInput
	ended    map[string]traffic.Counts // of sources that are closed and of earlier runs, by source
	running  context.Context           // of run; nil before it
	only     bool                      // there is no other source
	finished chan struct{}             // closed when the only inputs have ended
	group    sync.WaitGroup
}

// openInput is one open source.
type openInput struct {
	*input.Source
	from  inputSettings
	stop  context.CancelFunc
	done  chan struct{} // closed when it does not run any more
	ended bool          // by itself
}

// inputSettings are the settings of an open source. With equal ones it is not opened again.
type inputSettings struct {
	cfg input.Config
	o   input.Options
}

// settingsOf returns the settings of the sources of cfg that are not files, by name.
func (in *inputs) settingsOf(cfg *config.Config) map[string]inputSettings {
	all := map[string]inputSettings{}
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if s.Input.Kind() == "" {
			continue
		}
		all[s.Name()] = inputSettings{s.Input, input.Options{
			Name: s.Name(), Labels: s.Labels(), End: s.Tail.Start == "end", Spool: cfg.Spool, Dir: filepath.Join(in.dir, "spool"), Log: in.log, Member: cfg.State.Kafka,
		}}
	}
	return all
}

// apply opens the inputs that cfg adds and closes those that it removes or changes. If
// one can not be opened, it restores the inputs of before and returns the error.
func (in *inputs) apply(cfg *config.Config) error {
	want := in.settingsOf(cfg)
	in.mu.Lock()
	defer in.mu.Unlock()
	var closed []*openInput
	for name, o := range in.open {
		if s, ok := want[name]; !ok || !reflect.DeepEqual(s, o.from) {
			in.close(o)
			closed = append(closed, o)
		}
	}
	var opened []*openInput
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if in.open[name] != nil {
			continue
		}
		o, err := in.begin(want[name])
		if err != nil {
			for _, o := range opened {
				in.close(o)
			}
			for _, o := range closed {
				if _, again := in.begin(o.from); again != nil {
					in.log.Error("an input of the old configuration can not be opened again", "component", "input", "err", again)
				}
			}
			return err
		}
		opened = append(opened, o)
	}
	in.only = len(want) == len(cfg.Sources)
	return nil
}

// begin opens a source, and runs it if the others run. The caller holds the lock.
func (in *inputs) begin(from inputSettings) (*openInput, error) {
	source, err := input.Open(from.cfg, from.o, in.positions(), in.ended[from.o.Name])
	if err != nil {
		return nil, err
	}
	o := &openInput{Source: source, from: from, done: make(chan struct{})}
	if in.open == nil {
		in.open = map[string]*openInput{}
	}
	in.open[from.o.Name] = o
	if in.running != nil {
		in.start(o)
	}
	return o, nil
}

// start runs o. The caller holds the lock.
func (in *inputs) start(o *openInput) {
	if o.from.cfg.HTTP != nil {
		collectOften() // bodies come and go in large buffers, and little else is allocated: a third of the memory
	}
	ctx, stop := context.WithCancel(in.running)
	o.stop = stop
	in.group.Go(func() {
		defer close(o.done)
		err := o.Run(ctx)
		if err != nil {
			in.log.Error("input stopped: restart wvwatch, or reload a changed configuration, to open it again", "component", "input", "source", o.from.o.Name, "err", err)
		}
		if ctx.Err() == nil && err == nil && o.Ends() {
			in.finish(ctx, o)
		}
	})
}

// finish waits until everything of an input that has ended is counted, and ends the
// daemon if it was the last one.
func (in *inputs) finish(ctx context.Context, o *openInput) {
	in.log.Info("end of input", "component", "input", "source", o.from.o.Name)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !o.Counted() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	o.ended = true
	for _, other := range in.open {
		if !other.ended {
			return
		}
	}
	if in.only {
		close(in.finished)
	}
}

// close ends o. The caller holds the lock.
func (in *inputs) close(o *openInput) {
	in.end(o)
	delete(in.open, o.from.o.Name)
	if o.stop == nil {
		_ = o.Close() // nothing was received
		return
	}
	o.stop()
	in.mu.Unlock() // which finish takes
	<-o.done
	in.mu.Lock()
	in.end(o) // with what it received meanwhile
}

// end keeps the counters of o. The caller holds the lock.
func (in *inputs) end(o *openInput) {
	if in.ended == nil {
		in.ended = map[string]traffic.Counts{}
	}
	in.ended[o.from.o.Name] = o.Counts()
}

// run runs all inputs until ctx is done. It returns errEnded when there is nothing
// left to receive.
func (in *inputs) run(ctx context.Context) error {
	in.mu.Lock()
	in.running, in.finished = ctx, make(chan struct{})
	for _, o := range in.open {
		in.start(o)
	}
	finished := in.finished
	in.mu.Unlock()
	defer in.group.Wait()
	select {
	case <-ctx.Done():
		return nil
	case <-finished:
		return errEnded
	}
}

// closeAll closes inputs that are not run.
func (in *inputs) closeAll() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, o := range in.open {
		_ = o.Close() // nothing was received
	}
}

// of returns the source of that name; nil for one that follows files.
func (in *inputs) of(name string) *input.Source {
	in.mu.Lock()
	defer in.mu.Unlock()
	if o := in.open[name]; o != nil {
		return o.Source
	}
	return nil
}

// each calls f with every source.
func (in *inputs) each(f func(name string, s *input.Source)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for name, o := range in.open {
		f(name, o.Source)
	}
}

// counts returns the counters in a checkpoint, by source, also of sources that are not
// configured any more. The map is not changed.
func (in *inputs) counts() map[string]traffic.Counts {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := make(map[string]traffic.Counts, len(in.ended)+len(in.open))
	maps.Copy(all, in.ended)
	for name, o := range in.open {
		all[name] = o.Counts()
	}
	return all
}

// restore takes over the counters of an earlier run. It is called before apply.
func (in *inputs) restore(counts map[string]traffic.Counts) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = counts
}

// stats returns the figures of every source that does not follow files.
func (in *inputs) stats() map[string]input.Stats {
	all := map[string]input.Stats{}
	in.each(func(name string, s *input.Source) { all[name] = s.Stats() })
	return all
}

// saved is called after each checkpoint, with its state.
func (in *inputs) saved(st metrics.State) {
	in.each(func(_ string, s *input.Source) {
		if err := s.Saved(st.Positions); err != nil {
			in.log.Error("counted logs can not be deleted: "+err.Error(), "component", "spool")
		}
	})
}

// pressing reports whether a checkpoint would make room in a spool that needs it.
func (in *inputs) pressing() (pressing bool) {
	in.each(func(_ string, s *input.Source) { pressing = pressing || s.Pressing() })
	return pressing
}

// readers returns readers of the sources in names that do not follow files, each from
// where it is counted.
func (in *inputs) readers(names []string, positions []tailer.Position, counts map[string]tailer.Counts, sink func(source string) tailer.Sink) map[string]input.Reader {
	all := map[string]input.Reader{}
	for _, name := range names {
		if s := in.of(name); s != nil {
			all[name] = s.NewReader(positions, counts[name], sink(name))
		}
	}
	return all
}

// runReader runs r until ctx is done. A spool that can not be read is an error of that
// source only.
func runReader(ctx context.Context, name string, r input.Reader, log *slog.Logger) {
	if err := r.Run(ctx); err != nil {
		log.Error(fmt.Sprintf("source %s is not counted any more until the next start or reload", name), "component", "input", "source", name, "err", err)
	}
}
