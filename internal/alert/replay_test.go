package alert

import (
	"slices"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// A week of old logs with three incidents: read as a backlog they raise
// nothing; replayed, with now following the events, they raise just those.
func TestOldLogs(t *testing.T) {
	t.Parallel()
	cat := catalogue(t)
	begins := noon.Add(-7 * 24 * time.Hour)
	minute := func(m int) []parser.Event {
		at := begins.Add(time.Duration(m) * time.Minute)
		var es []parser.Event
		add := func(code, n int) {
			for i := range n {
				es = append(es, parser.Event{
					Time: at.Add(time.Duration(i) * time.Minute / time.Duration(n)).UnixNano(),
					DRM:  codes.Widevine, Code: code, Index: cat.Index(codes.Widevine, code),
				})
			}
		}
		add(4025, m*7%3)
		add(4006, m*5%4)
		add(2001, m%31/30)
		switch {
		case m >= 600 && m < 605:
			add(6007, 60)
		case m >= 4500 && m < 4520:
			add(4025, 28)
		case m >= 8400 && m < 8420:
			add(2001, 9)
		}
		return es
	}
	commit := func(l *metrics.Ledger, now time.Time, es []parser.Event) {
		l.Commit("proxy", now, &parser.Result{Lines: len(es), Records: len(es), Events: es}, tailer.Position{})
	}
	const minutes = (7*24 - 1) * 60

	first := metrics.New(metrics.Default(), cat, []string{"proxy"})
	e := newEngine(t, cat, DefaultRules()...)
	for m := range minutes {
		commit(first, noon, minute(m))
		if m%100 == 0 {
			if got := e.Evaluate(noon, Ledger{first.Snapshot(noon), []string{"proxy"}}); got != nil {
				t.Fatalf("a backlog raised %+v", got)
			}
		}
	}
	for i := range 720 {
		now := noon.Add(time.Duration(i) * Interval)
		first.Settle(now, nil, nil)
		if got := e.Evaluate(now, Ledger{Snapshot: first.Snapshot(now)}); got != nil {
			t.Fatalf("a backlog raised %+v", got)
		}
	}

	replayed := metrics.New(metrics.Default(), cat, []string{"proxy"})
	e = newEngine(t, cat, DefaultRules()...)
	var fired []string
	for m := range minutes {
		es := minute(m)
		slices.SortStableFunc(es, func(a, b parser.Event) int { return int(a.Time - b.Time) })
		for s := range 2 {
			now := begins.Add(time.Duration(m)*time.Minute + time.Duration(s+1)*30*time.Second)
			n := 0
			for n < len(es) && es[n].Time < now.UnixNano() {
				n++
			}

			commit(replayed, now, es[:n])
			es = es[n:]
			replayed.Settle(now, nil, nil)
			for _, c := range e.Evaluate(now, Ledger{Snapshot: replayed.Snapshot(now)}) {
				if c.To == Firing {
					fired = append(fired, c.Rule)
				}
			}
		}
	}
	want := []string{"KeyManagerSpike", "KeyManagerFailing", "EntitlementRefusalsSpike", "ChallengeSpike"}
	if !slices.Equal(fired, want) {
		t.Errorf("replay raised %q, want %q", fired, want)
	}
}
