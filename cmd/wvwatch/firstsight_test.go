package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFirstSight lets series be born late, of new tenants and of codes that no
// table lists, some of them just before a kill, and asks a real Prometheus whether
// it saw the 0 before the first event: without it increase() misses that one.
func TestFirstSight(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for some seconds")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	daemon := freePort(t)
	prom := scraper(t, dir, program, daemon)
	logFile := write(t, dir, "proxy.log", "")
	config := write(t, dir, "config.yaml", fmt.Sprintf(
		"sources: [{name: proxy, files: [%q]}]\nmetrics: {labels: [tenant]}\nstate: {directory: %q, interval: 200ms}\nweb: {listen: [%q]}\n",
		logFile, filepath.Join(dir, "state"), daemon))
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }
	type series struct {
		tenant string
		code   int
	}
	events := map[series]int{}
	report := func(s series, n int) {
		t.Helper()
		f, err := os.OpenFile(logFile, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for range n {
			events[s]++
			if _, err := fmt.Fprintf(f, `{"@timestamp":%q,"request":"POST /%s/wvls/v1/licenses HTTP/1.1","status":400,"resp_body":"{\"errorCode\":%d,\"message\":\"m\"}"}`+"\n",
				time.Now().Format(time.RFC3339Nano), s.tenant, s.code); err != nil {
				t.Fatal(err)
			}
		}
	}
	value := func(query string, s series) (float64, error) {
		got, err := queryFloats(prom, fmt.Sprintf(query, fmt.Sprintf(`drm_extras_total{tenant=%q,code="%d"}`, s.tenant, s.code)))
		for _, v := range got {
			return v, err
		}
		return -1, err // no such series
	}
	seen := func() {
		t.Helper()
		for s, n := range events {
			eventually(t, fmt.Sprintf("all of %v in Prometheus", s), func() error {
				if v, err := value("%s", s); err != nil || v != float64(n) {
					return fmt.Errorf("%v of %d, %w", v, n, err)
				}
				return nil
			})
		}
	}
	p := run()
	report(series{"first", 4006}, 5)
	seen()
	report(series{"second", 4006}, 1)
	report(series{"first", 9911}, 3)
	seen()
	report(series{"third", 4025}, 1)
	report(series{"third", 9912}, 2)
	stop(t, p, syscall.SIGKILL)
	run()
	seen()
	for s, n := range events {
		if s.tenant == "first" && s.code == 4006 {
			continue // it came before the first scrape
		}
		first, err := value("min_over_time(%s[10m])", s)
		if err != nil || first != 0 {
			t.Errorf("%v begins with %v in Prometheus, want 0; %v", s, first, err)
		}
		grown, err := value("increase(%s[10m])", s)
		if err != nil || grown < 0.99*float64(n) {
			t.Errorf("increase() of %v is %v, %d were written; %v", s, grown, n, err)
		}
	}
}
