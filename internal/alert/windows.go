package alert

import (
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// Windows is what the engine needs of a snapshot of the ledger.
type Windows interface {
	// Each calls f for what was counted in the last over of event time: once
	// or more for each source, code and value of the label by that has anything.
	Each(over time.Duration, by string, f func(source string, e codes.Entry, value string, occurrences, incidents uint64))
	// Requests calls f for the licence requests that ended in the last over.
	Requests(over time.Duration, f func(source string, d codes.DRM, o parser.Outcome, n uint64))
	// Totals calls f for all that was ever counted.
	Totals(f func(metrics.Total))
	// Sources returns what was read of each configured source.
	Sources() []metrics.SourceTotals
	// At returns the same with windows that end at an earlier time.
	At(t time.Time) Windows
	// Version identifies the counts: windows of one version that end in the same
	// step are the same. The zero value identifies nothing.
	Version() metrics.Version
	// Failures calls f for what failed in the steps from first to last, by step.
	Failures(first, last int64, by string, f func(metrics.Failures))
	// Plays calls f for the licence requests of the steps from first to last, by step.
	Plays(first, last int64, f func(metrics.Plays))
	// Watermarks returns how far the events of each configured source are complete.
	Watermarks() []metrics.Watermark
	// CatchingUp names the sources that are reading a backlog. Until a source
	// has been looked at for the first time, it is one of them.
	CatchingUp() []string
}

// Ledger is a snapshot of the ledger as Windows, with the names of the sources
// that are catching up, from the tailer's Stats.
type Ledger struct {
	metrics.Snapshot
	Behind []string
}

// CatchingUp implements Windows.
func (l Ledger) CatchingUp() []string { return l.Behind }

// At implements Windows.
func (l Ledger) At(t time.Time) Windows { return Ledger{l.Snapshot.At(t), l.Behind} }
