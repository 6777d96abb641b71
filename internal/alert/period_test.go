package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// When an alert fired is known for a day, also after a restart, and no longer.
func TestPeriods(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0))
	l := &log{cat: cat}
	l.burst(1*min1, "proxy", 6007, 6)
	l.burst(10*min1, "proxy", 6007, 6)
	l.run(e, 9*min1+55*time.Second)
	e = restart(t, e, cat, keyManager(0, 0))
	if got := e.Periods(); len(got) != 1 {
		t.Fatalf("after the first: %+v", got)
	}
	l.run(e, 20*min1)
	var got []string
	for _, p := range e.Periods() {
		got = append(got, fmt.Sprintf("%s %s-%s %t %s", p.Rule, p.From.Sub(noon), p.To.Sub(noon), strings.HasPrefix(p.Sentence, "12:") && p.End == EndOver, p.Labels["category"]))
	}
	if want := "KeyManagerFailing 1m0s-1m10s true key-manager, KeyManagerFailing 10m0s-10m10s true key-manager"; strings.Join(got, ", ") != want {
		t.Errorf("periods %s, want %s", strings.Join(got, ", "), want)
	}

	old := Saved{}
	for i := range 2 * maxPeriods {
		old.Periods = append(old.Periods, Period{Rule: "Old", From: noon, To: noon.Add(time.Duration(i) * time.Second)})
	}
	e = newEngine(t, cat, keyManager(0, 0))
	if err := e.Restore(old); err != nil {
		t.Fatal(err)
	}
	l = &log{cat: cat}
	l.burst(1*min1, "proxy", 6007, 6)
	l.run(e, 2*min1)
	if p := e.Periods(); len(p) != maxPeriods || p[len(p)-1].Rule != "KeyManagerFailing" {
		t.Errorf("%d periods, the last of %s; want %d", len(p), p[len(p)-1].Rule, maxPeriods)
	}
	l = &log{cat: cat, now: 26 * time.Hour}
	l.burst(26*time.Hour+min1, "proxy", 6007, 6)
	l.run(e, 26*time.Hour+2*min1)
	if p := e.Periods(); len(p) != 1 {
		t.Errorf("%d periods a day later, want 1", len(p))
	}
}
