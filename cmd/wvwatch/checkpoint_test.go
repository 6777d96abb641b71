package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wvwatch/internal/state"
)

// saved is a daemon with one source and its checkpoint.
type savedDaemon struct {
	t                       *testing.T
	dir, binary, config     string
	address, log, directory string
}

func newSavedDaemon(t *testing.T) *savedDaemon {
	t.Helper()
	dir := t.TempDir()
	d := &savedDaemon{t: t, dir: dir, binary: buildBinary(t, dir), address: freePort(t), log: write(t, dir, "app.log", ""), directory: filepath.Join(dir, "state")}
	d.config = write(t, dir, "config.yaml", fmt.Sprintf(
		"sources: [{name: a, files: [%q]}]\nstate: {directory: %q, interval: 1h}\nweb: {listen: [%q]}\n", d.log, d.directory, d.address))
	return d
}

func (d *savedDaemon) run() *exec.Cmd {
	d.t.Helper()
	p := start(d.t, d.dir, "wvwatch", d.binary, "run", "--config", d.config)
	waitReady(d.t, d.address)
	return p
}

// records appends n records of each of the codes.
func (d *savedDaemon) records(n int, codes ...int) {
	d.t.Helper()
	var b strings.Builder
	for range n {
		for _, code := range codes {
			fmt.Fprintf(&b, `{"@timestamp":%q,"errorCode":%d}`+"\n", time.Now().Format(time.RFC3339Nano), code)
		}
	}
	f, err := os.OpenFile(d.log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(b.String()); err != nil {
		d.t.Fatal(err)
	}
}

// shows waits until each of the codes is exported with n.
func (d *savedDaemon) shows(n int, codes ...int) {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("%d of each code", n), func() error {
		got, err := scrapeExtras(d.address)
		if err != nil {
			return err
		}
		want := map[seriesKey]int{}
		for _, code := range codes {
			want[seriesKey{"a", "widevine", fmt.Sprint(code)}] = n
		}
		return sameCounts(want, got)
	})
}

// TestReloadThenKill reloads between the 0 and the count of 200 series, and kills
// the daemon after each scrape in turn: no series that was shown is 0 or gone later.
func TestReloadThenKill(t *testing.T) {
	d := newSavedDaemon(t)
	var codes []int
	for code := 9000; code < 9090; code++ { // not listed, fewer than the limit
		codes = append(codes, code)
	}
	p := d.run()
	most := map[seriesKey]int{}
	look := func() {
		t.Helper()
		got, err := scrapeExtras(d.address)
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range most {
			if got[k] < n {
				t.Fatalf("%v goes back from %d to %d", k, n, got[k])
			}
		}
		most = got
	}
	for round := range 4 {
		d.records(1, codes[:20*(round+1)]...)
		eventually(t, "the lines", func() error {
			n, err := metric(d.address, "wvwatch_lines_total")
			if err == nil && n == 0 {
				err = fmt.Errorf("none yet")
			}
			return err
		})
		for range round {
			look()
		}
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		look()
		stop(t, p, syscall.SIGKILL)
		p = d.run()
		look()
	}
	eventually(t, "every series", func() error {
		look()
		if len(most) != 80 {
			return fmt.Errorf("%d series", len(most))
		}
		return nil
	})
}

// TestDamagedCheckpoint damages the newest checkpoint, then its alert states, then
// both checkpoints: the daemon starts, logs what it uses, and counts correctly.
func TestDamagedCheckpoint(t *testing.T) {
	d := newSavedDaemon(t)
	newest, previous := filepath.Join(d.directory, "wvwatch.state"), filepath.Join(d.directory, "wvwatch.state.previous")
	loaded := func(want string) {
		t.Helper()
		text := metricsText(t, d.address)
		if line := fmt.Sprintf("wvwatch_checkpoint_loaded{generation=%q} 1\n", want); !strings.Contains(text, line) {
			t.Errorf("no %s", line)
		}
	}
	p := d.run()
	loaded("none")
	d.records(50, 4006, 4025)
	d.shows(50, 4006, 4025)
	d.records(10, 4006, 4025)
	d.shows(60, 4006, 4025)
	stop(t, p, syscall.SIGTERM)

	if err := os.WriteFile(newest, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = d.run()
	loaded("previous")
	d.shows(60, 4006, 4025)
	stop(t, p, syscall.SIGTERM)

	text, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := state.Unmarshal(text)
	if err != nil || len(checkpoint.Alerts) == 0 {
		t.Fatalf("%v, alerts %s", err, checkpoint.Alerts)
	}
	checkpoint.Alerts = json.RawMessage(`{"rules":"foreign"}`)
	if text, err = state.Marshal(checkpoint); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(newest, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p = d.run()
	loaded("newest")
	d.records(1, 4006, 4025)
	d.shows(61, 4006, 4025)
	stop(t, p, syscall.SIGTERM)

	for _, path := range []string{newest, previous} {
		if err := os.Truncate(path, 99); err != nil {
			t.Fatal(err)
		}
	}
	p = d.run()
	loaded("none")
	d.shows(61, 4006, 4025) // from the beginning of the file
	stop(t, p, syscall.SIGTERM)
}

// TestDeletedStateDirectory deletes the directory while the daemon runs: the next
// save makes it again, and a kill after that loses nothing.
func TestDeletedStateDirectory(t *testing.T) {
	d := newSavedDaemon(t)
	p := d.run()
	d.records(5, 4006)
	d.shows(5, 4006)
	eventually(t, "the directory to be gone", func() error { return os.RemoveAll(d.directory) }) // while it may be saving
	d.records(5, 4006)
	d.shows(10, 4006)
	if out, err := exec.Command(d.binary, "run", "--config", d.config, "--web.listen-address", freePort(t)).CombinedOutput(); err == nil || !strings.Contains(string(out), "is used by another wvwatch") {
		t.Errorf("a second daemon: %v\n%s", err, out)
	}
	stop(t, p, syscall.SIGKILL)
	if err := os.Rename(d.log, d.log+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, d.dir, "app.log", "")
	p = d.run()
	d.shows(10, 4006)
	stop(t, p, syscall.SIGTERM)
}
