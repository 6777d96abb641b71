package metrics

import (
	"cmp"
	"math"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// State returns what is to be kept over a restart, as of the last commit or
// snapshot. Readers wait for it as long as for a snapshot.
func (l *Ledger) State() State {
	l.mu.Lock()
	p := l.publication(l.layout.frame(l.horizon))
	l.mu.Unlock()
	return p.State()
}

// Restore replaces all counts, windows and positions by those of st, which an
// earlier run or another ledger returned; st is not kept.
//
// Counts find their place by drm and code: a code with a changed catalogue entry
// goes on under its new category. Where a label is gone the counts of its
// values are added up; where limits shrank, the rest goes to Other. A source
// that is not configured keeps its counts and positions, unexported, for as
// long as there are checkpoints: it may come back under its name, and then must
// neither read its files again nor lose a count.
func (l *Ledger) Restore(st State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reform(newLayout(l.layout.config, l.layout.cat, l.layout.names()), st)
	l.positions = make(map[tailer.ID]tailer.Position, len(st.Positions))
	for i, p := range st.Positions {
		if p.ID == 0 { // of an old version, which had no IDs; those of the tailer are odd
			p.ID = tailer.ID(2 * (i + 1))
		}
		l.positions[p.ID] = p
	}
	for _, p := range tailer.UnpackTexts(st.Texts) {
		l.positions[p.ID] = p
	}
}

// Reconfigure goes on with another configuration, catalogue and set of sources
// and loses no count; it is what a reload needs. What the labels of series
// depend on may change with it: see Collector.
func (l *Ledger) Reconfigure(cfg Config, cat *codes.Catalogue, sources []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := newLayout(cfg, cat, sources)
	b.now = l.layout.now
	before := l.layout.sources
	b.blame.inherit(&l.layout.blame)
	l.reform(b, l.publication(l.layout.frame(l.horizon)).State())
	for name, s := range l.layout.sources {
		if was := before[name]; was != nil {
			s.watermark, s.identity = was.watermark, was.identity
		}
	}
}

// reform goes on with the empty layout b, and with the counts of st in it. A
// series that st does not call seen is born now: no scraper saw its count. The
// caller holds the lock.
func (l *Ledger) reform(b layout, st State) {
	l.revision++
	l.newest = l.revision
	b.restore(st, exposure(l.revision))
	l.layout = b
}

// snapshots returns what all sources hold, by name, also those that are not
// configured.
func (b *layout) snapshots() []*sourceSnapshot {
	views := make([]*sourceSnapshot, 0, len(b.sources))
	for _, s := range b.sources {
		views = append(views, s.takeSnapshot())
	}
	slices.SortFunc(views, func(a, b *sourceSnapshot) int { return cmp.Compare(a.name, b.name) })
	return views
}

// names returns the names of the configured sources.
func (b *layout) names() []string {
	names := make([]string, len(b.active))
	for i, s := range b.active {
		names[i] = s.name
	}
	return names
}

func (b *layout) restore(st State, unseen exposure) {
	b.codeOverflow = st.CodeOverflow
	for i := range b.labels.dimensions {
		d := &b.labels.dimensions[i]
		d.overflow = st.overflow(d.name)
	}
	for _, from := range st.Sources {
		s := b.source(from.Name)
		s.created = from.Created
		s.counts = from.tally()
		s.identity.diversity.few = from.FewClients
		for _, c := range from.Codes {
			b.restoreSeries(s, c, unseen)
		}
		for _, r := range from.Requests {
			s.restoreRequests(r, unseen)
		}
		for _, d := range from.Days {
			s.days.restore(b.cat, d)
		}
		s.snapshot = nil
	}
}

func (b *layout) restoreSeries(s *source, from CodeState, unseen exposure) {
	code := from.Code
	if code < 0 || code > math.MaxInt32 {
		code = otherCode
	}
	late, d := s.series.n, drmNamed(from.DRM)
	if from.Seen {
		s.remeet(d, from.Created, 0)
	} else {
		s.remeet(d, from.Created, unseen)
	}
	c, _ := s.seriesOf(b.cat, &b.labels, d, code, b.labels.restored(&from), from.Created)
	if s.series.n > late {
		c.exposure = unseen
	}
	c.merge(from)
}

func (s *source) restoreRequests(from RequestState, unseen exposure) {
	d := drmNamed(from.DRM)
	r := &s.requests[d]
	if r.exposure = unseen; from.Seen || d == codes.Widevine {
		r.exposure = 0
	}
	s.remeet(d, from.Created, r.exposure)
	for o := range parser.NumOutcomes {
		if o.String() == from.Outcome {
			r.outcomes[o].count += from.Count
			from.Steps.each(func(s step) {
				s.clients, s.minutely = s.occurrences, 0
				r.outcomes[o].history.merge(s)
				who := step{at: s.at, counts: counts{clients: s.occurrences, minutely: s.occurrences}}
				if o != parser.Granted {
					r.failed.merge(who)
				}
				if o == parser.Gateway {
					r.unanswered.merge(who)
				}
			})
			r.outcomes[o].durations = r.outcomes[o].durations.merge(from.Durations)
			r.created = cmp.Or(from.Created, 1) // 0 would mean that there was none
		}
	}
}

func (st SourceState) tally() sourceCounts {
	t := sourceCounts{lines: st.Lines, records: st.Records, outOfRange: st.TimesOutOfRange, late: st.Late}
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
