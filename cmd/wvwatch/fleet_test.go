package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fleetRules are for Prometheus: a ticket and a page on one category, and one
// that nothing happens to.
const fleetRules = `
sources: [{name: proxy, files: [proxy.log]}]
web: {external_url: "https://wvwatch.example"}
alerts:
  - {name: KeyManagerSpike, match: {categories: [key-manager]}, when: {spike: {}}, evaluate: prometheus}
  - {name: KeyManagerPage, match: {categories: [key-manager]}, when: {spike: {sensitivity: page}}, severity: critical, evaluate: prometheus}
  - {name: TokenSpike, match: {categories: [token]}, when: {spike: {}}, evaluate: prometheus}
`

// TestFleetInPrometheus has a real Prometheus judge the generated rules over ten
// exporters, each with the series of a daemon that sees 0.2 requests a second.
// All plays fail from a time on, which is one failure in five seconds on each:
// the sum fires within a minute, in a sentence.
func TestFleetInPrometheus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs for a minute")
	}
	program := need(t, "prometheus")
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	config := write(t, dir, "config.yaml", fleetRules)
	rules, err := exec.Command(binary, "rules", "--config", config).Output()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "wvwatch.rules.yaml", string(rules))
	var outage atomic.Int64 // Unix nanoseconds of its beginning; 0 before
	var targets []string
	for i := range 10 {
		targets = append(targets, fmt.Sprintf("%q", newExporter(t, i, &outage)))
	}
	address := freePort(t)
	start(t, dir, "prometheus", program, "--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+address,
		"--config.file="+write(t, dir, "prom.yml", fmt.Sprintf("global: {scrape_interval: 3s, scrape_timeout: 2s, evaluation_interval: 3s}\n"+
			"rule_files: [wvwatch.rules.yaml]\nscrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%s]}]\n", strings.Join(targets, ", "))))
	waitReady(t, address)
	time.Sleep(40 * time.Second) // the calm that the windows see
	if firing := firingIn(t, address); len(firing) > 0 {
		t.Errorf("fires while nothing happens: %v", firing)
	}
	began := time.Now()
	outage.Store(began.UnixNano())
	var firing map[string]received
	for firing = firingIn(t, address); len(firing) < 2 && time.Since(began) < 90*time.Second; firing = firingIn(t, address) {
		time.Sleep(time.Second)
	}
	if len(firing) != 2 || firing["KeyManagerSpike"].Labels == nil || firing["KeyManagerPage"].Labels == nil {
		t.Fatalf("after %s: %v", time.Since(began), firing)
	}
	t.Logf("ticket and page after %.0f s", time.Since(began).Seconds())
	want := regexp.MustCompile(`^KeyManagerSpike: more than normal: \d+ clients in 5m where 0\.\d are normal, [\d.]+% of plays, on \d+ of 10 daemons; \d+ x widevine 6007 Key manager service is not reachable$`)
	if got := firing["KeyManagerSpike"].Annotations; !want.MatchString(got["summary"]) || got["runbook_url"] != "https://wvwatch.example/runbooks/key-manager.md" {
		t.Errorf("annotations %v", got)
	}
}

// firingIn returns the alerts that fire in a Prometheus, by name.
func firingIn(t *testing.T, address string) map[string]received {
	t.Helper()
	var answer struct {
		Data struct {
			Alerts []struct {
				received
				State string
			}
		}
	}
	if err := getJSON("http://"+address+"/api/v1/alerts", &answer); err != nil {
		t.Fatal(err)
	}
	firing := make(map[string]received)
	for _, a := range answer.Data.Alerts {
		if a.State == "firing" {
			firing[a.Labels["alertname"]] = a.received
		}
	}
	return firing
}

// newExporter serves the metrics of a daemon that sees a play every five seconds,
// and returns its address.
func newExporter(t *testing.T, n int, outage *atomic.Int64) string {
	t.Helper()
	began := time.Now().Add(-time.Duration(n) * 500 * time.Millisecond) // they do not count at the same instant
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		plays := int(time.Since(began) / (5 * time.Second))
		failed := 0
		if at := outage.Load(); at != 0 {
			failed = plays - int(time.Unix(0, at).Sub(began)/(5*time.Second))
		}
		for _, rule := range []string{"KeyManagerSpike", "KeyManagerPage", "TokenSpike"} {
			clients := failed
			if rule == "TokenSpike" {
				clients = 0
			}
			label := fmt.Sprintf("{alert=%q}", rule)
			fmt.Fprintf(w, "drm_rule_affected_clients_total%s %d\ndrm_rule_plays_total%s %d\ndrm_rule_expected_clients_total%s %g\ndrm_rule_dispersion%s 1.2\ndrm_rule_known_clients%s 20\n",
				label, clients, label, plays, label, float64(plays)/500, label, label)
		}
		fmt.Fprintf(w, "wvwatch_build_info{version=\"1.0.0\"} 1\n")
		fmt.Fprintf(w, "wvwatch_catching_up{source=\"proxy\"} 0\n")
		fmt.Fprintf(w, "drm_incidents_total{category=\"key-manager\",code=\"6007\",drm=\"widevine\",severity=\"critical\",source=\"proxy\"} %d\n", failed)
		fmt.Fprintf(w, "drm_code_info{category=\"key-manager\",code=\"6007\",drm=\"widevine\",description=\"Key manager service is not reachable\"} 1\n")
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}
