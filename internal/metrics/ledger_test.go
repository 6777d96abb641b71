package metrics

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

var t0 = time.Date(2026, 11, 23, 8, 26, 40, 0, time.UTC)

func catalogue(t testing.TB) *codes.Catalogue {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func newLedger(t testing.TB, sources ...string) *Ledger {
	return New(Default(), catalogue(t), sources)
}

func tenantLedger(t testing.TB, limit int, sources ...string) *Ledger {
	return labelLedger(t, []string{"tenant"}, limit, sources...)
}

func labelLedger(t testing.TB, labels []string, limit int, sources ...string) *Ledger {
	cfg := Default()
	cfg.Labels, cfg.LabelLimit = labels, limit
	return New(cfg, catalogue(t), sources)
}

// event is one occurrence of a Widevine code, at t.
func event(code int, t time.Time) parser.Event {
	return parser.Event{Time: t.UnixNano(), DRM: codes.Widevine, Code: code}
}

func commit(l *Ledger, source string, now time.Time, events ...parser.Event) {
	l.Commit(source, now, &parser.Result{Lines: len(events), Records: len(events), Events: events}, tailer.Position{})
}

// totals renders what is not zero, as "source drm code tenant occurrences/incidents".
func totals(s Snapshot) string {
	var lines []string
	s.Totals(func(t Total) {
		if t.Occurrences > 0 {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", t.Source, t.Entry.DRM, t.Entry.Code, strings.Join(t.Labels, "|")))+
				fmt.Sprintf(" %d/%d", t.Occurrences, t.Incidents))
		}
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// recent renders a window as totals does.
func recent(s Snapshot, over time.Duration) string {
	var lines []string
	s.Each(over, "tenant", func(source string, e codes.Entry, tenant string, occurrences, incidents uint64) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", source, e.DRM, e.Code, tenant))+
			fmt.Sprintf(" %d/%d", occurrences, incidents))
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func same(t *testing.T, what, got string, want ...string) {
	t.Helper()
	if w := strings.Join(want, "\n"); got != w {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, w)
	}
}

func TestCommitCounts(t *testing.T) {
	l := newLedger(t, "proxy", "player")
	r := &parser.Result{
		Lines: 7, Records: 5,
		Events: []parser.Event{
			event(4025, t0), event(4025, t0), event(6007, t0),
			{Time: t0.UnixNano(), DRM: codes.PlayReady, Code: 4025},
			event(4400, t0),
			{DRM: codes.FairPlay, Code: 1234}, // without a time
			{DRM: codes.DRM(250), Code: 1234}, // no drm at all
		},
		Requests: []parser.Request{
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
			{DRM: codes.PlayReady, Outcome: parser.Refused},
			{DRM: codes.Widevine, Outcome: parser.Outcome(99)},
		},
	}
	r.Vetoed[parser.Negative] = 3
	l.Commit("proxy", t0, r, tailer.Position{})

	s := l.Snapshot(t0)
	want := []string{
		"proxy fairplay 1234 1/1", "proxy playready 4025 1/1", "proxy unknown 1234 1/1",
		"proxy widevine 4025 2/2", "proxy widevine 4400 1/1", "proxy widevine 6007 1/1",
	}
	same(t, "totals", totals(s), want...)
	same(t, "last minute", recent(s, time.Minute), want...)

	proxy := s.Sources()[0]
	if proxy.Name != "proxy" || proxy.Lines != 7 || proxy.Records != 5 || proxy.Vetoed[parser.Negative] != 3 ||
		proxy.Unlisted != [codes.NumDRM]uint64{codes.Unknown: 1, codes.Widevine: 1, codes.FairPlay: 1} {
		t.Errorf("source: %+v", proxy)
	}
	if player := s.Sources()[1]; player != (SourceTotals{Name: "player"}) {
		t.Errorf("the other source: %+v", player)
	}

	var requests, recently []string
	line := func(source string, d codes.DRM, o parser.Outcome, n uint64) string {
		return fmt.Sprintf("%s %s %s %d", source, d, o, n)
	}
	s.RequestTotals(func(source string, d codes.DRM, o parser.Outcome, n uint64) {
		requests = append(requests, line(source, d, o, n))
	})
	s.Requests(time.Minute, func(source string, d codes.DRM, o parser.Outcome, n uint64) {
		recently = append(recently, line(source, d, o, n))
	})
	same(t, "requests", strings.Join(requests, "\n"), "proxy widevine granted 2", "proxy widevine gateway 1", "proxy playready refused 1")
	same(t, "requests of the last minute", strings.Join(recently, "\n"), requests...)
}

func TestTotalsSayWhen(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4025, t0.Add(-time.Hour*30)), event(4025, t0.Add(-time.Hour*40)), event(4025, t0.Add(-time.Hour*20)))
	listed := 0
	l.Snapshot(t0).Totals(func(total Total) {
		listed++
		if total.Occurrences == 0 {
			if !total.First.IsZero() || !total.Last.IsZero() {
				t.Fatalf("%d never occurred, but first on %s", total.Entry.Code, total.First)
			}
			return
		}
		if !total.First.Equal(t0.Add(-time.Hour*40)) || !total.Last.Equal(t0.Add(-time.Hour*20)) {
			t.Errorf("first %s, last %s", total.First, total.Last)
		}
	})
	if want := catalogue(t).Len(); listed != want {
		t.Errorf("%d codes, want all %d", listed, want)
	}
}

func TestWindowsSlideOverEventTime(t *testing.T) {
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	l := newLedger(t, "proxy")
	commit(l, "proxy", at(0),
		event(4025, at(0)), event(4025, at(-9)), event(4025, at(-55)), event(4025, at(-290)),
		event(4025, at(-30)), event(4025, at(-30)), // late, and into a step between
		event(4025, at(-3700)), // older than all windows
		event(4025, at(-200*3600)),
		event(4025, at(25)), // ahead, but within a minute: not yet
	)
	for _, tt := range []struct {
		now  int
		over time.Duration
		want string
	}{
		{0, 10 * time.Second, "proxy widevine 4025 1/1"},
		{9, 10 * time.Second, "proxy widevine 4025 1/1"}, // the same step
		{0, 20 * time.Second, "proxy widevine 4025 2/2"},
		{0, time.Minute, "proxy widevine 4025 4/4"},
		{0, 5 * time.Minute, "proxy widevine 4025 6/6"},
		{0, time.Hour, "proxy widevine 4025 6/6"},
		{10, time.Minute, "proxy widevine 4025 4/4"},
		{19, time.Minute, "proxy widevine 4025 4/4"},
		{20, time.Minute, "proxy widevine 4025 5/5"},
		{200, time.Minute, ""},
	} {
		same(t, fmt.Sprintf("%s at %d s", tt.over, tt.now), recent(l.Snapshot(at(tt.now)), tt.over), tt.want)
	}
	same(t, "totals", totals(l.Snapshot(at(0))), "proxy widevine 4025 9/9")
}

func TestImpossibleTimes(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4025, t0.Add(time.Minute+time.Nanosecond)), event(4025, t0.Add(200*365*24*time.Hour)),
		parser.Event{Time: -1 << 62, DRM: codes.Widevine, Code: 4025})
	l.Commit("proxy", t0, &parser.Result{Requests: []parser.Request{{Time: 1<<63 - 1, DRM: codes.Widevine}}}, tailer.Position{})
	s := l.Snapshot(t0)
	same(t, "window", recent(s, 10*time.Second), "proxy widevine 4025 3/3")
	same(t, "totals", totals(s), "proxy widevine 4025 3/3")
	if n := s.Sources()[0].TimesOutOfRange; n != 4 {
		t.Errorf("%d times out of range, want 4", n)
	}
}

func TestSnapshotStaysAsItIs(t *testing.T) {
	l := newLedger(t, "proxy", "player")
	commit(l, "proxy", t0, event(4025, t0), event(4025, t0.Add(-time.Minute)), event(4400, t0))
	before := l.Snapshot(t0)
	wantTotals, wantRecent := totals(before), recent(before, 15*time.Minute)
	for i := range 500 { // changes, adds and prunes steps
		now := t0.Add(time.Duration(i) * 10 * time.Second)
		commit(l, "proxy", now, event(4025, now), event(4025, now.Add(-5*time.Minute)), event(4400, now))
		l.Snapshot(now)
	}
	same(t, "totals", totals(before), wantTotals)
	same(t, "window", recent(before, 15*time.Minute), wantRecent)
	if a, b := l.Snapshot(t0), l.Snapshot(t0.Add(time.Second)); a.sources[0] != b.sources[0] {
		t.Error("a snapshot copied although nothing was committed")
	}
}

func TestPositions(t *testing.T) {
	l := newLedger(t, "proxy")
	a := tailer.Position{ID: 1, Source: "proxy", Name: "/a", Device: 1, Inode: 1, Offset: 10}
	b := tailer.Position{ID: 3, Source: "proxy", Name: "/b", Device: 1, Inode: 2, Offset: 20}
	l.Commit("proxy", t0, &parser.Result{Lines: 1}, b)
	l.Commit("proxy", t0, nil, a)
	a.Offset = 11
	l.Commit("proxy", t0, &parser.Result{Lines: 1}, a)
	l.Commit("proxy", t0, &parser.Result{Lines: 1}, tailer.Position{}) // standard input has none
	if got := l.Positions(); !slices.Equal(got, []tailer.Position{a, b}) {
		t.Errorf("positions %+v", got)
	}
	l.Forget(a.ID)
	if got := l.Positions(); !slices.Equal(got, []tailer.Position{b}) {
		t.Errorf("positions after Forget %+v", got)
	}
}

// Whoever looks sees each batch wholly or not at all, with its position.
func TestEveryLookIsConsistent(t *testing.T) {
	l := newLedger(t, "a", "b")
	var writers sync.WaitGroup
	for i, name := range []string{"a", "b"} {
		writers.Go(func() {
			for n := range 2000 {
				l.Commit(name, t0, &parser.Result{Lines: 2, Events: []parser.Event{event(4025, t0), event(6007, t0)}},
					tailer.Position{ID: tailer.ID(i + 1), Source: name, Inode: uint64(i + 1), Offset: int64(n + 1)})
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		st := l.State()
		for _, s := range st.Sources {
			var offset int64
			for _, p := range st.Positions {
				if p.Source == s.Name {
					offset = p.Offset
				}
			}
			if s.Lines != uint64(2*offset) {
				t.Fatalf("%s: %d lines at offset %d", s.Name, s.Lines, offset)
			}
			for _, c := range s.Codes {
				if c.Occurrences != uint64(offset) {
					t.Fatalf("%s: %d occurrences at offset %d", s.Name, c.Occurrences, offset)
				}
			}
		}
	}
	same(t, "totals", totals(l.Snapshot(t0)),
		"a widevine 4025 2000/2000", "a widevine 6007 2000/2000", "b widevine 4025 2000/2000", "b widevine 6007 2000/2000")
}

// Everything at once, for the race detector; and nothing gets lost over it.
func TestConcurrentUse(t *testing.T) {
	l := newLedger(t, "a", "b")
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	cat := catalogue(t)
	var all sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		all.Go(func() {
			for i := range 300 {
				at := t0.Add(time.Duration(i%50) * Step)
				commit(l, name, at, event(4025, at), event(9000+i%10, at))
			}
		})
	}
	all.Go(func() {
		for range 5 {
			gather(t, c)
		}
	})
	all.Go(func() {
		for range 50 {
			l.State()
			recent(l.Snapshot(t0), time.Hour)
			l.Positions()
		}
	})
	all.Go(func() {
		for range 20 {
			l.Reconfigure(Default(), cat, []string{"a"})
			l.Reconfigure(Default(), cat, []string{"b", "a"})
		}
	})
	all.Wait()
	var occurrences uint64
	l.Snapshot(t0).Totals(func(t Total) { occurrences += t.Occurrences })
	if occurrences != 1200 {
		t.Errorf("%d occurrences, want 1200", occurrences)
	}
}
