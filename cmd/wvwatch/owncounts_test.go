package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lose has bytes of file lost: they are truncated before the daemon has read them.
func lose(t *testing.T, daemon, file string) (lost float64) {
	t.Helper()
	before, err := metric(daemon, "wvwatch_lost_bytes_total")
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte("a line that says nothing of any licence, but has to be read all the same\n"), 300_000)
	eventually(t, "lost bytes", func() error {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		lines, err := metric(daemon, "wvwatch_lines_total")
		if err != nil {
			return err
		}
		if _, err := f.Write(block); err != nil {
			return err
		}
		for range 1000 { // until some of it was read
			if n, err := metric(daemon, "wvwatch_lines_total"); err != nil || n > lines {
				break
			}
		}
		if err := f.Truncate(0); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(f, "%d\n", time.Now().UnixNano()); err != nil {
			return err
		}
		now, err := metric(daemon, "wvwatch_lost_bytes_total")
		if err == nil && now <= before {
			err = fmt.Errorf("still %v lost", now)
		}
		lost = now - before
		return err
	})
	return lost
}

// TestLossAfterARestart loses bytes, restarts and reloads, loses more, and asks a
// real Prometheus with the shipped rules: the counters of the daemon's own go on,
// and the first loss after the restart fires WvwatchLosesBytes.
func TestLossAfterARestart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary, daemon, prom := buildBinary(t, dir), freePort(t), freePort(t)
	file := write(t, dir, "app.log", "begin\n")
	config := write(t, dir, "config.yaml", fmt.Sprintf(
		"sources: [{name: proxy, files: [%q]}]\nstate: {directory: %q}\nweb: {listen: [%q]}\n", file, filepath.Join(dir, "state"), daemon))
	run := func() *exec.Cmd {
		p := start(t, dir, "wvwatch", binary, "run", "--config", config)
		waitReady(t, daemon)
		return p
	}
	p := run()
	lose(t, daemon, file)
	if f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	} else if _, err := f.WriteString(strings.Repeat("x", 3<<20) + "\n"); err != nil { // overlong
		t.Fatal(err)
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	own := func() map[string]float64 {
		t.Helper()
		counts := map[string]float64{}
		for _, name := range []string{"rotations", "truncations", "lost_bytes", "lost_files", "overlong_lines", "open_errors"} {
			n, err := metric(daemon, "wvwatch_"+name+"_total")
			if err != nil {
				t.Fatal(err)
			}
			counts[name] = n
		}
		return counts
	}
	eventually(t, "the overlong line", func() error {
		if own()["overlong_lines"] == 0 {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	want := own()
	goesOn := func(when string) {
		t.Helper()
		for name, n := range own() {
			if n < want[name] {
				t.Errorf("%s: %s is %v, it was %v", when, name, n, want[name])
			}
		}
	}

	// Prometheus sees the first loss from the beginning, as a constant.
	rules, err := filepath.Abs("../../deploy/prometheus/daemon.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	start(t, dir, "prometheus", program, "--config.file="+write(t, dir, "prom.yml", fmt.Sprintf(
		"global: {scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%q]}]\n", rules, daemon)),
		"--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+prom)
	samples := func(when string) {
		t.Helper()
		first := 0.0
		eventually(t, "samples "+when, func() error {
			got, err := queryBy(prom, "source", "count_over_time(wvwatch_lost_bytes_total[1h])")
			if first == 0 {
				first = got["proxy"]
			}
			if n := got["proxy"]; err == nil && (n == 0 || n < first+4) {
				err = fmt.Errorf("%v samples, the first time %v", n, first)
			}
			return err
		})
	}
	samples("before the restart")
	for _, signal := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		if signal == syscall.SIGHUP {
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			samples("after a reload")
			goesOn("after a reload")
			continue
		}
		stop(t, p, signal.(syscall.Signal))
		p = run()
		goesOn("after " + signal.String())
	}
	samples("after the restart")
	if fires, err := queryBy(prom, "source", `increase(wvwatch_lost_bytes_total[15m]) > 0`); err != nil || len(fires) > 0 {
		t.Fatalf("something is lost already: %v %v", fires, err)
	}
	lost := lose(t, daemon, file)
	eventually(t, "WvwatchLosesBytes", func() error {
		got, err := queryBy(prom, "alertname", `ALERTS{alertname="WvwatchLosesBytes",alertstate="firing"}`)
		if err == nil && got["WvwatchLosesBytes"] != 1 {
			err = fmt.Errorf("%v", got)
		}
		return err
	})
	for name := range want {
		if resets, err := queryBy(prom, "source", "resets(wvwatch_"+name+"_total[1h]) > 0"); err != nil || len(resets) > 0 {
			t.Errorf("%s went back: %v %v", name, resets, err)
		}
	}
	t.Logf("%v bytes lost before, %v after the restarts", want["lost_bytes"], lost)
}
