package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHourOfBacklog lets the daemon read an hour of log at once: at its first
// start, and after it was down for that hour. In it an outage began and ended
// long ago, and another one goes on. Only the second one may be reported,
// and every line counts.
func TestHourOfBacklog(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads 60 MB")
	}
	for name, before := range map[string]bool{"first start": false, "after an hour down": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			address := freePort(t)
			logFile := filepath.Join(dir, "proxy.log")
			config := write(t, dir, "config.yaml", fmt.Sprintf(`
sources: [{name: proxy, files: [%q]}]
state: {directory: %q}
web: {listen: [%q]}
alerts:
  - {name: Past, match: {codes: [4006]}, when: {per_minute: 6, over: 5m}, for: 0s}
  - {name: Present, match: {codes: [6007]}, when: {per_minute: 6, over: 5m}, for: 0s}
`, logFile, filepath.Join(dir, "state"), address))
			binary := buildBinary(t, dir)
			stderr, err := os.Create(filepath.Join(dir, "stderr"))
			if err != nil {
				t.Fatal(err)
			}
			defer stderr.Close()
			run := func() *exec.Cmd {
				cmd := exec.Command(binary, "run", "--config", config)
				cmd.Stderr = stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
				return cmd
			}
			want := map[seriesKey]int{}
			log := &bytes.Buffer{}
			line := func(at time.Time, code int) {
				body := "{}"
				if code > 0 {
					body = fmt.Sprintf(`{"errorCode":%d,"message":"m"}`, code)
					want[seriesKey{"proxy", "widevine", fmt.Sprint(code)}]++
				}
				fmt.Fprintf(log, `{"@timestamp":%q,"request":"POST /T/wvls/v1/licenses HTTP/1.1","status":200,"resp_body":%q}`+"\n", at.Format(time.RFC3339Nano), body)
			}
			flush := func() {
				t.Helper()
				f, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if _, err := log.WriteTo(f); err != nil {
					t.Fatal(err)
				}
			}
			if before {
				line(time.Now().Add(-time.Hour), 4025)
				flush()
				p := run()
				waitReady(t, address)
				stop(t, p, syscall.SIGTERM)
			}
			const lines = 300_000
			now := time.Now()
			for i := range lines {
				ago := time.Hour * time.Duration(lines-i) / lines
				code := 0
				switch {
				case ago > 40*time.Minute && ago < 50*time.Minute && i%50 == 0:
					code = 4006
				case ago < 10*time.Minute && i%50 == 0:
					code = 6007
				case i%1000 == 0:
					code = 4025
				}
				line(now.Add(-ago), code)
			}
			flush()
			began := time.Now()
			p := run()
			stale := 0 // scrapes of counts that are not whole
			eventually(t, "ready", func() error {
				resp, err := http.Get("http://" + address + "/metrics")
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					return fmt.Errorf("%s", resp.Status)
				}
				if got, err := scrapeExtras(address); err != nil || sameCounts(want, got) != nil {
					stale++
				}
				return nil
			})
			t.Logf("%d lines, an hour, on /metrics %.1f s after the start", lines, time.Since(began).Seconds())
			if stale > 0 {
				t.Error("a scrape was answered before the backlog was counted")
			}
			var status struct {
				Alerts []struct{ Rule, State string }
			}
			eventually(t, "the present outage", func() error {
				if err := getJSON("http://"+address+"/api/v1/alerts", &status); err != nil {
					return err
				}
				for _, a := range status.Alerts {
					if a.Rule == "Present" && a.State == "firing" {
						return nil
					}
				}
				return fmt.Errorf("only %v", status.Alerts)
			})
			stop(t, p, syscall.SIGTERM)
			said, err := os.ReadFile(filepath.Join(dir, "stderr"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(said), "rule=Past") {
				t.Errorf("an outage of the past was told of:\n%s", said)
			}
		})
	}
}
