// Package input receives logs that are not in files: by HTTP and syslog, from standard
// input, FIFOs, the journal and Kafka.
//
// What is pushed goes through a spool on disk, from which it is read as files are:
// into a tailer.Sink, with a position that is committed with the counts. What a line
// means is left to the parser.
package input

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"

	"wvwatch/internal/input/journald"
	"wvwatch/internal/input/kafka"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/tailer"
)

// receiver fills a spool until ctx is done, or the input has ended.
type receiver interface {
	Run(ctx context.Context) error
	Close() error // instead of Run
}

// Reader reads what a source received into a sink. Run is called once.
type Reader interface {
	// Run reads until ctx is done.
	Run(ctx context.Context) error
	// CaughtUp is closed when everything that was there when Run began is counted.
	CaughtUp() <-chan struct{}
	// Stats may be called at any time.
	Stats() tailer.SourceStats
}

// Options are what a source is opened with.
type Options struct {
	Name   string
	Labels []string // attributes of streams and resources that lines carry
	End    bool     // a journal is read from its end where nothing is counted yet
	Spool  spool.Config
	Dir    string // of all spools
	Log    *slog.Logger

	// Member is true where this daemon is a member of the consumer group of Kafka sources,
	// which are then read by its leader only: see internal/state/kafka.
	Member bool
}

// Source is one source that is open. It lives from Open to the end of Run; its readers
// come and go meanwhile.
type Source struct {
	cfg     Config
	o       Options
	kind    kind
	spool   *spool.Spool // nil for the journal
	receive receiver
	traffic traffic.Counter
	reader  atomic.Pointer[spool.Reader] // the last one
	kafka   atomic.Pointer[kafka.Reader] // the last one
}

// Open binds the addresses and opens the spool. counted are the positions, and counts the
// counters of the source, of the last checkpoint. The source must be run, or closed.
func Open(cfg Config, o Options, counted []tailer.Position, counts traffic.Counts) (*Source, error) {
	all := cfg.kinds()
	if len(all) != 1 {
		return nil, errors.New("a source has one input")
	}
	s := &Source{cfg: cfg, o: o, kind: all[0]}
	s.traffic.Resume(counts)
	if s.kind.open == nil {
		return s, nil
	}
	var err error
	s.spool, err = spool.Open(spoolDir(o.Dir, o.Name), spool.PositionIn(counted, o.Name),
		spool.Options{MaxBytes: int64(o.Spool.MaxBytes), NoSync: !o.Spool.Sync, Log: o.Log.With("source", o.Name)})
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", o.Name, err)
	}
	s.receive, err = s.kind.open(deps{o.Labels, s.spool, &s.traffic, o.Log.With("source", o.Name)})
	if err != nil {
		return nil, fmt.Errorf("source %q: %s: %w", o.Name, s.kind.key, err)
	}
	return s, nil
}

// spoolDir returns the directory of a source's spool. A name may hold anything.
func spoolDir(dir, name string) string {
	escaped := url.PathEscape(name)
	if strings.HasPrefix(escaped, ".") {
		escaped = "%2E" + escaped[1:]
	}
	return filepath.Join(dir, escaped)
}

// Close closes a source that is not run.
func (s *Source) Close() error {
	if s.receive == nil {
		return nil
	}
	return s.receive.Close()
}

// Run receives until ctx is done, or the input has ended. What was acknowledged is on
// disk then.
func (s *Source) Run(ctx context.Context) error {
	if s.receive == nil {
		<-ctx.Done()
		return nil
	}
	spooling, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- s.spool.Run(spooling) }()
	err := s.receive.Run(ctx)
	stop() // not before the receiver: it waits for its last acknowledgements
	return errors.Join(err, <-done)
}

// NewReader returns a reader that begins at the position of the source in positions.
// counts are its counters of an earlier reader.
func (s *Source) NewReader(positions []tailer.Position, counts tailer.Counts, sink tailer.Sink) Reader {
	if j := s.cfg.Journald; j != nil {
		return journald.NewReader(*j, s.o.Name, journald.CursorIn(positions, s.o.Name), s.o.End, counts, sink, s.o.Log)
	}
	if k := s.cfg.Kafka; k != nil {
		r := kafka.NewReader(*k, kafka.Options{Source: s.o.Name, Labels: s.o.Labels, Member: s.o.Member, Log: s.o.Log}, positions, counts, sink)
		s.kafka.Store(r)
		return r
	}
	r := spool.NewReader(s.spool, s.o.Name, spool.PositionIn(positions, s.o.Name), counts, sink)
	s.reader.Store(r)
	return r
}

// Saved is called with the positions of each checkpoint that was written; what they
// have counted may be deleted.
func (s *Source) Saved(positions []tailer.Position) error {
	if r := s.kafka.Load(); r != nil {
		r.Saved(positions)
	}
	if s.spool == nil {
		return nil
	}
	if err := s.spool.Saved(spool.PositionIn(positions, s.o.Name)); err != nil {
		return fmt.Errorf("source %q: %w", s.o.Name, err)
	}
	return nil
}

// Pressing reports whether a checkpoint would make room that is needed.
func (s *Source) Pressing() bool {
	r := s.reader.Load()
	return r != nil && s.spool.Pressing(r.Counted())
}

// Counted reports whether everything that was received is counted.
func (s *Source) Counted() bool {
	r := s.reader.Load()
	return r != nil && r.Stats().LagBytes == 0
}

// Ends reports whether the input may end by itself.
func (s *Source) Ends() bool { return s.cfg.Stdin }

// Counts returns the counters of what was received.
func (s *Source) Counts() traffic.Counts { return s.traffic.Stats().Counts }

// Stats is what the daemon shows of a source.
type Stats struct {
	Kind string // http, syslog, stdin, fifo, journald or kafka
	traffic.Stats
	Spooled bool // there is a spool
	Spool   spool.Stats
	Kafka   *kafka.Stats // nil for other kinds
}

// Stats returns the present figures.
func (s *Source) Stats() Stats {
	st := Stats{Kind: s.kind.key, Stats: s.traffic.Stats(), Spooled: s.spool != nil}
	if s.spool != nil {
		st.Spool = s.spool.Stats()
	}
	if r := s.kafka.Load(); r != nil {
		k := r.KafkaStats()
		st.Kafka = &k
	}
	return st
}
