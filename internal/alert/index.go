package alert

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// index holds the windows that end in one step: each window is read once, and its
// rows are grouped by the values of a label, for all rules that ask for it. It
// serves one goroutine.
type index struct {
	Windows
	ids      map[entryKey]int // of entries, so that a selector has to judge each only once; of all indexes
	cells    map[windowKey]*grouped
	requests map[time.Duration]*requestRows
	failed   map[windowKey]*failureRows
	sums     map[sumsKey]map[string]uint64 // incidents by value of the label
	behind   []string                      // the sources that sums leave out
	spans    []codeSpan                    // of all that was ever counted; nil before it was read
	used     bool                          // in the present or the last evaluation
}

// codeSpan is between which times a source had a code, whatever the labels.
type codeSpan struct {
	sumKey
	entry       codes.Entry
	first, last time.Time // of events
}

// sumsKey identifies what one selector counts in a window.
type sumsKey struct {
	windowKey
	sel *selector
}

// entryKey identifies a codes.Entry of one catalogue.
type entryKey struct {
	drm  codes.DRM
	code int
}

// windowKey identifies one window, grouped by one label; by is "" for none.
type windowKey struct {
	over time.Duration
	by   string
}

// cellRow is what was counted of one code in one source: in all, or with one
// value of the label.
type codeRow struct {
	source    string
	entry     codes.Entry
	id        int // of entry, among ids
	records   uint64
	incidents uint64
}

// requestRow is how many requests to one server ended one way in one source.
type requestRow struct {
	source  string
	drm     codes.DRM
	outcome parser.Outcome
	n       uint64
}

// requestRows are the requests of one window.
type requestRows struct {
	read bool // since reset; else rows is memory to be used again
	rows []requestRow
}

// grouped are the rows of one window.
type grouped struct {
	read   bool                 // since reset; else the rest is memory to be used again
	all    []codeRow            // over all values
	values []string             // of the label, known ones only, in the order in which they were met
	groups map[string][]codeRow // by value
	sums   map[sumKey]int       // the indexes in all
}

// sumKey identifies a row of grouped.all.
type sumKey struct {
	source string
	id     int
}

func newIndex(w Windows, ids map[entryKey]int) *index {
	return &index{
		Windows:  w,
		ids:      ids,
		cells:    make(map[windowKey]*grouped),
		requests: make(map[time.Duration]*requestRows),
		failed:   make(map[windowKey]*failureRows),
		sums:     make(map[sumsKey]map[string]uint64),
	}
}

// seen returns when each source had each code that ever occurred. It is valid until
// reset.
func (x *index) seen() []codeSpan {
	if x.spans != nil {
		return x.spans
	}
	x.spans = make([]codeSpan, 0, len(x.ids))
	at := make(map[sumKey]int)
	x.Totals(func(t metrics.Total) {
		if t.Occurrences == 0 {
			return
		}
		key := sumKey{t.Source, x.id(t.Entry)}
		i, known := at[key]
		if !known {
			at[key] = len(x.spans)
			x.spans = append(x.spans, codeSpan{key, t.Entry, t.First, t.Last})
			return
		}
		s := &x.spans[i]
		if t.First.Before(s.first) {
			s.first = t.First
		}
		if t.Last.After(s.last) {
			s.last = t.Last
		}
	})
	return x.spans
}

// reset makes x ready for other windows. The memory of the windows that were read
// is kept.
func (x *index) reset() {
	clear(x.failed)
	clear(x.sums)
	x.spans = nil
	for key, g := range x.cells {
		if !g.read {
			delete(x.cells, key)
		}
		g.read = false
	}
	for over, r := range x.requests {
		if !r.read {
			delete(x.requests, over)
		}
		r.read = false
	}
}

// window returns the rows of a window, which are valid until reset.
func (x *index) window(over time.Duration, by string) *grouped {
	key := windowKey{over, by}
	g := x.cells[key]
	if g == nil {
		g = &grouped{groups: make(map[string][]codeRow), sums: make(map[sumKey]int)}
		x.cells[key] = g
	}
	if g.read {
		return g
	}
	g.clear()
	g.read = true
	x.Each(over, by, func(source string, e codes.Entry, value string, records, incidents uint64) {
		if incidents > 0 {
			g.add(codeRow{source, e, x.id(e), records, incidents}, printable(value))
		}
	})
	return g
}

// clear drops the rows and keeps their memory, but for values that had none.
func (g *grouped) clear() {
	g.all, g.values = g.all[:0], g.values[:0]
	clear(g.sums)
	for value, rows := range g.groups {
		if len(rows) == 0 {
			delete(g.groups, value)
			continue
		}
		g.groups[value] = rows[:0]
	}
}

// add counts a row, with a value where that is known.
func (g *grouped) add(row codeRow, value string) {
	if value != "" {
		rows := g.groups[value]
		if len(rows) == 0 {
			g.values = append(g.values, value)
		}
		g.groups[value] = append(rows, row)
	}
	key := sumKey{row.source, row.id}
	if i, known := g.sums[key]; known {
		g.all[i].records += row.records
		g.all[i].incidents += row.incidents
		return
	}
	g.sums[key] = len(g.all)
	g.all = append(g.all, row)
}

// id returns the number of an entry.
func (x *index) id(e codes.Entry) int {
	key := entryKey{e.DRM, e.Code}
	id, ok := x.ids[key]
	if !ok {
		id = len(x.ids)
		x.ids[key] = id
	}
	return id
}

// rows returns the rows of a window with one value of a label, or over all
// values where group is "". They are valid until reset.
func (x *index) rows(over time.Duration, by, group string) []codeRow {
	g := x.window(over, by)
	if group == "" {
		return g.all
	}
	return g.groups[group]
}

// incidents counts the incidents that a selector selects in a window, without those
// of sources that are catching up: by the values of a label, or all of them under "" where
// by is "". The map is valid until reset and must not be changed.
func (x *index) incidents(sel *selector, behind []string, over time.Duration, by string) map[string]uint64 {
	if !slices.Equal(x.behind, behind) {
		x.behind = behind
		clear(x.sums)
	}
	key := sumsKey{windowKey{over, by}, sel}
	sums, known := x.sums[key]
	if known {
		return sums
	}
	sums = make(map[string]uint64)
	x.sums[key] = sums
	count := func(group string, rows []codeRow) {
		n := uint64(0)
		for i := range rows {
			if r := &rows[i]; sel.selects(r.id, &r.entry) && sel.source(r.source) && !slices.Contains(behind, r.source) {
				n += r.incidents
			}
		}
		if n > 0 {
			sums[group] = n
		}
	}
	g := x.window(over, by)
	if by == "" {
		count("", g.all)
		return sums
	}
	for _, value := range g.values {
		count(value, g.groups[value])
	}
	return sums
}

// failures returns what failed in a window that ends at now, valid until reset.
func (x *index) failures(over time.Duration, by string, now time.Time) *failureRows {
	key := windowKey{over, by}
	r := x.failed[key]
	if r == nil {
		r = new(failureRows)
		x.failed[key] = r
		last := stepOf(now)
		x.Failures(last-int64(over/metrics.Step)+1, last, by, func(f metrics.Failures) {
			if f.Clients > 0 {
				f.Value = printable(f.Value)
				r.add(f)
			}
		})
	}
	return r
}

// answers returns the licence requests of a window, valid until reset.
func (x *index) answers(over time.Duration) []requestRow {
	r := x.requests[over]
	if r == nil {
		r = new(requestRows)
		x.requests[over] = r
	}
	if !r.read {
		r.read, r.rows = true, r.rows[:0]
		x.Requests(over, func(source string, d codes.DRM, o parser.Outcome, n uint64) {
			r.rows = append(r.rows, requestRow{source, d, o, n})
		})
	}
	return r.rows
}
