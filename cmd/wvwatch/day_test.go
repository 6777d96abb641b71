package main

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/race"
	"wvwatch/internal/tailer"
)

// TestDayStaysFlat lives through two days and a half: lines are parsed and counted,
// rules judged, scrapes answered and checkpoints taken, by a clock that flies. What
// is in memory after two days, the retention of the minutes, may not grow any more.
func TestDayStaysFlat(t *testing.T) {
	if race.Enabled {
		t.Skip("two days and a half in one goroutine: make test lives them without the race detector")
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	sources := []string{"proxy", "player"}
	ledger := metrics.New(cfg.Metrics, cat, sources)
	engine, err := alert.New(cfg.Alerts, cat, alert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := parser.New(parser.Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(engine)

	const step = 10 * time.Second
	var (
		now    = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		block  []byte
		result parser.Result
		lines  int
		heap   []uint64 // by hour
	)
	registry.MustRegister(metrics.NewCollector(ledger, metrics.CollectorOptions{Now: func() time.Time { return now }}))
	refused := []int{4025, 4020, 4006, 4015, 6007, 1007, 5001, 4400} // the last is unlisted
	for n := 1; n <= int(60*time.Hour/step); n++ {
		for i, source := range sources {
			block = block[:0]
			for range 4 + n/360%12 { // more by day
				lines++
				status, body := 200, "-"
				if lines%10 == 0 {
					status, body = 400, fmt.Sprintf(`{\"errorCode\":%d}`, refused[lines/10%len(refused)])
				}
				block = fmt.Appendf(block, `{"@timestamp":"%s","request":"POST /T%d/wvls/v1/licenses HTTP/1.1","status":%d,"request_time":0.%03d,"correlation_id":"c-%d","resp_body":"%s"}`+"\n",
					now.Format(time.RFC3339), lines%30, status, lines%1000, lines, body)
			}
			p.SetReference(now)
			p.Parse(&result, block, len(block))
			ledger.Commit(source, now, &result, tailer.Position{Source: source, Name: "/var/log/" + source, Offset: int64(lines), Inode: uint64(1 + i)})
		}
		engine.Evaluate(now, alert.Ledger{Snapshot: ledger.Snapshot(now)})
		if n%90 == 0 {
			if _, err := registry.Gather(); err != nil {
				t.Fatal(err)
			}
			ledger.State()
			engine.State()
		}
		if n%360 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = append(heap, m.HeapAlloc)
			t.Logf("%02d h: %d lines, %.2f MiB", n/360, lines, float64(m.HeapAlloc)/(1<<20))
		}
		now = now.Add(step)
	}
	if after, end := heap[48], heap[len(heap)-1]; end > after+after/10 {
		t.Errorf("%d bytes after 49 hours, %d after %d", after, end, len(heap))
	}
	runtime.KeepAlive(ledger)
}
