package alert

import (
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// An alert that lasts longer than the windows reach still counts everything
// since its beginning, also across restarts, and its end reports it.
func TestSumsOfALongAlert(t *testing.T) {
	cat := catalogue(t)
	r := keyManager(0, 0)
	l := &log{cat: cat, stepped: true}
	const first, last = 10, 260 // minutes with 12 incidents each
	for m := first; m <= last; m++ {
		n := 12
		if m == 100 {
			n = 40
		}
		l.burst(time.Duration(m)*time.Minute-time.Second, "proxy", 6007, n)
		l.requests = append(l.requests, request{time.Duration(m)*time.Minute - time.Second, "proxy", parser.Granted, uint64(n)})
	}
	total := uint64(12*(last-first) + 40)
	e := newEngine(t, cat, r)
	for m := range 4 {
		l.run(e, time.Duration(60*m)*time.Minute)
		e = restart(t, e, cat, r)
	}
	l.run(e, last*time.Minute-time.Second)
	s := e.States()[0]
	if got := s.Account.Total; s.State != Firing || got.Incidents < total-2 || got.Records != 3*got.Incidents || got.Peak < 35 || got.Peak > 52 {
		t.Errorf("%s, %d incidents, %d records, want %d; peak %v", s.State, got.Incidents, got.Records, total, got.Peak)
	}
	l.run(e, (last+5)*time.Minute)
	a := e.Alerts()[0]
	for _, want := range []string{
		" is over after 4 h: " + thousands(total) + " x widevine 6007, 50 % of plays; peak ",
	} {
		if got := a.Annotations["summary"]; !strings.Contains(got, want) {
			t.Errorf("summary %q, want %q", got, want)
		}
	}
	if got := a.Annotations["description"]; !strings.HasPrefix(got, "12:09:30 to 16:20:") || !strings.Contains(got, " UTC 23 Nov (4 h): 3,040 x 6007 key manager") || a.End != EndOver {
		t.Errorf("description %q, end %q", got, a.End)
	}
}

// Records that arrive a few minutes late are in the sums, too.
func TestSumsOfLateRecords(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	for m := range 60 {
		l.burst(time.Duration(10+m)*time.Minute, "proxy", 6007, 12)
	}
	e := newEngine(t, cat, keyManager(0, 0))
	l.run(e, 60*min1)
	late := *l
	late.events = nil
	late.burst(50*min1, "player", 6007, 30)
	l.events = append(l.events, late.events...)
	l.run(e, 61*min1)
	if got := e.States()[0].Account.Total.Incidents; got < 12*51+30 || got > 12*52+30 {
		t.Errorf("%d incidents", got)
	}
}

// A condition with sums of its own has them in its texts.
func TestSumsOfTheCondition(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0))
	c := &scripted{}
	e.set.instances[0].condition = c
	onset := noon.Add(-3 * time.Hour)
	c.result = result{holds: true, value: 1, threshold: 1, because: "plays lost are worth 9 min of a total outage", since: onset, sums: &Sums{
		Since: onset, Records: 1044, Incidents: 700, Clients: 522, Failed: 522, Plays: 10440, Normal: 23,
		Codes: []CodeSum{{1, 6007, 1044}}, Sources: []string{"proxy"},
	}}
	c.result.sums.Codes[0].DRM = cat.At(0).DRM
	l := &log{cat: cat}
	e.Evaluate(noon, l)
	got := e.Alerts()[0].Annotations
	for name, want := range map[string]string{
		"description": "since 09:00:00 UTC 23 Nov (3 h): 1,044 x 6007 key manager service is not reachable, 522 clients, 5 % of plays; " +
			"normal in such a time 23 (0.22 %); plays lost are worth 9 min of a total outage",
		"summary": "KeyManagerFailing: 1,044 x widevine 6007, 522 clients, 5 % of plays since 09:00:00 UTC; plays lost are worth 9 min of a total outage",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got[name], want)
		}
	}
}

// scripted is a condition that returns what a test wants.
type scripted struct {
	result
	accepted []time.Time
}

func (c *scripted) judge(time.Time, selection) result { return c.result }
func (c *scripted) patience() time.Duration           { return time.Minute }
func (c *scripted) accept(now time.Time)              { c.accepted = append(c.accepted, now); c.holds = false }

// Every text that leaves names the host, the group and the time zone.
func TestTextsNameTheirPlace(t *testing.T) {
	cat := catalogue(t)
	zone := time.FixedZone("CET", 3600)
	r := keyManager(0, 0)
	r.By = []string{"tenant"}
	e, err := New([]RuleConfig{r}, cat, Options{Settings: Settings{ExternalLabels: map[string]string{"instance": "fra1-a", "cluster": "fra1"}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{cat: cat, tenant: "acme", now: min1}
	for i, code := range []int{6007, 6004, 6005, 6006, 6008, 6009, 6010} {
		l.burst(min1, "proxy", code, 12-i)
	}
	e.Evaluate(noon.Add(min1).In(zone), l)
	l.now = 11 * min1
	firing := e.Alerts()[0].Annotations
	e.Evaluate(noon.Add(11*min1).In(zone), l)
	resolved := e.Alerts()[0].Annotations
	for name, texts := range map[string]map[string]string{"firing": firing, "resolved": resolved} {
		const where = "on fra1-a, cluster fra1, tenant acme"
		if !strings.HasPrefix(texts["summary"], "KeyManagerFailing "+where) || !strings.HasPrefix(texts["description"], where+", ") {
			t.Errorf("%s: %v", name, texts)
		}
		if all := texts["summary"] + texts["description"]; !strings.Contains(all, "CET 23 Nov") || !strings.Contains(all, "more codes") || strings.Contains(all, "nats") {
			t.Errorf("%s: %s", name, all)
		}
	}
	if a := e.Alerts()[0]; a.Labels["instance"] != "fra1-a" || a.Labels["tenant"] != "acme" {
		t.Errorf("labels %v", a.Labels)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// What was handed out does not change when more is counted.
func TestSumsShareNothing(t *testing.T) {
	s := Sums{Codes: make([]CodeSum, 1, 4), Sources: append(make([]string, 0, 4), "b")}
	s.Codes[0] = CodeSum{DRM: codes.Widevine, Code: 6007, Count: 1}
	out := s
	s.add(Sums{Codes: []CodeSum{{DRM: codes.Widevine, Code: 6007, Count: 2}, {DRM: codes.Widevine, Code: 4025, Count: 1}}, Sources: []string{"a"}}, 1)
	if out.Codes[0].Count != 1 || out.Sources[0] != "b" {
		t.Errorf("what was handed out became %v %v", out.Codes, out.Sources)
	}
	if len(s.Codes) != 2 || s.Codes[0].Count != 3 || len(s.Sources) != 2 {
		t.Errorf("counted %v %v", s.Codes, s.Sources)
	}
}
