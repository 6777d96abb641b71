package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"wvwatch/internal/state"
)

// queryBy asks Prometheus for one value for each value of a label.
func queryBy(address, label, query string) (map[string]float64, error) {
	var answer struct {
		Error string `json:"error"`
		Data  struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := getJSON("http://"+address+"/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("%s: %s", query, answer.Error)
	}
	got := map[string]float64{}
	for _, r := range answer.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			return nil, err
		}
		got[r.Metric[label]] += v
	}
	return got, nil
}

// savedFiles returns the names of the files of which the checkpoint in dir has a
// position.
func savedFiles(t *testing.T, dir string) map[string]bool {
	t.Helper()
	copied := t.TempDir() // the directory is locked by a daemon, or will be
	for _, name := range []string{"wvwatch.state", "wvwatch.state.previous"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, name), b, 0o600)
		}
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	s, err := state.Open(copied, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	saved := map[string]bool{}
	for _, p := range c.Metrics.Positions {
		saved[p.Name] = saved[p.Name] || p.Offset > 0
	}
	return saved
}

// TestKillsNewFile kills the daemon within its checkpoint interval of an hour, at
// a random moment after a file appeared, and renames the file while it is down, in
// every second round to a name that the glob does not match. Each file has a
// tenant of its own. A real Prometheus saw no counter go back, no file counts
// twice, and a file with a saved position, or with any exported count, is counted
// to its end, unless a counter of losses reports otherwise.
func TestKillsNewFile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary, daemon := buildBinary(t, dir), freePort(t)
	prom := scraper(t, dir, program, daemon)
	logs, states := filepath.Join(dir, "logs"), filepath.Join(dir, "state")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	config := write(t, dir, "config.yaml", fmt.Sprintf(
		"sources: [{name: proxy, files: [%q]}]\nmetrics: {labels: [tenant], label_limit: 1000}\nstate: {directory: %q, interval: 1h}\nweb: {listen: [%q]}\n",
		filepath.Join(logs, "*.log"), states, daemon))
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	written, saved := map[string]int{}, map[string]bool{}
	p := run()
	waitReady(t, daemon)
	for n := range *kills {
		tenant := fmt.Sprintf("t%d", n)
		path := filepath.Join(logs, tenant+".log")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		// The random moment is the point: before the file is found, before its
		// position is saved, between the 0 and the count of its series, after them.
		kill := time.Now().Add(time.Duration(random.IntN(2000)) * time.Millisecond)
		for written[tenant] < 20 || time.Now().Before(kill) {
			written[tenant]++
			if _, err := fmt.Fprintf(f, `{"@timestamp":%q,"request":"POST /%s/wvls/v1/licenses HTTP/1.1","status":400,"n":%d,"resp_body":"{\"errorCode\":4006,\"message\":\"m\"}"}`+"\n",
				time.Now().Format(time.RFC3339Nano), tenant, written[tenant]); err != nil {
				t.Fatal(err)
			}
			if written[tenant] >= 20 {
				time.Sleep(3 * time.Millisecond) // the pace of a service
			}
		}
		stop(t, p, syscall.SIGKILL)
		saved[tenant] = savedFiles(t, states)[path]
		renamed := path + ".1"
		if n%2 == 1 {
			renamed = strings.TrimSuffix(path, ".log") + ".done"
		}
		if err := os.Rename(path, renamed); err != nil {
			t.Fatal(err)
		}
		f.Close()
		p = run()
		waitReady(t, daemon)
	}

	// One more line of a tenant of its own: what was read before it is shown with it.
	written["last"], saved["last"] = 1, true
	write(t, logs, "last.log", `{"request":"POST /last/wvls/v1/licenses HTTP/1.1","status":400,"resp_body":"{\"errorCode\":4006}"}`+"\n")
	counted := func() (map[string]float64, error) { return queryBy(prom, "tenant", `drm_extras_total{code="4006"}`) }
	eventually(t, "the last line in Prometheus", func() error {
		got, err := counted()
		if err == nil && got["last"] != 1 {
			err = fmt.Errorf("counted %v", got["last"])
		}
		return err
	})
	got, err := counted()
	if err != nil {
		t.Fatal(err)
	}
	resets, err := queryBy(prom, "tenant", "resets(drm_extras_total[1h]) > 0")
	if err != nil || len(resets) > 0 {
		t.Errorf("counters went back: %v %v", resets, err)
	}
	most, err := queryBy(prom, "tenant", `max_over_time(drm_extras_total{code="4006"}[1h])`)
	if err != nil {
		t.Fatal(err)
	}
	lostFiles, err1 := metric(daemon, "wvwatch_lost_files_total")
	lostBytes, err2 := metric(daemon, "wvwatch_lost_bytes_total")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	unknown, lines, missing := 0, 0, 0
	for tenant, n := range written {
		lines += n
		switch v := int(got[tenant]); {
		case v > n:
			t.Errorf("%s: counted %d, written %d", tenant, v, n)
		case v < n && (saved[tenant] || most[tenant] > 0) && lostFiles+lostBytes == 0:
			t.Errorf("%s: counted %d, written %d, and nothing is said to be lost; position saved %v, at most %v shown", tenant, v, n, saved[tenant], most[tenant])
		case v < n:
			unknown++
			missing += n - v
		}
	}
	t.Logf("%d kills, %d lines, %d counters went back; %d files (%d lines) were renamed before their position was saved and anything was shown; lost files %v, bytes %v",
		*kills, lines, len(resets), unknown, missing, lostFiles, lostBytes)
}
