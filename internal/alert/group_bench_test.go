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

// BenchmarkByTenant is one second's evaluation of a hundred rules over a
// hundred tenants that have each had every code, with by and without.
func BenchmarkByTenant(b *testing.B) {
	for _, by := range [][]string{nil, {"tenant"}} {
		b.Run(fmt.Sprint("by=", by), func(b *testing.B) {
			cat := catalogue(b)
			ledger := metrics.New(metrics.Config{Windows: metrics.Default().Windows, Labels: []string{"tenant"}, LabelLimit: 100}, cat, []string{"proxy"})
			var rules []RuleConfig
			for i := range 100 {
				rules = append(rules, RuleConfig{
					Name: fmt.Sprint("R", i), Match: Match{Categories: []string{"token"}}, By: by,
					When: When{PerMinute: 6, Over: 5 * time.Minute, Spike: &Spike{Sensitivity: "page"}},
				})
			}
			e := newEngine(b, cat, rules...)
			now := noon
			for i := range 100 {
				r := parser.Result{Lines: 1, Records: 1, Requests: []parser.Request{{Time: now.UnixNano(), DRM: codes.Widevine}}}
				for n := range cat.Len() {
					if at := cat.At(n); at.DRM == codes.Widevine {
						r.Events = append(r.Events, parser.Event{Time: now.UnixNano(), DRM: at.DRM, Code: at.Code, Index: n, Tenant: []byte(fmt.Sprint("tenant", i))})
					}
				}
				ledger.Commit("proxy", now, &r, tailer.Position{})
			}
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Second)
				e.Evaluate(now, Ledger{Snapshot: ledger.Snapshot(now)})
			}
		})
	}
}
