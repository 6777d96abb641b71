package metrics

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/parser"
)

// Bounds of Lags.
const (
	lagSamples = 64              // kept of a source, 16 bytes each
	lagEvery   = time.Second     // between two samples of a source
	lagKept    = 5 * time.Minute // an older sample is not used
	lagEnough  = 5               // samples from which a lag is steady or not
)

// Lag is how old the lines of a source are when they are read: the time of the
// reader less that of the event. It is negative for times in the future.
type Lag struct {
	Median    time.Duration
	Low, High time.Duration // the quartiles
	Samples   int           // of the last minutes; the rest is 0 where it is 0
}

// Steady reports whether most lines are equally old, or equally far ahead: what
// a wrong time zone or clock makes of times, and lines that come late at random
// do not.
func (l Lag) Steady() bool {
	return l.Samples >= lagEnough && l.High-l.Low <= max(time.Minute, l.Median.Abs()/8)
}

// Lags measures the lag of each source by the last event or request of some of
// the blocks that are read at the live edge. A few late or wrong times do not
// move a median. It may be used concurrently.
type Lags struct {
	desc *prometheus.Desc
	now  func() time.Time

	mu      sync.Mutex
	sources map[string]*lagRing
}

type lagSample struct{ at, lag int64 } // Unix nanoseconds and nanoseconds

// lagRing holds the newest samples of one source.
type lagRing struct {
	samples [lagSamples]lagSample
	n       int // how many were ever taken
}

// NewLags returns an empty measurement. now is the clock of scrapes.
func NewLags(now func() time.Time) *Lags {
	return &Lags{
		desc: prometheus.NewDesc("wvwatch_event_lag_seconds",
			"How old lines are when they are read, by their own times: the median of the last minutes, backlogs left out.", []string{"source"}, nil),
		now: now, sources: make(map[string]*lagRing),
	}
}

// Take samples what was read of a source at now. It allocates nothing but for
// a new source.
func (l *Lags) Take(source string, now time.Time, r *parser.Result) {
	event := lastTime(r)
	if l == nil || event == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ring := l.sources[source]
	if ring == nil {
		ring = &lagRing{}
		l.sources[source] = ring
	}
	at := now.UnixNano()
	if ring.n > 0 && at-ring.samples[(ring.n-1)%lagSamples].at < int64(lagEvery) {
		return
	}
	ring.samples[ring.n%lagSamples] = lagSample{at, at - event}
	ring.n++
}

// lastTime returns the time of the last event or of the last request that has
// one, whichever is later; 0 for none.
func lastTime(r *parser.Result) (t int64) {
	for i := len(r.Events) - 1; i >= 0 && t == 0; i-- {
		t = r.Events[i].Time
	}
	for i := len(r.Requests) - 1; i >= 0; i-- {
		if q := r.Requests[i].Time; q != 0 {
			return max(t, q)
		}
	}
	return t
}

// Of returns the lag of a source.
func (l *Lags) Of(source string, now time.Time) Lag {
	if l == nil {
		return Lag{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ring := l.sources[source]; ring != nil {
		return ring.lag(now)
	}
	return Lag{}
}

func (r *lagRing) lag(now time.Time) Lag {
	var kept []time.Duration
	for _, s := range r.samples[:min(r.n, lagSamples)] {
		if now.UnixNano()-s.at <= int64(lagKept) {
			kept = append(kept, time.Duration(s.lag))
		}
	}
	if len(kept) == 0 {
		return Lag{}
	}
	slices.Sort(kept)
	return Lag{Median: kept[len(kept)/2], Low: kept[len(kept)/4], High: kept[len(kept)*3/4], Samples: len(kept)}
}

// Keep drops the sources that are not named.
func (l *Lags) Keep(names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.sources {
		if !slices.Contains(names, name) {
			delete(l.sources, name)
		}
	}
}

// Describe implements prometheus.Collector.
func (l *Lags) Describe(out chan<- *prometheus.Desc) { out <- l.desc }

// Collect implements prometheus.Collector. A source that has no sample has no series.
func (l *Lags) Collect(out chan<- prometheus.Metric) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, ring := range l.sources {
		if lag := ring.lag(now); lag.Samples > 0 {
			out <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, lag.Median.Seconds(), name)
		}
	}
}
