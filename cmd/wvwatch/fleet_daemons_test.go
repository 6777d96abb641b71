package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFleetOfDaemons is TestFleetInPrometheus with ten real daemons: each sees
// a play in five seconds, of a client with an address of its own.
func TestFleetOfDaemons(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs for two minutes")
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
	_, alerts, _ := strings.Cut(fleetRules, "alerts:")
	var targets, logs []string
	for i := range 10 {
		address, log := freePort(t), filepath.Join(dir, fmt.Sprintf("proxy%d.log", i))
		one := write(t, dir, fmt.Sprintf("c%d.yaml", i), fmt.Sprintf("sources: [{name: proxy, files: [%q]}]\nstate: {directory: %q}\nweb: {listen: [%q]}\nalerts:%s",
			log, filepath.Join(dir, fmt.Sprint("state", i)), address, alerts))
		start(t, dir, fmt.Sprint("wvwatch", i), binary, "run", "--config", one)
		waitReady(t, address)
		targets, logs = append(targets, fmt.Sprintf("%q", address)), append(logs, log)
	}
	address := freePort(t)
	start(t, dir, "prometheus", program, "--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+address,
		"--config.file="+write(t, dir, "prom.yml", fmt.Sprintf("global: {scrape_interval: 3s, scrape_timeout: 2s, evaluation_interval: 3s}\n"+
			"rule_files: [wvwatch.rules.yaml]\nscrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%s]}]\n", strings.Join(targets, ", "))))
	waitReady(t, address)
	plays := 0
	play := func(fails bool) { // one on each daemon
		for _, log := range logs {
			plays++
			status, body := 200, "{}"
			if fails {
				status, body = 500, `{"errorCode":6007}`
			}
			appendFile(t, log, fmt.Sprintf(`{"@timestamp":"%s","request":"POST /acme/wvls/v1/licenses HTTP/1.1","status":%d,"remote_addr":"10.%d.%d.%d","correlation_id":"play-%d","resp_body":%q}`+"\n",
				time.Now().Format(time.RFC3339Nano), status, plays>>16&255, plays>>8&255, plays&255, plays, body))
			time.Sleep(500 * time.Millisecond)
		}
	}
	for range 8 {
		play(false)
	}
	if firing := firingIn(t, address); len(firing) > 0 {
		t.Errorf("fires while nothing happens: %v", firing)
	}
	began := time.Now()
	firing := firingIn(t, address)
	for ; len(firing) < 2 && time.Since(began) < 100*time.Second; firing = firingIn(t, address) {
		play(true)
	}
	if firing["KeyManagerSpike"].Labels == nil || firing["KeyManagerPage"].Labels == nil || len(firing) != 2 {
		t.Fatalf("after %s: %v", time.Since(began), firing)
	}
	t.Logf("ticket and page after %.0f s: %s", time.Since(began).Seconds(), firing["KeyManagerPage"].Annotations["summary"])
	if got := firing["KeyManagerSpike"].Annotations["summary"]; !strings.HasPrefix(got, "KeyManagerSpike: more than normal: ") || !strings.Contains(got, "widevine 6007 Key manager") {
		t.Errorf("summary %s", got)
	}
}
