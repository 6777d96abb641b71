package alert

import (
	"cmp"
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// Windows is what the engine needs of a snapshot of the ledger.
type Windows interface {
	// Each calls f for what was counted in the last over of event time: once
	// or more for each source and code that has anything.
	Each(over time.Duration, f func(source string, e codes.Entry, tenant string, occurrences, incidents uint64))
	// CatchingUp names the sources that are reading a backlog. Until a source
	// has been looked at for the first time, it is one of them.
	CatchingUp() []string
}

// Ledger is a snapshot of the ledger as Windows, with the names of the sources
// that are catching up, which the tailer's Stats tell.
type Ledger struct {
	metrics.Snapshot
	Behind []string
}

// CatchingUp implements Windows.
func (l Ledger) CatchingUp() []string { return l.Behind }

// view is what one rule sees of the windows: what it selects, of sources
// whose counts are true now.
type view struct {
	windows Windows
	sel     *selector
	behind  []string // sources left out, because they are catching up
}

// CodeCount is a code and how many incidents of it were counted.
type CodeCount struct {
	codes.Entry
	Count uint64
}

// tally is what a view counts in one window.
type tally struct {
	total   uint64
	codes   []CodeCount // the most frequent first
	sources []string    // that had any, sorted
}

// tally counts incidents, not records: a client that retries is one failure.
// Tenants are left out, here is where text from logs ends.
func (v view) tally(over time.Duration) tally {
	type key struct {
		drm  codes.DRM
		code int
	}
	var t tally
	at := make(map[key]int)
	v.windows.Each(over, func(source string, e codes.Entry, _ string, _, incidents uint64) {
		if incidents == 0 || !v.sel.source(source) || !v.sel.entry(e) || slices.Contains(v.behind, source) {
			return
		}
		t.total += incidents
		if i, ok := slices.BinarySearch(t.sources, source); !ok {
			t.sources = slices.Insert(t.sources, i, source)
		}
		k := key{e.DRM, e.Code}
		i, ok := at[k]
		if !ok {
			i = len(t.codes)
			at[k] = i
			t.codes = append(t.codes, CodeCount{Entry: e})
		}
		t.codes[i].Count += incidents
	})
	slices.SortFunc(t.codes, func(a, b CodeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.DRM, b.DRM), cmp.Compare(a.Code, b.Code))
	})
	return t
}
