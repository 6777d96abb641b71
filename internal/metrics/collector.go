package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// CollectorOptions are a collector's tunables; the zero value of each means its
// default.
type CollectorOptions struct {
	// Now is the time of a scrape; default time.Now.
	Now func() time.Time
	// Scrape returns what a scrape at now shows; default is what the ledger holds.
	// Where there are checkpoints, it returns what is in one.
	Scrape func(now time.Time) Scrape
	// Final is for a collector that is asked once, at the end: every count is
	// shown at once.
	Final bool
}

// Scrape is what one scrape shows.
type Scrape struct {
	Snapshot Snapshot
	// Files are the tailer's figures. Where they are nil, their series and that of
	// UnsavedLines are left out.
	Files tailer.Stats
	// UnsavedLines is how many of the snapshot's lines are in no checkpoint.
	UnsavedLines uint64
}

// Collector exports a ledger to Prometheus. It may be collected concurrently,
// but a late series is then shown as 0 to whoever comes first.
//
// Its labels are those of the ledger's configuration when it was made. Where
// Ledger.Reconfigure changes labels, a new collector in a new registry is
// needed; windows, sources and catalogue may change under it.
type Collector struct {
	options CollectorOptions
	labels  []string // the free ones
	order   []int    // of the labels of a code's series by name: indices into codeLabels and then labels
	descs   descs
}

// NewCollector returns a collector over l.
func NewCollector(l *Ledger, o CollectorOptions) *Collector {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Scrape == nil {
		o.Scrape = func(now time.Time) Scrape {
			p := l.Publish(now)
			l.Shown(p)
			return Scrape{Snapshot: p.Snapshot}
		}
	}
	l.mu.Lock()
	labels := slices.Clone(l.book.config.Labels)
	l.mu.Unlock()
	c := &Collector{options: o, labels: labels, descs: newDescs(labels)}
	names := append(codeLabels(), labels...)
	for i := range names {
		c.order = append(c.order, i)
	}
	slices.SortFunc(c.order, func(a, b int) int { return cmp.Compare(names[a], names[b]) })
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs.all() {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	shown := c.options.Scrape(c.options.Now())
	snap := shown.Snapshot
	if c.options.Final {
		snap.horizon = math.MaxUint64
	}
	if !slices.Equal(snap.config.Labels, c.labels) {
		out <- prometheus.NewInvalidMetric(c.descs.extras, fmt.Errorf("metrics.labels changed: the collector must be made anew"))
		return
	}

	s := newScrape(out, c.labels)
	r := newRates(s, snap)
	for _, v := range snap.views {
		c.collectCodes(s, v, snap.horizon)
		c.collectRequests(s, v, snap.horizon)
		c.collectSource(s, v)
		r.collect(s, &c.descs, v)
	}
	c.collectInfo(s, snap)
	c.collectOverflow(s, snap)
	if shown.Files != nil {
		c.collectStats(s, snap, shown.Files)
		s.gauge(c.descs.unsaved, float64(shown.UnsavedLines))
	}
}

// show returns n, or 0 where the series is not exported with its count yet.
func show(n uint64, s sight, horizon uint64) uint64 {
	if s.visible(horizon) {
		return n
	}
	return 0
}

func (c *Collector) collectCodes(s *scrape, v *view, horizon uint64) {
	source := s.pair("source", v.name)
	var all []*dto.LabelPair
	labels := make([]*dto.LabelPair, len(c.order))
	for i := range v.cells {
		cell := &v.cells[i]
		created := cmp.Or(cell.created, v.created)
		id := s.ident(cell.ident)
		all = append(append(all[:0], id.category, id.code, id.drm, id.severity, source), id.free...)
		for i, from := range c.order {
			labels[i] = all[from]
		}
		s.counter(c.descs.extras, show(cell.occurrences, cell.sight, horizon), created, labels...)
		s.counter(c.descs.incidents, show(cell.incidents, cell.sight, horizon), created, labels...)
	}
}

func (c *Collector) collectRequests(s *scrape, v *view, horizon uint64) {
	source := s.pair("source", v.name)
	for d := range v.requests {
		r, drm := &v.requests[d], codes.DRM(d)
		if r.created == 0 && drm != codes.Widevine {
			continue
		}
		created := r.created
		if drm == codes.Widevine { // there from the beginning
			created = v.created
		}
		for o := range parser.NumOutcomes {
			s.counter(c.descs.requests, show(r.answers[o].count, r.sight, horizon), created,
				s.pair("drm", drm.String()), s.pair("outcome", o.String()), source)
			if h := r.answers[o].durations; h != nil {
				s.histogram(c.descs.durations, h, created, s.pair("drm", drm.String()), s.pair("outcome", o.String()), source)
			}
		}
	}
}

func (c *Collector) collectSource(s *scrape, v *view) {
	t, source := &v.tally, s.pair("source", v.name)
	s.counter(c.descs.lines, t.lines, v.created, source)
	s.counter(c.descs.records, t.records, v.created, source)
	s.counter(c.descs.timesOutOfRange, t.outOfRange, v.created, source)
	s.counter(c.descs.late, t.late, v.created, source)
	for reason := range parser.NoEvidence { // that one is for parse --explain only
		s.counter(c.descs.vetoed, t.vetoed[reason], v.created, s.pair("reason", reason.String()), source)
	}
	for reason, n := range t.withoutCode {
		s.counter(c.descs.withoutCode, n, v.created, s.pair("reason", parser.Missing(reason).String()), source)
	}
	for bound, n := range t.bounded {
		s.counter(c.descs.bounded, n, v.created, s.pair("bound", parser.Bound(bound).String()), source)
	}
	for d, n := range t.unlisted {
		if drm := codes.DRM(d); drm != codes.Unknown || n > 0 {
			s.counter(c.descs.unlisted, n, v.created, s.pair("drm", drm.String()), source)
		}
	}
}

// collectInfo explains every listed code, and the unlisted ones that were met.
func (c *Collector) collectInfo(s *scrape, snap Snapshot) {
	explained := make(map[codeKey]bool)
	for _, v := range snap.views {
		for i := range v.cells {
			id := v.cells[i].ident
			e := &id.entry
			key := codeKey{e.DRM, int32(e.Code)}
			if explained[key] {
				continue
			}
			explained[key] = true
			p := s.ident(id)
			s.gauge(c.descs.codeInfo, 1, p.category, p.code, s.pair("description", e.Description), p.drm,
				s.pair("outcome", e.Outcome), s.pair("owner", e.Owner), p.severity)
		}
	}
}

func (c *Collector) collectOverflow(s *scrape, snap Snapshot) {
	s.counter(c.descs.labelOverflow, snap.codeOverflow, 0, s.pair("label", "code"))
	for i, name := range c.labels {
		s.counter(c.descs.labelOverflow, snap.labelOverflow[i], 0, s.pair("label", name))
	}
}

func (c *Collector) collectStats(s *scrape, snap Snapshot, stats tailer.Stats) {
	for _, v := range snap.views {
		t, source := stats[v.name], s.pair("source", v.name)
		behind := 0.0
		if t.CatchingUp {
			behind = 1
		}
		s.gauge(c.descs.files, float64(t.Files), source)
		s.gauge(c.descs.lag, float64(t.LagBytes), source)
		s.gauge(c.descs.catchingUp, behind, source)
		s.gauge(c.descs.lastRead, float64(t.LastReadNanos)/1e9, source)
		s.counter(c.descs.rotations, uint64(t.Rotations), 0, source)
		s.counter(c.descs.truncations, uint64(t.Truncations), 0, source)
		s.counter(c.descs.lostBytes, uint64(t.LostBytes), 0, source)
		s.counter(c.descs.lostFiles, uint64(t.LostFiles), 0, source)
		s.counter(c.descs.overlong, uint64(t.OverlongLines), 0, source)
		s.counter(c.descs.openErrors, uint64(t.OpenErrors), 0, source)
	}
}
