package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A small fleet: twenty daemons, three of which fail. Prometheus finds in the sum
// what none of them finds alone.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for two minutes")
	}
	if _, err := exec.LookPath("prometheus"); err != nil {
		t.Skip("no prometheus in the path: install Debian's package prometheus to run this test")
	}
	p := proof{daemons: 20, failing: 3, pace: 13 * time.Second, interval: 3 * time.Second, calm: 75 * time.Second, patience: 3 * time.Minute}
	found, err := p.run(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	found.print(&report)
	t.Logf("\n%s", report.String())
	if err := found.fault(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"KeyManagerSpike: more than normal: ", " of 20 daemons; ", "widevine 6007 Key manager service is not reachable"} {
		if !strings.Contains(found.summary, want) {
			t.Errorf("the summary lacks %q: %s", want, found.summary)
		}
	}
	if len(found.queries) < 80 {
		t.Errorf("%d queries", len(found.queries))
	}
}

// A daemon alone is silent for a minute, and finds the outage later: that its
// detector is deaf is not what the proof rests on.
func TestDaemonAlone(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	d := newDaemon(1, 13*time.Second, nil, now)
	d.fail(now)
	after := d.firesAlone(now.Add(10 * time.Minute)).Sub(now)
	if after < time.Minute || after > 5*time.Minute {
		t.Errorf("fires after %s", after)
	}
	if calm := newDaemon(1, 13*time.Second, nil, now).firesAlone(now.Add(time.Hour)); !calm.IsZero() {
		t.Errorf("fires without an outage after %s", calm.Sub(now))
	}
}
