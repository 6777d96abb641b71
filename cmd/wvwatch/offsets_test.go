package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

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

// TestOldZone follows two logs with times without a zone, one of them an hour
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
