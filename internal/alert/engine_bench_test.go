package alert

import (
	"encoding/json"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// BenchmarkEvaluate is one tick of the default rules over a busy hour, as
// replay does by the thousand.
func BenchmarkEvaluate(b *testing.B) {
	cat := catalogue(b)
	ledger := metrics.New(metrics.Default(), cat, []string{"proxy", "player"})
	e := newEngine(b, cat, DefaultRules()...)
	now := noon
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(Interval)
		r := parser.Result{Lines: 10, Records: 10, Requests: []parser.Request{{Time: now.UnixNano(), DRM: codes.Widevine}}}
		for _, code := range []int{4025, 4021, 4006} {
			r.Events = append(r.Events, parser.Event{Time: now.UnixNano(), DRM: codes.Widevine, Code: code, Index: cat.Index(codes.Widevine, code)})
		}
		ledger.Commit("proxy", now, &r, tailer.Position{})
		e.Evaluate(now.Add(time.Second), Ledger{Snapshot: ledger.Snapshot(now.Add(time.Second))})
	}
}

// BenchmarkState is what a checkpoint takes of the default rules.
func BenchmarkState(b *testing.B) {
	cat := catalogue(b)
	e := newEngine(b, cat, DefaultRules()...)
	l := &log{cat: cat, stepped: true}
	for m := range time.Duration(20) {
		l.burst(m*time.Minute, "proxy", 4025, 20)
	}
	l.run(e, 20*time.Minute)
	size := 0
	for b.Loop() {
		text, err := json.Marshal(e.State())
		if err != nil {
			b.Fatal(err)
		}
		size = len(text)
	}
	b.ReportMetric(float64(size), "B")
}
