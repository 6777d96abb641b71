package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 5, "how often TestKills kills the daemon")

// TestKills kills the daemon with SIGKILL at random moments while five logs are
// written and rotated, and asks a real Prometheus what it saw: no counter ever
// goes back, increase() over the whole run is what was written, and the last
// value of each series is exact, also of a code that no table lists, which
// therefore has no series before it occurs.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	daemon := freePort(t)
	prom := scraper(t, dir, program, daemon)
	w := newWriters(t, dir)
	config := write(t, dir, "config.yaml", fmt.Sprintf("%s\nstate: {directory: %q, interval: 200ms}\nweb: {listen: [%q]}\n",
		w.sources(), filepath.Join(dir, "state"), daemon))
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }

	// The first scrape comes before the first line: increase() does not count the
	// value that a counter has when it is scraped first.
	p := run()
	eventually(t, "first scrape", func() error {
		got, err := queryExtras(prom, `drm_extras_total{code="4006"}`)
		if err == nil && len(got) == 0 {
			err = fmt.Errorf("none yet")
		}
		return err
	})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	end, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		for n := 0; ; n++ {
			select {
			case <-end:
				return
			default:
			}
			w.write(40, usual)
			if n%25 == 24 {
				w.each(func(s *writer) { s.rename() })
			}
		}
	}()
	for range *kills {
		time.Sleep(time.Duration(300+random.IntN(1500)) * time.Millisecond) // the random moment is the point
		stop(t, p, syscall.SIGKILL)
		p = run()
	}
	waitReady(t, daemon)
	close(end)
	<-written

	want := w.truth()
	eventually(t, "every count in Prometheus", func() error {
		got, err := queryExtras(prom, "drm_extras_total > 0")
		if err != nil {
			return err
		}
		return sameCounts(want, got)
	})
	resets, err := queryExtras(prom, "resets(drm_extras_total[10m]) > 0")
	if err != nil || len(resets) > 0 {
		t.Errorf("counters went back: %v %v", resets, err)
	}
	// increase() guesses up to a scrape interval beyond its first and last
	// sample; over some hundred samples that is a few in a thousand.
	samples, err := queryBy(prom, "code", `max by (code) (count_over_time(drm_extras_total{code="4006"}[10m]))`)
	if err != nil {
		t.Fatal(err)
	}
	allowed := max(0.03, 2.5/samples["4006"])
	increase, err := queryFloats(prom, "increase(drm_extras_total[10m]) > 0")
	if err != nil {
		t.Fatal(err)
	}
	total, sum, worst := 0, 0.0, 0.0
	for k, n := range want {
		got := increase[k]
		off := math.Abs(got/float64(n) - 1)
		if off > allowed {
			t.Errorf("increase() of %v is %.1f, written %d", k, got, n)
		}
		total, sum, worst = total+n, sum+got, max(worst, off)
	}
	t.Logf("%d kills, %d codes in %d series, all exact, no counter went back; sum(increase()) %.0f, the worst series %.1f %% off",
		*kills, total, len(want), sum, 100*worst)
}

// scraper starts a Prometheus that scrapes target four times a second, and returns
// its address.
func scraper(t *testing.T, dir, program, target string) (address string) {
	t.Helper()
	address = freePort(t)
	start(t, dir, "prometheus", program, "--config.file="+write(t, dir, "prom.yml", fmt.Sprintf(
		"global: {scrape_interval: 250ms, scrape_timeout: 250ms}\nscrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%q]}]\n", target)),
		"--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+address)
	return address
}
