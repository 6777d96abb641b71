package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
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

// lockedBuffer may be written and read at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestOldZone follows two logs whose times have no zone, one of them an hour
// older than that of the source: one gauge, and one warning with the offset and the
// fix. A backlog of yesterday's lines, read first, is no lag.
func TestOldZone(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for some seconds")
	}
	dir := t.TempDir()
	binary, address := buildBinary(t, dir), freePort(t)
	line := func(age time.Duration) string {
		return fmt.Sprintf("%s WARN /wvls/ refused body={\"errorCode\":6007,\"message\":\"x\"}\n", time.Now().UTC().Add(-age).Format(time.DateTime))
	}
	old, fresh := write(t, dir, "old.log", ""), write(t, dir, "fresh.log", strings.Repeat(line(24*time.Hour), 100))
	config := write(t, dir, "config.yaml", fmt.Sprintf(
		"sources: [{name: old, files: [%q], timezone: UTC}, {name: fresh, files: [%q], timezone: UTC}]\nstate: {directory: %q}\nweb: {listen: [%q]}\n",
		old, fresh, filepath.Join(dir, "state"), address))
	var log lockedBuffer
	cmd := exec.Command(binary, "run", "--config", config)
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	waitReady(t, address)
	add := func(file, text string) {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(text)
			_ = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const warning = "lines of source old are 1h00m old when they are read: if its times have no zone, set timezone of the source"
	eventually(t, "the warning", func() error {
		add(old, line(time.Hour))
		add(fresh, line(0))
		if !strings.Contains(log.String(), warning) {
			return fmt.Errorf("not in\n%s", log.String())
		}
		return nil
	})
	text := metricsText(t, address)
	lag := func(source string) (seconds float64) {
		_, rest, _ := strings.Cut(text, fmt.Sprintf("\nwvwatch_event_lag_seconds{source=%q} ", source))
		if n, err := fmt.Sscan(rest, &seconds); n != 1 {
			t.Errorf("no lag of %s: %v", source, err)
		}
		return seconds
	}
	if got := lag("old"); got < 3600 || got > 3660 {
		t.Errorf("the lag of old is %v s", got)
	}
	if got := lag("fresh"); got < 0 || got > 60 {
		t.Errorf("the lag of fresh is %v s", got)
	}
	stop(t, cmd, syscall.SIGTERM)
	if n := strings.Count(log.String(), "lines of source"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log.String())
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
