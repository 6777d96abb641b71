package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// midRules are a rule of each kind that can be in the middle of something. All
// but Waits fire within seconds of what write does to them.
const midRules = `
metrics: {labels: [tenant]}
alerts:
  - {name: Number, match: {codes: [6007]}, when: {per_minute: 0.5, over: 10m}, keep_firing_for: 0s}
  - {name: Share, match: {codes: [4006]}, when: {share_of_requests: 0.05, min_requests: 20, over: 10m}, keep_firing_for: 0s}
  - {name: Sudden, match: {codes: [2001]}, when: {spike: {sensitivity: "3", usual: "1/h"}}, keep_firing_for: 0s}
  - {name: Each, match: {codes: [4025]}, when: {per_minute: 0.5, over: 10m}, by: [tenant], keep_firing_for: 0s}
  - {name: Kept, match: {codes: [4015]}, when: {per_minute: 6, over: 20s}, keep_firing_for: 15s}
  - {name: Waits, match: {codes: [5001]}, when: {per_minute: 0.5, over: 10m}, for: 15s, keep_firing_for: 0s}
  - {name: Silent, match: {sources: [player]}, when: {silent: 10s}, keep_firing_for: 0s}
`

// TestRestartInMidIncident interrupts the daemon, in every way there is, while an
// alert of each kind fires or waits, and reads what an Alertmanager received
// before and after: each alert has begun once, none has ended in between, none
// is missing, and the one that waits has gone on waiting.
func TestRestartInMidIncident(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	binary := buildBinary(t, t.TempDir())
	for _, interruption := range []struct {
		name string
		do   func(*testing.T, *watched)
	}{
		{"reload, then stop", func(t *testing.T, w *watched) {
			resp, err := http.Post("http://"+w.address+"/-/reload", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Fatal(resp.Status)
			}
			w.judged(evaluations(t, w.address) + 3)
			stop(t, w.process, syscall.SIGTERM)
			w.run()
		}},
		{"kill, then kill and write meanwhile", func(t *testing.T, w *watched) {
			stop(t, w.process, syscall.SIGKILL)
			w.run()
			w.judged(3)
			stop(t, w.process, syscall.SIGKILL)
			w.write("acme", 6007, 3)
			w.write("", 0, 200)
			w.run()
		}},
	} {
		t.Run(interruption.name, func(t *testing.T) {
			t.Parallel()
			told := &story{alerts: map[string][]told{}}
			receiver := httptest.NewServer(told)
			t.Cleanup(receiver.Close)
			player := filepath.Join(t.TempDir(), "player.log")
			w := newWatched(t, binary, midRules, &patient{url: receiver.URL})
			w.follow("player", player)
			appendFile(t, player, "2026-11-23T08:00:00Z INFO played on\n")
			w.run()
			w.judged(2) // a source is silent after lines that were written since
			w.write("acme", 0, 100)
			for _, code := range []int{6007, 4006, 2001, 4025} {
				w.write("acme", code, 10)
			}
			w.write("globex", 4025, 10)
			appendFile(t, player, strings.Repeat(time.Now().Format(time.RFC3339)+" INFO played on\n", 5000))
			firing := []string{"Each acme", "Each globex", "Number", "Share", "Silent", "Sudden"}
			eventually(t, "all fire", func() error { return told.fires(firing) })
			w.write("acme", 4015, 10)
			w.write("acme", 5001, 10)
			firing = append(firing, "Kept")
			eventually(t, "Kept fires", func() error { return told.fires(firing) })
			var since time.Time
			eventually(t, "Waits waits", func() (err error) { since, err = w.pendingSince("Waits"); return err })

			before := told.mark()
			interruption.do(t, w)
			w.judged(3)
			if now, err := w.pendingSince("Waits"); err == nil && !now.Equal(since) {
				t.Errorf("Waits waits since %s, before since %s", now, since)
			}
			eventually(t, "Waits fires", func() error { return told.fires([]string{"Waits"}) })
			eventually(t, "Kept ends", func() error { return told.ended("Kept") })
			if err := told.once(append(firing, "Waits")); err != nil {
				t.Error(err)
			}
			if err := told.ended("Kept"); err != nil {
				t.Error(err)
			}
			if told.mark() == before {
				t.Error("nothing was told after the restart")
			}
		})
	}
}

// judged waits until the rules were judged so often since the start.
func (w *watched) judged(n int) {
	w.t.Helper()
	eventually(w.t, "judgements", func() error {
		if got := evaluations(w.t, w.address); got < n {
			return fmt.Errorf("%d", got)
		}
		return nil
	})
}

// pendingSince returns since when an alert waits.
func (w *watched) pendingSince(rule string) (time.Time, error) {
	var answer struct {
		Alerts []struct {
			Rule, State string
			ActiveSince time.Time `json:"active_since"`
		}
	}
	if err := getJSON("http://"+w.address+"/api/v1/alerts", &answer); err != nil {
		return time.Time{}, err
	}
	for _, a := range answer.Alerts {
		if a.Rule == rule && a.State == "pending" {
			return a.ActiveSince, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s does not wait: %v", rule, answer.Alerts)
}

// story is an Alertmanager that records all messages about each alert.
type story struct {
	mu       sync.Mutex
	messages int
	alerts   map[string][]told // by alertname and tenant
}

type told struct {
	starts time.Time
	ended  bool
}

func (s *story) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var alerts []struct {
		Labels           map[string]string
		StartsAt, EndsAt time.Time
	}
	if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil && !errors.Is(err, io.EOF) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	for _, a := range alerts {
		name := strings.TrimSpace(a.Labels["alertname"] + " " + a.Labels["tenant"])
		s.alerts[name] = append(s.alerts[name], told{a.StartsAt, !a.EndsAt.After(time.Now())})
	}
}

func (s *story) mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages
}

// fires returns an error for an alert that was not received, or that has ended.
func (s *story) fires(names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		if said := s.alerts[name]; len(said) == 0 || said[len(said)-1].ended {
			return fmt.Errorf("%s does not fire: %v", name, s.alerts)
		}
	}
	return nil
}

func (s *story) ended(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if said := s.alerts[name]; len(said) == 0 || !said[len(said)-1].ended {
		return fmt.Errorf("%s has not ended: %v", name, said)
	}
	return nil
}

// once reports an alert that began twice, or went on after its end, or is none
// of the names.
func (s *story) once(names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for name, said := range s.alerts {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("told of %s", name))
		}
		for i := 1; i < len(said); i++ {
			if !said[i].starts.Equal(said[0].starts) {
				errs = append(errs, fmt.Errorf("%s began at %s, and at %s", name, said[0].starts, said[i].starts))
			}
			if said[i-1].ended && !said[i].ended {
				errs = append(errs, fmt.Errorf("%s fires again after its end", name))
			}
		}
	}
	return errors.Join(errs...)
}
