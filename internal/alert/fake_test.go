package alert

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// noon is when the tests begin.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func catalogue(t testing.TB) *codes.Catalogue {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// event is one incident, at an offset from noon.
type event struct {
	at     time.Duration
	source string
	drm    codes.DRM
	code   int
}

// log is a ledger that counts by looking at every event.
type log struct {
	cat      *codes.Catalogue
	events   []event
	requests []request
	lines    map[string]uint64
	now      time.Duration
	behind   []string
	stepped  bool   // windows slide in steps, as those of the ledger
	by       string // the label of all events; default tenant
	tenant   string // its value; default a hostile one

	// Of what is sorted: how many events and requests that is, and which of them are the first of a source.
	sorted                     int
	firstEvents, firstRequests map[string]time.Duration
}

// request is n licence requests, at an offset from noon.
type request struct {
	at      time.Duration
	source  string
	outcome parser.Outcome
	n       uint64
}

// burst adds n events of a code, spread over the minute that ends at an offset.
func (l *log) burst(end time.Duration, source string, code, n int) {
	for i := range n {
		l.events = append(l.events, event{end - time.Minute*time.Duration(i)/time.Duration(n), source, codes.Widevine, code})
	}
}

// sort brings events and requests into the order of time, where some were added.
func (l *log) sort() {
	if n := len(l.events) + len(l.requests); n != l.sorted {
		slices.SortStableFunc(l.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
		slices.SortStableFunc(l.requests, func(a, b request) int { return cmp.Compare(a.at, b.at) })
		l.sorted = n
		l.firstEvents, l.firstRequests = map[string]time.Duration{}, map[string]time.Duration{}
		for _, e := range slices.Backward(l.events) {
			l.firstEvents[e.source] = e.at
		}
		for _, r := range slices.Backward(l.requests) {
			l.firstRequests[r.source] = r.at
		}
	}
}

// between returns the indexes of the entries that have been by now, in the steps first to last.
func (l *log) between(n int, at func(int) time.Duration, first, last int64) (from, to int) {
	step := func(i int) int64 { return stepOf(noon.Add(at(i))) }
	from = sort.Search(n, func(i int) bool { return step(i) >= first })
	to = sort.Search(n, func(i int) bool { return at(i) > l.now || step(i) > last })
	return from, max(from, to)
}

// eventsIn returns the events of the steps first to last, and the index of the first of them.
func (l *log) eventsIn(first, last int64) ([]event, int) {
	l.sort()
	from, to := l.between(len(l.events), func(i int) time.Duration { return l.events[i].at }, first, last)
	return l.events[from:to], from
}

// requestsIn returns the requests of the steps first to last.
func (l *log) requestsIn(first, last int64) []request {
	l.sort()
	from, to := l.between(len(l.requests), func(i int) time.Duration { return l.requests[i].at }, first, last)
	return l.requests[from:to]
}

func (l *log) CatchingUp() []string { return l.behind }

// in reports whether an offset is in a window.
func (l *log) in(at, over time.Duration) bool {
	if !l.stepped {
		return at <= l.now && at > l.now-over
	}
	step := func(d time.Duration) int64 { return noon.Add(d).UnixNano() / int64(metrics.Step) }
	return at <= l.now && step(at) > step(l.now)-int64(over/metrics.Step)
}

// Version returns no version: the counts may be different each time.
func (l *log) Version() metrics.Version { return metrics.Version{} }

// At makes a difference only to windows in steps.
func (l *log) At(t time.Time) Windows {
	if !l.stepped {
		return l
	}
	earlier := *l
	earlier.now = t.Sub(noon)
	return &earlier
}

// Failures takes each event for another client.
func (l *log) Failures(first, last int64, by string, f func(metrics.Failures)) {
	value := ""
	if by == cmp.Or(l.by, "tenant") {
		value = cmp.Or(l.tenant, "tenant {{.Evil}}")
	}
	events, from := l.eventsIn(first, last)
	for i, e := range events {
		entry := l.cat.Resolve(e.drm, e.code)
		f(metrics.Failures{Source: e.source, Step: stepOf(noon.Add(e.at)), Entry: &entry, Value: value,
			Incidents: 1, Clients: 1, Minutely: 1, Who: [4]uint16{uint16((from+i)%65000 + 1)}})
	}
}

func (l *log) Plays(first, last int64, f func(metrics.Plays)) {
	for _, r := range l.requestsIn(first, last) {
		p := metrics.Plays{Source: r.source, Step: stepOf(noon.Add(r.at)), DRM: codes.Widevine, Requests: r.n}
		switch r.outcome {
		case parser.Granted:
			p.Granted = r.n
		case parser.Gateway:
			p.Failed, p.Unanswered, p.UnansweredMinutely = r.n, r.n, r.n
		}
		f(p)
	}
	events, _ := l.eventsIn(first, last)
	for _, e := range events {
		f(metrics.Plays{Source: e.source, Step: stepOf(noon.Add(e.at)), DRM: e.drm, Failed: 1})
	}
}

// Watermarks let every step pass as soon as it is over.
func (l *log) Watermarks() []metrics.Watermark {
	l.sort()
	var all []metrics.Watermark
	for _, name := range []string{"proxy", "player"} {
		w := metrics.Watermark{Source: name, Passed: stepOf(noon.Add(l.now))}
		if at, ok := l.firstEvents[name]; ok && at <= l.now {
			w.First = stepOf(noon.Add(at))
		}
		if at, ok := l.firstRequests[name]; ok && at <= l.now {
			w.Requests = true
			if at := stepOf(noon.Add(at)); w.First == 0 || at < w.First {
				w.First = at
			}
		}
		all = append(all, w)
	}
	return all
}

func (l *log) Requests(over time.Duration, f func(string, codes.DRM, parser.Outcome, uint64)) {
	for _, r := range l.requests {
		if l.in(r.at, over) {
			f(r.source, codes.Widevine, r.outcome, r.n)
		}
	}
}

func (l *log) Totals(f func(metrics.Total)) {
	for _, e := range l.events {
		if e.at <= l.now {
			at := noon.Add(e.at)
			f(metrics.Total{Source: e.source, Entry: l.cat.Resolve(e.drm, e.code), Occurrences: 3, Incidents: 1, First: at, Last: at})
		}
	}
}

func (l *log) Sources() []metrics.SourceTotals {
	var all []metrics.SourceTotals
	for _, name := range []string{"proxy", "player"} {
		all = append(all, metrics.SourceTotals{Name: name, Lines: l.lines[name]})
	}
	return all
}

func (l *log) Each(over time.Duration, by string, f func(string, codes.Entry, string, uint64, uint64)) {
	value := ""
	if by == cmp.Or(l.by, "tenant") {
		value = cmp.Or(l.tenant, "tenant {{.Evil}}")
	}
	l.sort()
	from := sort.Search(len(l.events), func(i int) bool { return l.events[i].at > l.now || l.in(l.events[i].at, over) })
	for _, e := range l.events[from:] {
		if e.at > l.now {
			break
		}
		// Three records each, as of a client that retries.
		f(e.source, l.cat.Resolve(e.drm, e.code), value, 3, 1)
	}
}

// run evaluates every Interval from l.now up to an offset and returns the
// transitions as "offset rule from>to".
func (l *log) run(e *Engine, until time.Duration) []string {
	var seen []string
	for ; l.now <= until; l.now += Interval {
		for _, c := range e.Evaluate(noon.Add(l.now), l) {
			seen = append(seen, fmt.Sprintf("%s %s %s>%s", c.At.Sub(noon), c.Rule, c.From, c.To))
		}
	}
	return seen
}

// keyManager is a rule on one code: 6 a minute, for and keep as given.
func keyManager(wait, keep time.Duration) RuleConfig {
	return RuleConfig{
		Name: "KeyManagerFailing", Match: Match{Categories: []string{"key-manager"}},
		When: When{PerMinute: 6, Over: time.Minute}, For: wait, KeepFiringFor: keep, Severity: "critical",
	}
}

func newEngine(t testing.TB, cat *codes.Catalogue, rules ...RuleConfig) *Engine {
	t.Helper()
	if err := Validate(rules, cat, []string{"proxy", "player"}); err != nil {
		t.Fatal(err)
	}
	e, err := New(rules, cat, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
