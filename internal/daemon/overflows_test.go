package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestOverflowWarnings(t *testing.T) {
	var log bytes.Buffer
	o := overflows{log: slog.New(slog.NewTextHandler(&log, nil))}
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		after  time.Duration
		tenant uint64
		want   int // warnings
	}{
		{0, 7, 0}, // of before the restart
		{time.Second, 7, 0}, {time.Second, 9, 1}, {time.Minute, 20, 0}, {59 * time.Minute, 21, 1}, {time.Hour, 21, 0}, {time.Second, 22, 1},
	} {
		log.Reset()
		now = now.Add(step.after)
		o.look(now, map[string]uint64{"tenant": step.tenant, "app": 0})
		if got := strings.Count(log.String(), "label=tenant"); got != step.want || strings.Contains(log.String(), "label=app") {
			t.Errorf("step %d: %d warnings, want %d: %s", i, got, step.want, log.String())
		}
	}
}
