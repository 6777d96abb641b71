package alert

import (
	"fmt"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// From a few licences a minute to thousands, of which a steady part always
// fails: the default rules raise nothing once they know what is usual, and an
// outage at that place within half a minute.
func TestDefaultRulesFromSmallToLarge(t *testing.T) {
	cat := catalogue(t)
	for _, perMinute := range []float64{0.05, 1, 10, 100} { // key manager faults
		t.Run(fmt.Sprint(perMinute), func(t *testing.T) {
			t.Parallel()
			const learns, lasts = 2 * time.Hour, 8 * time.Hour
			ledger := metrics.New(metrics.Default(), cat, []string{"proxy"})
			e := newEngine(t, cat, DefaultRules()...)
			s := newStream(scenarios()[0], perMinute, 7)
			outage := newStream(scenarios()[0], max(20*perMinute, 30), 8)
			for step := range int64((lasts + 10*time.Minute) / metrics.Step) {
				at := time.Duration(step) * metrics.Step
				n, _ := s.next(step, 0, 0)
				if at >= lasts {
					n, _ = outage.next(step, 0, 0)
				}
				now := noon.Add(at + metrics.Step - 1)
				commitCodes(ledger, cat, now, 6007, int(n))
				for _, c := range e.Evaluate(now, Ledger{Snapshot: ledger.Snapshot(now)}) {
					switch {
					case at >= lasts+30*time.Second && c.To == Firing:
						t.Errorf("%s after the beginning: %s", at-lasts, c.Sentence)
					case at >= learns && at < lasts && c.To == Firing:
						t.Errorf("after %s a usual number fires: %s", at, c.Sentence)
					}
				}
				if st := e.States()[1]; at >= lasts+30*time.Second && (st.Rule != "KeyManagerFailing" || st.State != Firing) {
					t.Fatalf("%s into the outage %s is %s", at-lasts, st.Rule, st.State)
				}
			}
		})
	}
}

// commitCodes counts n events of a code, among lines that say other things.
func commitCodes(l *metrics.Ledger, cat *codes.Catalogue, now time.Time, code, n int) {
	res := parser.Result{Lines: n + 20, Records: n + 20}
	for range n {
		res.Events = append(res.Events, parser.Event{Time: now.UnixNano(), DRM: codes.Widevine, Code: code, Index: cat.Index(codes.Widevine, code)})
	}
	l.Commit("proxy", now, &res, tailer.Position{})
}
