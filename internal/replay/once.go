package replay

import (
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// onceCounted are the windows of one instant, each counted once however many
// rules ask for it: a replay of a month asks a quarter of a million times, and
// most windows are almost empty.
type onceCounted struct {
	alert.Ledger
	codes    map[codesKey][]codeRow
	requests map[time.Duration][]requestRow
}

type codesKey struct {
	over time.Duration
	by   string
}

type codeRow struct {
	source                 string
	entry                  codes.Entry
	value                  string
	occurrences, incidents uint64
}

type requestRow struct {
	source  string
	drm     codes.DRM
	outcome parser.Outcome
	n       uint64
}

func newOnceCounted() *onceCounted {
	return &onceCounted{codes: make(map[codesKey][]codeRow), requests: make(map[time.Duration][]requestRow)}
}

// at moves on to another snapshot.
func (w *onceCounted) at(s metrics.Snapshot) *onceCounted {
	w.Ledger = alert.Ledger{Snapshot: s}
	clear(w.codes)
	clear(w.requests)
	return w
}

// Each implements alert.Windows.
func (w *onceCounted) Each(over time.Duration, by string, f func(source string, e codes.Entry, value string, occurrences, incidents uint64)) {
	key := codesKey{over, by}
	rows, ok := w.codes[key]
	if !ok {
		w.Snapshot.Each(over, by, func(source string, e codes.Entry, value string, occurrences, incidents uint64) {
			rows = append(rows, codeRow{source, e, value, occurrences, incidents})
		})
		w.codes[key] = rows
	}
	for i := range rows {
		r := &rows[i]
		f(r.source, r.entry, r.value, r.occurrences, r.incidents)
	}
}

// Requests implements alert.Windows.
func (w *onceCounted) Requests(over time.Duration, f func(source string, d codes.DRM, o parser.Outcome, n uint64)) {
	rows, ok := w.requests[over]
	if !ok {
		w.Snapshot.Requests(over, func(source string, d codes.DRM, o parser.Outcome, n uint64) {
			rows = append(rows, requestRow{source, d, o, n})
		})
		w.requests[over] = rows
	}
	for _, r := range rows {
		f(r.source, r.drm, r.outcome, r.n)
	}
}
