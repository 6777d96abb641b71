package alert

import (
	"cmp"
	"slices"
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
	windows *index
	sel     *selector
	behind  []string // sources left out, because they are catching up
	by      string   // the label that alerts are grouped by
	group   string   // only what has this value of it; "" for all
}

// source reports whether what a source counted is seen.
func (v view) source(name string) bool {
	return v.sel.source(name) && !slices.Contains(v.behind, name)
}

// each calls f for what the view sees of a window.
func (v view) each(over time.Duration, f func(source string, e codes.Entry, incidents uint64)) {
	rows := v.windows.rows(over, v.by, v.group)
	for i := range rows {
		if r := &rows[i]; v.sel.selects(r.id, &r.entry) && v.source(r.source) {
			f(r.source, r.entry, r.incidents)
		}
	}
}

// requests counts the licence requests of a window, by how they ended.
func (v view) requests(over time.Duration) (n [parser.NumOutcomes]uint64) {
	for _, r := range v.windows.answers(over) {
		if v.sel.server(r.drm) && v.source(r.source) {
			n[r.outcome] += r.n
		}
	}
	return n
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
// The values of labels are left out, here is where text from logs ends.
func (v view) tally(over time.Duration) tally {
	return v.tallyOf(over, func(codes.Entry) bool { return true })
}

// tallyOf counts only entries that are wanted.
func (v view) tallyOf(over time.Duration, wanted func(codes.Entry) bool) tally {
	var t tally
	var at map[entryKey]int
	v.each(over, func(source string, e codes.Entry, incidents uint64) {
		if !wanted(e) {
			return
		}
		t.total += incidents
		if i, ok := slices.BinarySearch(t.sources, source); !ok {
			t.sources = slices.Insert(t.sources, i, source)
		}
		k := entryKey{e.DRM, e.Code}
		i, ok := at[k]
		if !ok {
			if at == nil {
				at = make(map[entryKey]int)
			}
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
