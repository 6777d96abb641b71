package alert

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// What is accepted ends at the next evaluation, and fires again only once it
// has been over: also after a restart.
func TestAccept(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	for m := range 60 {
		if m < 30 || m > 40 {
			l.burst(time.Duration(m+1)*time.Minute, "proxy", 6007, 12)
		}
	}
	r := keyManager(0, 2*min1)
	e := newEngine(t, cat, r)
	if _, err := e.Accept("KeyManagerFailing", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing fires: %v", err)
	}
	l.run(e, 10*min1)
	for _, tt := range []struct {
		rule   string
		labels map[string]string
		want   string
	}{
		{"KeyManagerFalling", nil, `no rule "KeyManagerFalling" is evaluated here`},
		{"KeyManagerFailing", map[string]string{"tenant": "acme"}, `no alert of KeyManagerFailing with tenant="acme" is firing or pending`},
	} {
		if _, err := e.Accept(tt.rule, tt.labels); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	labels, err := e.Accept("KeyManagerFailing", map[string]string{"category": "key-manager"})
	if err != nil || len(labels) != 1 || labels[0]["alertname"] != "KeyManagerFailing" {
		t.Fatalf("%v, %v", labels, err)
	}
	changes := e.Evaluate(noon.Add(l.now), l)
	if len(changes) != 1 || changes[0].To != Inactive || changes[0].End != EndAccepted {
		t.Fatalf("got %+v", changes)
	}
	a := e.Alerts()
	if len(a) != 1 || a[0].End != EndAccepted || !strings.Contains(a[0].Annotations["summary"], "was accepted after") {
		t.Errorf("alerts %+v", a)
	}
	e = restart(t, e, cat, r)
	if s := e.States()[0]; s.State != Inactive || s.Accepted.IsZero() {
		t.Errorf("after a restart: %+v", s)
	}
	if got := l.run(e, 30*min1); got != nil {
		t.Errorf("fires although it is accepted: %v", got)
	}
	got := l.run(e, 60*min1)
	if len(got) != 1 || !strings.HasPrefix(got[0], "41m") || !strings.HasSuffix(got[0], "inactive>firing") {
		t.Errorf("after the pause: %v", got)
	}
}

// A condition that learns takes what is accepted for normal.
func TestAcceptTeachesTheCondition(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0))
	c := &scripted{result: result{holds: true}}
	e.set.instances[0].condition = c
	l := &log{cat: cat}
	e.Evaluate(noon, l)
	if _, err := e.Accept("KeyManagerFailing", nil); err != nil {
		t.Fatal(err)
	}
	at := noon.Add(time.Second)
	e.Evaluate(at, l)
	if len(c.accepted) != 1 || !c.accepted[0].Equal(at) || e.States()[0].End != EndAccepted {
		t.Errorf("accepted %v, %+v", c.accepted, e.States()[0])
	}
}

// A new level ends the alert with that reason, at once, and fires a notice of
// its own for a day, also across a restart.
func TestNewLevel(t *testing.T) {
	cat := catalogue(t)
	r := RuleConfig{Name: "EntitlementRefusalsSpike", Match: Match{Categories: []string{"entitlement"}}, When: When{PerMinute: 6}, KeepFiringFor: time.Hour}
	e := newEngine(t, cat, r)
	c := &scripted{}
	e.set.instances[0].condition = c
	l := &log{cat: cat}
	onset := noon.Add(5*time.Minute - 7*time.Hour)
	sums := &Sums{Since: onset, Records: 900, Incidents: 810, Clients: 810, Failed: 810, Plays: 10000, Normal: 200, Codes: []CodeSum{{codes.Widevine, 4025, 810}}}
	c.result = result{holds: true, since: onset, sums: sums}
	e.Evaluate(noon, l)
	c.result = result{end: EndNewLevel, since: onset, sums: sums}
	now := noon.Add(time.Minute)
	changes := e.Evaluate(now, l)
	if len(changes) != 2 || changes[0].End != EndNewLevel || changes[1].Rule != "EntitlementRefusalsSpikeNewLevel" || changes[1].To != Firing {
		t.Fatalf("got %+v", changes)
	}
	const want = "NEW LEVEL, not over: 4025 8.1 % of plays since 05:05 UTC 23 Nov (normal was 2 %); from now on normal"
	check := func(e *Engine, when string) {
		t.Helper()
		alerts := e.Alerts()
		if len(alerts) != 2 || alerts[0].End != EndNewLevel || !strings.HasPrefix(alerts[0].Annotations["summary"], want) {
			t.Fatalf("%s: %+v", when, alerts)
		}
		n := alerts[1]
		if n.Labels["alertname"] != "EntitlementRefusalsSpikeNewLevel" || n.Labels["severity"] != "info" || n.Labels["category"] != "entitlement" ||
			!n.ResolvedAt.IsZero() || !strings.HasPrefix(n.Annotations["summary"], want) {
			t.Errorf("%s: %+v", when, n)
		}
	}
	check(e, "at once")
	e = restart(t, e, cat, r)
	c.result = result{}
	e.set.instances[0].condition = c
	check(e, "after a restart")
	e.Evaluate(now.Add(23*time.Hour), l)
	if a := e.Alerts(); len(a) != 1 || a[0].Labels["severity"] != "info" || !a[0].ResolvedAt.IsZero() {
		t.Errorf("a day later, nearly: %+v", a)
	}
	changes = e.Evaluate(now.Add(24*time.Hour), l)
	if len(changes) != 1 || changes[0].To != Inactive || changes[0].End != EndOver {
		t.Errorf("a day later: %+v", changes)
	}
}

// The notice goes with its rule.
func TestNewLevelOfAGoneRule(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0))
	c := &scripted{result: result{holds: true}}
	e.set.instances[0].condition = c
	l := &log{cat: cat}
	e.Evaluate(noon, l)
	c.result = result{end: EndNewLevel}
	e.Evaluate(noon.Add(time.Second), l)
	if err := e.Reload(nil, cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	changes := e.Evaluate(noon.Add(2*time.Second), l)
	if len(changes) != 1 || changes[0].Rule != "KeyManagerFailingNewLevel" || changes[0].End != EndRuleGone {
		t.Errorf("got %+v", changes)
	}
}
