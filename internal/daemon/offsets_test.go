package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

func TestOffsetsWarnOnce(t *testing.T) {
	var log bytes.Buffer
	o := offsets{log: slog.New(slog.NewTextHandler(&log, nil))}
	steady := func(d time.Duration) metrics.Lag {
		return metrics.Lag{Median: d, Low: d - time.Second, High: d + time.Second, Samples: 20}
	}
	for i, tt := range []struct {
		lag  metrics.Lag
		want string // in the log; empty for no warning
	}{
		{metrics.Lag{}, ""},
		{steady(70 * time.Second), ""},
		{metrics.Lag{Median: time.Hour, Low: time.Hour, High: time.Hour, Samples: 2}, ""}, // too few
		{metrics.Lag{Median: time.Hour, Low: time.Minute, High: 3 * time.Hour, Samples: 64}, ""},
		{steady(time.Hour + 3*time.Second), "lines of source s are 1h00m old when they are read: if its times have no zone, set timezone"},
		{steady(time.Hour + 4*time.Second), ""},
		{metrics.Lag{}, ""}, // nothing was read for a while
		{steady(time.Hour), ""},
		{steady(-time.Hour - 30*time.Minute), "lines of source s are dated 1h30m in the future"},
		{steady(time.Second), ""},
		{steady(-time.Hour - 30*time.Minute), "dated 1h30m in the future"},
		{steady(5 * time.Minute), "are 5m old"},
	} {
		log.Reset()
		o.look(time.Now(), []string{"s"}, func(string, time.Time) metrics.Lag { return tt.lag })
		if got := log.String(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || strings.Count(got, "\n") > 1 {
			t.Errorf("look %d: %q, want %q", i, got, tt.want)
		}
	}
}

// A source is warned of once, and again where its lines come later still.
func TestLatesWarn(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := alert.New([]alert.RuleConfig{
		{Name: "Short", Match: alert.Match{Codes: []int{6007}}, When: alert.When{PerMinute: 6, Over: time.Minute}},
		{Name: "Other", Match: alert.Match{Codes: []int{6007}, Sources: []string{"player"}}, When: alert.When{PerMinute: 6, Over: time.Minute}},
		{Name: "Long", Match: alert.Match{Codes: []int{6007}}, When: alert.When{PerMinute: 6, Over: time.Hour}},
		{Name: "Spike", Match: alert.Match{Codes: []int{6007}}, When: alert.When{Spike: &alert.Spike{}}},
	}, cat, alert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	l := lates{log: slog.New(slog.NewTextHandler(&log, nil))}
	for _, late := range []time.Duration{metrics.LeastLateness, 30 * time.Second, 2 * time.Minute, 2 * time.Minute, 15 * time.Minute, 2 * time.Minute} {
		l.look([]string{"proxy"}, func(string) time.Duration { return late }, engine.Shorter)
	}
	if n := strings.Count(log.String(), "the windows of Short are shorter"); n != 2 {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}
