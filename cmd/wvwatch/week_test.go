package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// weekSeed is of a week without a false alarm. By the default rules there are 0.7
// of them in a week of this log on average, all of them tickets on codes that
// are rare: two or three viewers who press play again and again at the same time.
const weekSeed = 0

// TestWeekOfOldLogs starts the daemon for the first time over a week of rotated
// logs that holds three incidents: it counts every line and reports
// nothing until something happens now. A replay of the same files finds the
// three, and nothing else: times in which alerts fired without a pause.
func TestWeekOfOldLogs(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a week of logs")
	}
	dir := t.TempDir()
	w := newWeekLog(weekSeed, time.Now())
	files := w.write(t, dir)

	t.Run("replay", func(t *testing.T) {
		r := replayed(t, files...)
		want := weekIncidents()
		if len(r.Incidents) != len(want) {
			t.Errorf("%d incidents, want %d", len(r.Incidents), len(want))
		}
		for i, got := range r.Incidents {
			t.Logf("%s for %s: %q", got.From.Format(time.DateTime), got.To.Sub(got.From), got.Rules)
			if i >= len(want) {
				break
			}
			slices.Sort(got.Rules)
			if begins := w.begin.Add(want[i].from); !slices.Equal(got.Rules, want[i].rules) || got.From.Before(begins) || got.From.After(w.begin.Add(want[i].to)) {
				t.Errorf("%s: fired %q at %s, want %q after %s", want[i].name, got.Rules, got.From, want[i].rules, begins)
			}
		}
	})

	t.Run("first start", func(t *testing.T) {
		var told inbox
		receiver := httptest.NewServer(&told)
		defer receiver.Close()
		address := freePort(t)
		config := write(t, t.TempDir(), "config.yaml", fmt.Sprintf("sources: [{name: proxy, files: [%q]}]\nstate: {directory: %q}\nweb: {listen: [%q]}\nnotify: {alertmanager: {urls: [%q]}}\n",
			filepath.Join(dir, "access.log*"), t.TempDir(), address, receiver.URL))
		stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		defer stderr.Close()
		p := exec.Command(buildBinary(t, t.TempDir()), "run", "--config", config)
		p.Stderr = stderr
		began := time.Now()
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = p.Process.Kill(), p.Wait() })
		waitReady(t, address)
		t.Logf("%d lines of a week read in %.1f s", len(w.lines), time.Since(began).Seconds())
		if got, err := scrapeExtras(address); err != nil || sameCounts(w.counts, got) != nil {
			t.Errorf("counts: %v %v", err, sameCounts(w.counts, got))
		}
		after := evaluations(t, address)
		eventually(t, "five judgements of all that was read", func() error {
			if n := evaluations(t, address); n < after+5 {
				return fmt.Errorf("%d", n-after)
			}
			return nil
		})
		if got := told.all(); len(got) > 0 {
			t.Errorf("told of the past: %q", got)
		}
		// The silence proves something only if an outage of now is reported.
		for i := range 40 {
			appendFile(t, files[0], fmt.Sprintf(`{"@timestamp":"%s","remote_addr":"203.0.113.%d","request":"POST /acme/wvls/v1/licenses HTTP/1.1","status":500,"resp_body":"{\"errorCode\":6007}"}`+"\n", time.Now().Format(time.RFC3339Nano), i))
		}
		eventually(t, "an outage of now is told", func() error {
			if got := told.all(); !strings.Contains(strings.Join(got, "\n"), `"alertname":"KeyManagerFailing"`) {
				return fmt.Errorf("told %q", got)
			}
			return nil
		})
		stop(t, p, syscall.SIGTERM)
		said, err := os.ReadFile(stderr.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(said), "alert firing"); n != 2 {
			t.Errorf("%d alerts fired, want the page and the ticket of now:\n%s", n, said)
		}
	})
}

// inbox is an Alertmanager that keeps the requests it receives.
type inbox struct {
	mu  sync.Mutex
	got []string
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.got = append(in.got, string(body))
}

func (in *inbox) all() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.got)
}

// evaluations is how often the rules have been judged.
func evaluations(t *testing.T, address string) (n int) {
	t.Helper()
	const name = "\nwvwatch_alert_evaluations_total "
	_, rest, _ := strings.Cut(metricsText(t, address), name)
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatalf("no %s: %v", name, err)
	}
	return n
}
