package alert

import (
	"cmp"
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// selection is what one rule sees of the windows: what it selects, of sources
// that are not catching up.
type selection struct {
	windows *index
	sel     *selector
	behind  []string  // sources left out, because they are catching up
	by      string    // the label that alerts are grouped by
	group   string    // only what has this value of it; "" for all
	now     time.Time // when the windows end
	whole   *index    // windows that end with the last whole step; nil for the same
}

// incidents counts what the selection has of one group in a window.
func (v selection) incidents(over time.Duration, group string) uint64 {
	return v.windows.incidents(v.sel, v.behind, over, v.by)[group]
}

// steady counts incidents in the whole steps of a window, or in all but one of them
// and the present step, whichever is more: a window does not read low because its
// last step has just begun.
func (v selection) steady(over time.Duration, group string) uint64 {
	n := v.incidents(over, group)
	if v.whole != nil {
		w := v
		w.windows = v.whole
		n = max(n, w.incidents(over, group))
	}
	return n
}

// clientSum is how many clients failed of how many plays.
type clientSum struct{ failed, plays float64 }

// clients counts the failures in a window, each client once in ten minutes.
func (v selection) clients(over time.Duration) (n float64) {
	rows := v.windows.failures(over, v.by, v.now).of(v.group)
	for i := range rows {
		if f := &rows[i]; v.source(f.Source) && v.sel.entry(*f.Entry) {
			n += float64(f.Clients)
		}
	}
	return n
}

// played counts the failures that are wanted in a window, of the sources that have licence requests, and their plays:
// granted requests and clients that failed. Where a source names neither clients nor
// ids, its failures are records and its plays requests.
func (v selection) played(over time.Duration, wanted func(codes.Entry) bool) (n clientSum) {
	identity := make(map[string]metrics.Identity)
	for _, m := range v.windows.Watermarks() {
		if v.source(m.Source) && m.Requests {
			identity[m.Source] = m.Identity
		}
	}
	rows := v.windows.failures(over, v.by, v.now).of(v.group)
	for i := range rows {
		f := &rows[i]
		if _, ok := identity[f.Source]; ok && v.sel.entry(*f.Entry) && wanted(*f.Entry) {
			n.failed += float64(f.Clients)
		}
	}
	last := stepOf(v.now)
	first := last - int64(over/metrics.Step) + 1
	v.windows.Plays(first, last, func(p metrics.Plays) {
		switch by, ok := identity[p.Source]; {
		case !ok || !v.sel.server(p.DRM):
		case by == metrics.ByNothing:
			n.plays += float64(p.Requests)
		default:
			n.plays += float64(p.Granted + p.Failed)
		}
	})
	return n
}

// source reports whether what a source counted is seen.
func (v selection) source(name string) bool {
	return v.sel.source(name) && !slices.Contains(v.behind, name)
}

// each calls f for what the selection has of a window.
func (v selection) each(over time.Duration, f func(source string, e codes.Entry, incidents uint64)) {
	rows := v.windows.rows(over, v.by, v.group)
	for i := range rows {
		if r := &rows[i]; v.sel.selects(r.id, &r.entry) && v.source(r.source) {
			f(r.source, r.entry, r.incidents)
		}
	}
}

// requests counts the licence requests of a window, by how they ended.
func (v selection) requests(over time.Duration) (n [parser.NumOutcomes]uint64) {
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

// tally is what a selection counts in one window.
type tally struct {
	total   uint64
	codes   []CodeCount // the most frequent first
	sources []string    // that had any, sorted
}

// tally counts incidents, not records: a client that retries is one failure.
// The values of labels are left out, here is where text from logs ends.
func (v selection) tally(over time.Duration) tally {
	return v.tallyOf(over, func(codes.Entry) bool { return true })
}

// tallyOf counts only entries that are wanted.
func (v selection) tallyOf(over time.Duration, wanted func(codes.Entry) bool) tally {
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
