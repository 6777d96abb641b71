package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// With the real ledger: event time counts, retries of one request are one
// incident, and twelve requests of the last minute fire a rule on six.
func TestWithLedger(t *testing.T) {
	cat := catalogue(t)
	ledger := metrics.New(metrics.Default(), cat, []string{"proxy"})
	e := newEngine(t, cat, keyManager(0, 0))
	commit := func(at, now time.Time, id string) {
		ledger.Commit("proxy", now, &parser.Result{Lines: 1, Records: 1, Events: []parser.Event{{
			Time: at.UnixNano(), DRM: codes.Widevine, Code: 6007, Index: cat.Index(codes.Widevine, 6007), CorrelationID: []byte(id),
		}}}, tailer.Position{})
	}
	now := noon
	evaluate := func(behind ...string) []Transition {
		ledger.Settle(now, func(source string) bool { return slices.Contains(behind, source) }, nil)
		return e.Evaluate(now, Ledger{ledger.Snapshot(now), behind})
	}
	for i := range 100 {
		commit(now.Add(-2*time.Hour), now, fmt.Sprint("old", i)) // a backlog: totals, no window
		commit(now.Add(-time.Second), now, "the same request")
	}
	if got := evaluate("proxy"); got != nil {
		t.Fatalf("raised while catching up: %+v", got)
	}
	if got := evaluate(); got != nil {
		t.Fatalf("old events or retries raised %+v", got)
	}
	for i := range 11 {
		commit(now, now, fmt.Sprint("new", i))
	}
	got := evaluate()
	const want = "since 12:00:00 UTC 23 Nov (0 s): 12 x 6007 key manager service is not reachable; 12.0 per minute over 1m, fires at 6"
	if len(got) != 1 || got[0].Rule != "KeyManagerFailing" || got[0].To != Firing || got[0].Sentence != want {
		t.Fatalf("got %+v", got)
	}
	now = now.Add(time.Hour)
	if got := evaluate(); len(got) != 1 || got[0].To != Inactive {
		t.Errorf("an hour later: %+v", got)
	}
}
