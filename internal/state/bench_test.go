package state

import (
	"fmt"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// A checkpoint of four sources and 1,000 positions, taken and saved. Quiet: ten
// codes, each in every sixth step of the last hour. Worst: every Widevine code in every step.
func BenchmarkCheckpoint(b *testing.B) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		b.Fatal(err)
	}
	sources := []string{"a", "b", "c", "d"}
	for _, bb := range []struct {
		name         string
		codes, every int
	}{{"quiet", 10, 6}, {"worst", 97, 1}} {
		b.Run(bb.name, func(b *testing.B) {
			l := metrics.New(metrics.Default(), cat, sources)
			for i := 0; i < 360; i += bb.every {
				now := t0.Add(time.Duration(i) * 10 * time.Second)
				r := &parser.Result{Lines: 1000}
				for c := range bb.codes {
					r.Events = append(r.Events, parser.Event{DRM: cat.At(c).DRM, Code: cat.At(c).Code})
				}
				for _, s := range sources {
					l.Commit(s, now, r, tailer.Position{})
				}
			}
			for i := range 1000 {
				l.Commit("a", t0, nil, tailer.Position{
					ID: tailer.ID(i + 1), Source: "a", Name: fmt.Sprintf("/var/log/licence-proxy/node-%d/access.log", i), Device: 66306, Inode: uint64(i),
					Offset: int64(i) << 20, Head: 0x9E3779B97F4A7C15 * uint64(i), HeadLen: 1024, Guard: 0xC2B2AE3D27D4EB4F * uint64(i), GuardLen: 512,
				})
			}
			s := open(b, b.TempDir())
			if _, err := s.Load(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				save(b, s, Checkpoint{Metrics: l.State()})
			}
			b.ReportMetric(float64(s.Stats().Size), "bytes")
		})
	}
}
