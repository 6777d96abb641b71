package metrics

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/series"
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

// Collector exports a ledger to Prometheus, as a series.Source and as an unchecked
// prometheus.Collector. It may be collected concurrently, but a late series is then
// shown as 0 to whoever comes first. The labels of series are those of the ledger's
// configuration at the time.
type Collector struct {
	options CollectorOptions
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
	return &Collector{options: o}
}

// Describe implements prometheus.Collector: which labels there are is not known before.
func (c *Collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) { series.Collect(c, out) }

// WriteSeries implements series.Source. Without a group of its own it takes no
// snapshot: what was not written is not shown.
func (c *Collector) WriteSeries(to series.Sink, wanted func(series.Group) bool) {
	var s *scrape
	for _, f := range families() {
		if !wanted(f.Group) {
			continue
		}
		if s == nil {
			s = c.scrape(to)
		}
		if f.free {
			f.Labels = s.order.names
		}
		s.to.Begin(&f.Family)
		f.write(s)
	}
}

// scrape takes what one scrape shows.
func (c *Collector) scrape(to series.Sink) *scrape {
	s := &scrape{Scrape: c.options.Scrape(c.options.Now()), to: to}
	if c.options.Final {
		s.Snapshot.horizon = math.MaxUint64
	}
	s.order = newLabelOrder(s.Snapshot.config.Labels)
	return s
}

// scrape writes the samples of one scrape.
type scrape struct {
	Scrape
	to     series.Sink
	order  labelOrder
	values []string // of the sample at hand
	rates  *rates   // nil before they are needed
}

// counter adds a counter that began to exist at created, Unix nanoseconds, 0 for
// unknown.
func (s *scrape) counter(n uint64, created int64, labels ...string) {
	s.values = append(s.values[:0], labels...)
	s.to.Add(float64(n), created, s.values...)
}

// gauge adds a gauge.
func (s *scrape) gauge(value float64, labels ...string) {
	s.values = append(s.values[:0], labels...)
	s.to.Add(value, 0, s.values...)
}

// show returns n, or 0 where the series is not exported with its count yet.
func (s *scrape) show(n uint64, since exposure) uint64 {
	if since.visible(s.Snapshot.horizon) {
		return n
	}
	return 0
}
