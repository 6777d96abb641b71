package metrics

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/parser"
	"wvwatch/internal/series"
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

// LeastLateness is how late lines count as coming where they come at once.
const LeastLateness = 10 * time.Second

// latenessBounds are those of the buckets in which Lags counts how late lines come;
// what is later is in the last one.
var latenessBounds = [...]time.Duration{
	LeastLateness, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

// lateness is how late the lines of a source came in the last day: the first one
// of each block that is read, which is the oldest in it.
type lateness struct {
	counts [len(latenessBounds)]float32 // decayed
	at     int64                        // of the last decay
}

func (l *lateness) observe(late time.Duration, now int64) {
	if passed := time.Duration(now - l.at); passed > time.Minute {
		keep := float32(math.Exp2(-passed.Hours() / 12))
		for i := range l.counts {
			l.counts[i] *= keep
		}
		l.at = now
	}
	i := 0
	for i < len(latenessBounds)-1 && late > latenessBounds[i] {
		i++
	}
	l.counts[i]++
}

// most returns the bound within which 99 % of the lines come.
func (l *lateness) most() time.Duration {
	total := float32(0)
	for _, n := range l.counts {
		total += n
	}
	sum := float32(0)
	for i, n := range l.counts {
		if sum += n; sum >= 0.99*total {
			return latenessBounds[i]
		}
	}
	return latenessBounds[len(latenessBounds)-1]
}

// Lags measures the lag of each source by the last event or request of some of
// the blocks that are read at the live edge. A few late or wrong times do not
// move a median. It may be used concurrently.
type Lags struct {
	prometheus.Collector // of the sources that have a sample

	mu      sync.Mutex
	sources map[string]*lagRing
}

type lagSample struct{ at, lag int64 } // Unix nanoseconds and nanoseconds

// lagRing holds the newest samples of one source.
type lagRing struct {
	samples [lagSamples]lagSample
	n       int // how many were ever taken
	late    lateness
}

// NewLags returns an empty measurement. now is the clock of scrapes.
func NewLags(now func() time.Time) *Lags {
	l := &Lags{sources: make(map[string]*lagRing)}
	l.Collector = series.NewTable(lagFamilies(), func() []lagOf { return l.all(now()) }, nil)
	return l
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
	ring.late.observe(time.Duration(at-firstTime(r)), at)
}

// firstTime returns the time of the first event or request that has one, whichever
// is earlier; 0 for none.
func firstTime(r *parser.Result) (t int64) {
	for i := 0; i < len(r.Events) && t == 0; i++ {
		t = r.Events[i].Time
	}
	for i := range r.Requests {
		if q := r.Requests[i].Time; q != 0 {
			if t == 0 {
				return q
			}
			return min(t, q)
		}
	}
	return t
}

// Lateness returns how late the lines of a source come, at least LeastLateness.
func (l *Lags) Lateness(source string) time.Duration {
	if l == nil {
		return LeastLateness
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ring := l.sources[source]; ring != nil {
		return ring.late.most()
	}
	return LeastLateness
}

// lastTime returns the time of the last event or of the last request that has
// one, whichever is later; 0 for none.
func lastTime(r *parser.Result) (t int64) {
	for i := len(r.Events) - 1; i >= 0 && t == 0; i-- {
		t = r.Events[i].Time
	}
	for i := range slices.Backward(r.Requests) {
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

// lagOf is what is exported of a source.
type lagOf struct {
	source string
	Lag
	lateness time.Duration
}

// lagFamilies is the table of all that Lags export.
func lagFamilies() []series.Row[lagOf] {
	row := func(name, help string, write func(lagOf, series.Add)) series.Row[lagOf] {
		return series.Row[lagOf]{
			Family: series.Family{Group: series.Daemon, Name: name, Kind: series.Gauge, Help: help, Labels: []string{"source"}},
			Write:  write,
		}
	}
	return []series.Row[lagOf]{
		row("wvwatch_event_lag_seconds", "How old lines are when they are read, by their own times: the median of the last minutes, backlogs left out.",
			func(l lagOf, add series.Add) {
				if l.Samples > 0 {
					add(l.Median.Seconds(), l.source)
				}
			}),
		row("wvwatch_source_lateness_seconds", "How late the lines of a source come, by their own times: 99 % of the last day's within it, backlogs left out. Rules judge that much later. At least 10.",
			func(l lagOf, add series.Add) { add(l.lateness.Seconds(), l.source) }),
	}
}

func (l *Lags) all(now time.Time) []lagOf {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []lagOf
	for name, ring := range l.sources {
		list = append(list, lagOf{name, ring.lag(now), ring.late.most()})
	}
	return list
}
