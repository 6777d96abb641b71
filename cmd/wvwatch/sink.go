package main

import (
	"time"

	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// sink brings what a reader of the tailer reads through the parser into the
// ledger. It belongs to one reader at a time.
type sink struct {
	source string
	parser *parser.Parser
	ledger *metrics.Ledger
	result parser.Result
	parsed bool // result holds what was not committed yet
	behind bool // it is of a backlog
}

// Parse implements tailer.Sink.
func (s *sink) Parse(b tailer.Batch) int {
	s.parser.SetReference(time.Now())
	s.parsed, s.behind = true, b.CatchingUp
	return s.parser.Parse(&s.result, b.Lines, b.Settled)
}

// Commit implements tailer.Sink.
func (s *sink) Commit(p tailer.Position) {
	var r *parser.Result
	now := time.Now()
	if s.parsed {
		r, s.parsed = &s.result, false
		if s.behind {
			s.backdate(now)
		}
	}
	s.ledger.Commit(s.source, now, r, p)
}

// backdate keeps what a backlog says without a time out of the windows: when it
// happened is not known, but it was not now.
func (s *sink) backdate(now time.Time) {
	past := now.Add(-metrics.Retention - metrics.Step).UnixNano()
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
func (s *sink) Forget(k tailer.Key) { s.ledger.Forget(k) }
