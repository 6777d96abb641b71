package daemon

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
	"wvwatch/internal/tailer/logfs"
)

// sink parses the lines that a reader of the tailer reads, and counts them in the
// ledger. It belongs to one reader at a time.
type sink struct {
	source  string
	parser  *parser.Parser
	ledger  *metrics.Ledger
	samples *metrics.Samples
	lags    *metrics.Lags
	binary  *binaryBlocks
	result  parser.Result
	parsed  bool // result is not committed yet
	behind  bool // it is of a backlog
}

// Parse implements tailer.Sink.
func (s *sink) Parse(b tailer.Batch) int {
	if len(b.Lines) > 0 && logfs.IsBinary(b.Lines[:min(len(b.Lines), 512)]) {
		s.binary.add(s.source, b.Name)
	}
	now := time.Now()
	s.parser.SetReference(now)
	s.parser.SetFile(b.Name)
	s.parser.SetHeader(b.Header)
	s.parser.SetSample(s.ledger.Sampling())
	s.parsed, s.behind = true, b.CatchingUp
	consumed := s.parser.Parse(&s.result, b.Lines, b.Settled)
	if b.TimeOf != nil {
		s.date(b.TimeOf)
	}
	s.samples.Take(s.source, b.Name, now, b.Lines[:consumed], s.parser, &s.result)
	return consumed
}

// Commit implements tailer.Sink.
func (s *sink) Commit(p tailer.Position) {
	var r *parser.Result
	now := time.Now()
	if s.parsed {
		r, s.parsed = &s.result, false
		if s.behind {
			s.backdate(now)
		} else {
			s.lags.Take(s.source, now, r)
		}
	}
	s.ledger.Commit(s.source, now, r, p)
}

// date gives events and requests without a time of their own that of the transport.
func (s *sink) date(timeOf func(line int) int64) {
	for i := range s.result.Events {
		if e := &s.result.Events[i]; e.Time == 0 {
			e.Time = timeOf(e.Line)
		}
	}
	for i := range s.result.Requests {
		if q := &s.result.Requests[i]; q.Time == 0 {
			q.Time = timeOf(q.Line)
		}
	}
}

// backdate keeps the events and requests of a backlog that have no time out of the
// windows: when they happened is not known, but it was not now.
func (s *sink) backdate(now time.Time) {
	past := now.Add(-metrics.DayRetention - time.Hour).UnixNano()
	for i := range s.result.Events {
		if e := &s.result.Events[i]; e.Time == 0 {
			e.Time = past
		}
	}
	for i := range s.result.Requests {
		if q := &s.result.Requests[i]; q.Time == 0 {
			q.Time = past
		}
	}
}

// Forget implements tailer.Sink.
func (s *sink) Forget(id tailer.ID) { s.ledger.Forget(id) }

// binaryBlocks counts blocks that are no text, and warns of them once a minute:
// a glob that catches a binary file is a slip, which must not stay silent. Such
// a block is read like any other. It may be used concurrently.
type binaryBlocks struct {
	*prometheus.CounterVec
	log  *slog.Logger
	warn rate.Sometimes
}

func newBinaryBlocks(log *slog.Logger) *binaryBlocks {
	return &binaryBlocks{log: log, warn: rate.Sometimes{Interval: time.Minute}, CounterVec: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "wvwatch_binary_blocks_total",
		Help: "Blocks read that begin with what is no text.",
	}, []string{"source"})}
}

func (b *binaryBlocks) add(source, file string) {
	b.WithLabelValues(source).Inc()
	b.warn.Do(func() {
		b.log.Warn("this is no log: it holds binary data; leave it out with exclude", "component", "tailer", "source", source, "file", file)
	})
}
