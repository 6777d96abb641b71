package metrics

import (
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// batch is what a block of a busy proxy log holds: 5 % of 1,000 requests refused.
func batch(cat *codes.Catalogue, at time.Time, tenants int) *parser.Result {
	r := &parser.Result{Lines: 1000, Records: 1000, Labels: []string{"platform", "app_version"}}
	for i := range 1000 {
		t := at.Add(time.Duration(i) * time.Millisecond).UnixNano()
		r.Requests = append(r.Requests, parser.Request{Time: t, DRM: codes.Widevine, Outcome: parser.Outcome(i % int(parser.NumOutcomes))})
		if i%20 == 0 {
			e := cat.At(i % 97)
			r.Events = append(r.Events, parser.Event{
				Time: t, DRM: e.DRM, Code: e.Code, CorrelationID: fmt.Appendf(nil, "c0ffee-%d", i), Tenant: fmt.Appendf(nil, "tenant-%d", i%max(tenants, 1)),
				Labels: [][]byte{fmt.Appendf(nil, "platform-%d", i%7), fmt.Appendf(nil, "4.%d", i%3)},
			})
		}
	}
	r.Events = append(r.Events, event(4400, at)) // unlisted
	return r
}

var position = tailer.Position{Source: "a", Name: "/var/log/a.log", Device: 1, Inode: 1, Offset: 1}

var threeLabels = []string{"tenant", "platform", "app_version"}

func TestCommitAllocatesNothing(t *testing.T) {
	for _, l := range []*Ledger{newLedger(t, "a"), tenantLedger(t, 100, "a"), labelLedger(t, threeLabels, 100, "a")} {
		r := batch(l.layout.cat, t0, 10)
		l.Commit("a", t0, r, position)
		if n := testing.AllocsPerRun(100, func() { l.Commit("a", t0.Add(time.Second), r, position) }); n != 0 {
			t.Errorf("%v allocations for a batch of known codes, want none", n)
		}
	}
}

// One batch of 1,000 requests and 51 events.
func BenchmarkCommit(b *testing.B) {
	for name, l := range map[string]*Ledger{"plain": newLedger(b, "a"), "tenants": tenantLedger(b, 100, "a"), "three labels": labelLedger(b, threeLabels, 100, "a")} {
		b.Run(name, func(b *testing.B) {
			r := batch(l.layout.cat, t0, 10)
			l.Commit("a", t0, r, position)
			b.ReportAllocs()
			for b.Loop() {
				l.Commit("a", t0.Add(time.Second), r, position)
			}
		})
	}
}

// busy returns a ledger of four sources. Every Widevine code occurred in each
// step of their last hour; now is the last of them.
func busy(b *testing.B) (l *Ledger, now time.Time) {
	l = newLedger(b, "a", "b", "c", "d")
	for i := range stepsKept {
		now = t0.Add(time.Duration(i) * Step)
		var events []parser.Event
		for _, e := range l.layout.listed {
			if e.entry.DRM == codes.Widevine {
				events = append(events, event(e.entry.Code, now))
			}
		}
		for _, s := range []string{"a", "b", "c", "d"} {
			commit(l, s, now, events...)
		}
	}
	for i := range 1000 {
		p := position
		p.Name, p.Inode, p.Offset = fmt.Sprintf("/var/log/licence-proxy/node-%d/access.log", i), uint64(i), int64(i)<<20
		p.ID = tailer.ID(i + 1)
		p.Head, p.Guard = 0x9E3779B97F4A7C15*uint64(i), 0xC2B2AE3D27D4EB4F*uint64(i)
		l.Commit("a", now, nil, p)
	}
	return l, now
}

func BenchmarkSnapshot(b *testing.B) {
	l, now := busy(b)
	b.Run("idle", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Snapshot(now)
		}
	})
	b.Run("after a batch", func(b *testing.B) {
		b.ReportAllocs()
		r := batch(l.layout.cat, now, 1)
		for b.Loop() {
			l.Commit("a", now, r, position)
			l.Snapshot(now)
		}
	})
}

func BenchmarkEach(b *testing.B) {
	l, now := busy(b)
	s := l.Snapshot(now)
	b.ReportAllocs()
	for b.Loop() {
		s.Each(5*time.Minute, "", func(string, codes.Entry, string, uint64, uint64) {})
	}
}

// A scrape of four sources, all codes and three windows, by an ordinary registry.
func BenchmarkScrape(b *testing.B) {
	l, now := busy(b)
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewCollector(l, CollectorOptions{Now: clock(now), Scrape: withFiles(l)}))
	b.Run("collect", func(b *testing.B) {
		b.ReportAllocs()
		c := NewCollector(l, CollectorOptions{Now: clock(now), Scrape: withFiles(l)})
		out := make(chan prometheus.Metric, 1000)
		go func() {
			for range out {
			}
		}()
		for b.Loop() {
			c.Collect(out)
		}
		close(out)
	})
	b.Run("gather and write", func(b *testing.B) {
		b.ReportAllocs()
		size := 0
		for b.Loop() {
			families, err := registry.Gather()
			if err != nil {
				b.Fatal(err)
			}
			size = 0
			for _, f := range families {
				n, err := expfmt.MetricFamilyToText(io.Discard, f)
				if err != nil {
					b.Fatal(err)
				}
				size += n
			}
		}
		b.ReportMetric(float64(size), "bytes")
	})
}

// What a checkpoint takes, file system aside: four sources, every Widevine
// code of which occurred in every step of the hour, and 1,000 positions.
func BenchmarkState(b *testing.B) {
	l, now := busy(b)
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		l.Snapshot(now)
		text, err := json.Marshal(l.State())
		if err != nil {
			b.Fatal(err)
		}
		size = len(text)
	}
	b.ReportMetric(float64(size), "bytes")
}
