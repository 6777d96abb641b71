package alert

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/parser"
)

// spiky is a rule on key-manager codes with the detector.
func spiky(level, usual string) RuleConfig {
	return RuleConfig{
		Name: "KeyManagerSpike", Match: Match{Categories: []string{"key-manager"}},
		When: When{Spike: &Spike{Level: level, Usual: usual}}, Severity: "critical",
	}
}

// quiet adds one event every ten minutes up to an offset.
func (l *log) quiet(from, to time.Duration) {
	for at := from; at < to; at += 10 * min1 {
		l.burst(at, "proxy", 6007, 1)
	}
}

// grants adds granted requests, n every ten seconds, up to an offset.
func (l *log) grants(from, to time.Duration, n uint64) {
	for at := from; at < to; at += 10 * time.Second {
		l.requests = append(l.requests, request{at, "proxy", parser.Granted, n})
	}
}

// fails adds n clients every ten seconds to which the key manager was not reachable.
func (l *log) fails(from, to time.Duration, n int) {
	for at := from; at < to; at += 10 * time.Second {
		for range n {
			l.events = append(l.events, event{at, "proxy", 1, 6007})
		}
	}
}

func TestSpikeExplainsItself(t *testing.T) {
	l := &log{cat: catalogue(t), stepped: true}
	l.grants(0, 150*min1, 20)
	l.quiet(0, 120*min1)
	l.fails(120*min1, 130*min1, 10)
	e := newEngine(t, l.cat, spiky("page", ""))
	got := l.run(e, 125*min1)
	if len(got) != 1 || !strings.HasPrefix(got[0], "2h0m") || !strings.HasSuffix(got[0], "inactive>firing") {
		t.Fatalf("got %v", got)
	}
	want := regexp.MustCompile(`^since 14:00:00 UTC 23 Nov \(5 min\): 300 x 6007 key manager service is not reachable, 300 clients, 33\.3 % of plays; ` +
		`normal in such a time 0\.\d \(0\.\d+ %\); plays lost are worth 2 min of a total outage; chance of this less than 1 in a million$`)
	if s := e.States()[0].Sentence; !want.MatchString(s) {
		t.Errorf("%s", s)
	}
	if got := l.run(e, 150*min1); len(got) != 1 || !strings.HasPrefix(got[0], "2h1") || !strings.HasSuffix(got[0], "firing>inactive") {
		t.Errorf("the end: %v", got)
	}
	if p := e.Periods(); len(p) != 1 || p[0].End != EndOver {
		t.Errorf("periods: %+v", p)
	}
}

// A ticket is due as soon as it is certain, a page where enough plays are lost; both
// rules go by one detector.
func TestTicketBeforePage(t *testing.T) {
	l := &log{cat: catalogue(t), stepped: true}
	l.grants(0, 3*60*min1, 100)
	l.fails(2*60*min1, 2*60*min1+60*min1, 4)
	ticket := spiky("ticket", "")
	ticket.Name, ticket.Severity = "KeyManagerTicket", "warning"
	e := newEngine(t, l.cat, spiky("page", ""), ticket)
	got := l.run(e, 2*60*min1+30*min1)
	if len(got) != 2 || !strings.Contains(got[0], "KeyManagerTicket inactive>firing") || !strings.Contains(got[1], "KeyManagerSpike inactive>firing") {
		t.Fatalf("got %v", got)
	}
	if n := len(e.detectors.feeds[""][0].state.streams); n != 1 {
		t.Errorf("%d streams for two rules on the same codes", n)
	}
}

// The last hour of a backlog is history: an incident in it that is over raises
// nothing, one that goes on fires.
func TestSpikeReadsHistory(t *testing.T) {
	for _, tt := range []struct {
		name  string
		burst time.Duration
		want  bool
	}{{"over", 25 * min1, false}, {"going on", 59 * min1, true}} {
		l := &log{cat: catalogue(t), stepped: true, behind: []string{"proxy"}, now: 59*min1 + 30*time.Second}
		l.grants(0, 70*min1, 20)
		l.fails(tt.burst-min1, tt.burst+30*time.Second, 20)
		e := newEngine(t, l.cat, spiky("page", ""))
		if got := l.run(e, 60*min1); got != nil {
			t.Errorf("%s: a backlog raised %v", tt.name, got)
		}
		l.behind = nil
		if got := l.run(e, 60*min1+20*time.Second); (len(got) > 0 && strings.HasSuffix(got[0], ">firing")) != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// While one source reads a backlog the other is judged, and afterwards all is
// as if there had been no backlog.
func TestSpikeWhileOneSourceIsBehind(t *testing.T) {
	incident := func() *log {
		l := &log{cat: catalogue(t), stepped: true}
		l.quiet(0, 90*min1)
		l.burst(60*min1, "player", 6007, 1)
		l.burst(91*min1, "player", 6007, 40)
		l.burst(93*min1, "proxy", 6007, 10)
		return l
	}
	l := incident()
	whole := newEngine(t, l.cat, spiky("ticket", ""))
	l.run(whole, 100*min1)
	l = incident()
	e := newEngine(t, l.cat, spiky("ticket", ""))
	l.run(e, 89*min1)
	l.behind = []string{"proxy"}
	got := l.run(e, 95*min1)
	if len(got) != 1 || !strings.HasSuffix(got[0], "inactive>firing") {
		t.Errorf("hidden: %v", got)
	}
	l.behind = nil
	l.run(e, 100*min1)
	a, b := saved(t, whole), saved(t, e)
	if a != b {
		t.Errorf("states differ:\n%s\n%s", a, b)
	}
}

// saved returns what a checkpoint keeps of the detectors.
func saved(t *testing.T, e *Engine) string {
	t.Helper()
	b, err := json.Marshal(e.State().Feeds)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A restored engine goes on as if it had never stopped: the alarm keeps its onset and
// its sums, and one that is over does not come back.
func TestSpikeSurvivesRestart(t *testing.T) {
	incident := func() *log {
		l := &log{cat: catalogue(t), stepped: true}
		l.grants(0, 4*60*min1, 20)
		l.fails(90*min1, 110*min1, 10)
		return l
	}
	rules := []RuleConfig{spiky("page", "")}
	for _, stop := range []time.Duration{80 * min1, 95 * min1, 105 * min1, 111 * min1, 140 * min1} {
		l := incident()
		whole := newEngine(t, l.cat, rules...)
		want := append(l.run(whole, stop), l.run(whole, 200*min1)...)

		l = incident()
		e := newEngine(t, l.cat, rules...)
		got := l.run(e, stop)
		checkpoint, err := json.Marshal(e.State())
		if err != nil {
			t.Fatal(err)
		}
		var st Saved
		if err := json.Unmarshal(checkpoint, &st); err != nil {
			t.Fatal(err)
		}
		e = newEngine(t, l.cat, rules...)
		if err := e.Restore(st); err != nil {
			t.Fatal(err)
		}
		got = append(got, l.run(e, 200*min1)...)
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("stopped at %s:\n%v\nwant\n%v", stop, got, want)
		}
	}
}

// Rules that are reloaded keep what their detectors have learnt, also with another
// setting, and end with their rule.
func TestSpikeSurvivesReload(t *testing.T) {
	l := &log{cat: catalogue(t), stepped: true}
	l.grants(0, 4*60*min1, 20)
	l.fails(90*min1, 110*min1, 10)
	e := newEngine(t, l.cat, spiky("page", ""))
	l.run(e, 95*min1)
	changed := spiky("page", "")
	changed.When.Spike.PageAfter = 20 * time.Second
	if err := e.Reload([]RuleConfig{changed}, l.cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	if got := l.run(e, 100*min1); got != nil || e.States()[0].State != Firing {
		t.Errorf("after a reload: %v, %s", got, e.States()[0].State)
	}
	if err := e.Reload(nil, l.cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	got := e.Evaluate(noon.Add(l.now), l)
	if len(got) != 1 || got[0].End != EndRuleGone {
		t.Errorf("without the rule: %+v", got)
	}
	if len(e.detectors.feeds) != 0 {
		t.Errorf("%d feeds are left", len(e.detectors.feeds))
	}
}

// A log of refusals only is judged by how many refusals are normal at the time.
func TestSpikeWithoutRequests(t *testing.T) {
	l := &log{cat: catalogue(t), stepped: true}
	for at := time.Duration(0); at < 6*60*min1; at += 30 * time.Second {
		l.events = append(l.events, event{at, "player", 1, 4025})
	}
	l.burst(5*60*min1, "player", 6007, 60)
	e := newEngine(t, l.cat, spiky("ticket", ""))
	got := l.run(e, 6*60*min1)
	if len(got) != 2 || !strings.HasPrefix(got[0], "4h59m") || !strings.HasSuffix(got[1], "firing>inactive") {
		t.Errorf("got %v", got)
	}
}

// An expected code that stays at another level becomes normal after hours, and the
// receivers hear that it is not over.
func TestSpikeNewLevel(t *testing.T) {
	l := &log{cat: catalogue(t), stepped: true}
	for at := time.Duration(0); at < 30*60*min1; at += 10 * time.Second {
		l.requests = append(l.requests, request{at, "proxy", parser.Granted, 20})
		n := 0
		if s := int(at / (10 * time.Second)); s%5 == 0 {
			n = 1
		}
		if at > 10*60*min1 {
			n = 2
		}
		for range n {
			l.events = append(l.events, event{at, "proxy", 1, 4025})
		}
	}
	rule := RuleConfig{Name: "EntitlementRefusalsSpike", Match: Match{Categories: []string{"entitlement"}}, When: When{Spike: &Spike{}}}
	e := newEngine(t, l.cat, rule)
	got := l.run(e, 20*60*min1)
	if len(got) != 3 || !strings.HasPrefix(got[0], "10h") || !strings.HasSuffix(got[1], "firing>inactive") || !strings.HasSuffix(got[2], "NewLevel inactive>firing") {
		t.Fatalf("got %v", got)
	}
	if p := e.Periods(); len(p) != 1 || p[0].End != EndNewLevel || p[0].To.Sub(p[0].From) < 6*time.Hour {
		t.Errorf("periods: %+v", p)
	}
	var level *Alert
	for _, a := range e.Alerts() {
		if a.Labels["alertname"] == "EntitlementRefusalsSpikeNewLevel" {
			level = &a
		}
	}
	if level == nil || level.Labels["severity"] != "info" || !strings.HasPrefix(level.Annotations["summary"], "NEW LEVEL, not over: ") || !level.ResolvedAt.IsZero() {
		t.Fatalf("alerts: %+v", e.Alerts())
	}
	l.run(e, 29*60*min1)
	if e.States()[0].State != Inactive {
		t.Error("fires again at the new level")
	}
}

// Licence servers that do not answer, and players that do not ask, page: no code
// reports them.
func TestGatewayAndCollapse(t *testing.T) {
	rules := []RuleConfig{
		{Name: "LicenceGatewayFailing", When: When{Gateway: &Gateway{Level: "page"}}, Severity: "critical"},
		{Name: "LicenceRequestsCollapsed", When: When{Collapse: true}, Severity: "critical"},
	}
	l := &log{cat: catalogue(t), stepped: true}
	for at := time.Duration(0); at < 60*60*min1; at += 10 * time.Second {
		granted, gateway := uint64(20), uint64(0)
		switch {
		case at >= 50*60*min1 && at < 50*60*min1+30*min1:
			granted, gateway = 4, 16
		case at >= 55*60*min1 && at < 56*60*min1:
			granted = 2
		}
		l.requests = append(l.requests, request{at, "proxy", parser.Granted, granted})
		if gateway > 0 {
			l.requests = append(l.requests, request{at, "proxy", parser.Gateway, gateway})
		}
	}
	e := newEngine(t, l.cat, rules...)
	l.now = 30 * 60 * min1
	got := l.run(e, 59*60*min1)
	if len(got) == 0 || !strings.HasPrefix(got[0], "50h0m") || !strings.HasSuffix(got[0], "LicenceGatewayFailing inactive>firing") {
		t.Errorf("got %v", got)
	}
	if len(got) < 3 || !strings.HasPrefix(got[1], "50h3") || !strings.HasSuffix(got[1], "LicenceGatewayFailing firing>inactive") ||
		!strings.HasPrefix(got[2], "55h") || !strings.HasSuffix(got[2], "LicenceRequestsCollapsed inactive>firing") {
		t.Errorf("got %v", got)
	}
}
