package metrics

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// State returns what is to be kept over a restart. Incidents under way are no
// part of it. Readers are held up for the time of a snapshot only.
func (l *Ledger) State() State {
	l.mu.Lock()
	l.taken++
	st := State{
		Positions:    slices.Collect(maps.Values(l.positions)),
		CodeOverflow: l.book.codeOverflow,
		number:       l.taken,
	}
	st.keepOverflow(&l.book.labels)
	views := l.book.views()
	now, cat, labels := l.book.now, l.book.cat, l.book.config.Labels
	l.mu.Unlock()

	slices.SortFunc(st.Positions, comparePositions)
	for _, v := range views {
		st.Sources = append(st.Sources, v.state(now, cat, labels))
	}
	return st
}

// AwaitsSave reports whether a series that was published as 0 is held back until
// a State that remembers it is saved.
func (l *Ledger) AwaitsSave() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.saved < l.awaited
}

// Saved tells the ledger that st, which State returned, is on disk: whatever
// happens now, the next run will know what st holds.
func (l *Ledger) Saved(st State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.saved = max(l.saved, st.number)
}

// Restore replaces all counts, windows and positions by those of st, which an
// earlier run or another ledger returned; st is not kept.
//
// Counts find their place by drm and code: a code whose catalogue entry changed
// goes on under its new category. Where a label is gone the counts of its
// values are added up; where limits shrank, the rest goes to Other. A source
// that is not configured keeps its counts and positions, unexported, for as
// long as there are checkpoints: it may come back under its name, and then must
// neither read its files again nor lose a count.
func (l *Ledger) Restore(st State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := newBook(l.book.config, l.book.cat, l.book.names())
	b.restore(st)
	l.book = b
	l.positions = make(map[tailer.ID]tailer.Position, len(st.Positions))
	for _, p := range st.Positions {
		l.positions[p.ID] = p
	}
}

// Reconfigure goes on with another configuration, catalogue and set of sources
// and loses no count; it is what a reload needs. What the labels of series
// depend on may change with it: see Collector.
func (l *Ledger) Reconfigure(cfg Config, cat *codes.Catalogue, sources []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := State{CodeOverflow: l.book.codeOverflow}
	st.keepOverflow(&l.book.labels)
	for _, v := range l.book.views() {
		st.Sources = append(st.Sources, v.state(l.book.now, l.book.cat, l.book.config.Labels))
	}
	b := newBook(cfg, cat, sources)
	b.now = l.book.now
	b.restore(st)
	l.book = b
}

// views returns what all sources hold, by name, also those that are not
// configured.
func (b *book) views() []*view {
	views := make([]*view, 0, len(b.sources))
	for _, s := range b.sources {
		views = append(views, s.look())
	}
	slices.SortFunc(views, func(a, b *view) int { return cmp.Compare(a.name, b.name) })
	return views
}

// names returns the names of the configured sources.
func (b *book) names() []string {
	names := make([]string, len(b.active))
	for i, s := range b.active {
		names[i] = s.name
	}
	return names
}

func (b *book) restore(st State) {
	b.codeOverflow = st.CodeOverflow
	for i := range b.labels.dimensions {
		d := &b.labels.dimensions[i]
		d.overflow = st.overflow(d.name)
	}
	for _, from := range st.Sources {
		s := b.source(from.Name)
		s.created = from.Created
		s.tally = from.tally()
		for _, c := range from.Codes {
			b.restoreCell(s, c)
		}
		for _, r := range from.Requests {
			s.restoreRequests(r)
		}
		for _, d := range from.Days {
			s.days.restore(b.cat, d)
		}
		s.hidden, s.view = true, nil
	}
}

func (b *book) restoreCell(s *source, from CellState) {
	code := from.Code
	if code < 0 || code > math.MaxInt32 {
		code = otherCode
	}
	c, _ := s.cell(b.cat, &b.labels, drmNamed(from.DRM), code, b.labels.restored(&from), from.Created)
	c.merge(from)
}

func (s *source) restoreRequests(from RequestState) {
	r := &s.requests[drmNamed(from.DRM)]
	for o := range parser.NumOutcomes {
		if o.String() == from.Outcome {
			r.answers[o].count += from.Count
			from.Steps.each(r.answers[o].history.merge)
			r.answers[o].durations = r.answers[o].durations.merge(from.Durations)
			r.created = cmp.Or(from.Created, 1) // 0 would mean that there was none
			r.sight.restore(from.Seen)
		}
	}
}

func (st SourceState) tally() tally {
	t := tally{lines: st.Lines, records: st.Records, outOfRange: st.TimesOutOfRange}
	for r := range parser.NumReasons {
		t.vetoed[r] = st.Vetoed[r.String()]
	}
	for m := range parser.NumMissing {
		t.withoutCode[m] = st.WithoutCode[m.String()]
	}
	for b := range parser.NumBounds {
		t.bounded[b] = st.Bounded[b.String()]
	}
	for d := range codes.DRM(codes.NumDRM) {
		t.unlisted[d] = st.Unlisted[d.String()]
	}
	return t
}

// drmNamed is codes.ParseDRM that takes what it does not know for Unknown.
func drmNamed(name string) codes.DRM {
	d, err := codes.ParseDRM(name)
	if err != nil {
		return codes.Unknown
	}
	return d
}
