package alert

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// asks adds n requests a minute with an outcome, from one offset to another.
func (l *log) asks(from, to time.Duration, outcome parser.Outcome, n uint64) {
	for at := from; at < to; at += min1 {
		l.requests = append(l.requests, request{at + min1, "proxy", outcome, n})
	}
}

func kindRule(name string, m Match, w When) RuleConfig {
	return RuleConfig{Name: name, Match: m, When: w}
}

func TestShareOfRequests(t *testing.T) {
	cat := catalogue(t)
	r := kindRule("ManyRefused", Match{Categories: []string{"key-manager"}}, When{ShareOfRequests: 0.1, MinRequests: 50})
	for _, tt := range []struct {
		name     string
		requests uint64
		want     bool
	}{{"one in two", 5, true}, {"one in twenty", 100, false}, {"too few", 4, false}, {"none", 0, false}} {
		l := &log{cat: cat, now: 5 * min1}
		l.asks(0, 5*min1, parser.Granted, tt.requests)
		for m := range time.Duration(5) {
			l.burst((m+1)*min1, "proxy", 6007, 5)
		}
		e := newEngine(t, cat, r)
		e.Evaluate(noon.Add(l.now), l)
		s := e.States()[0]
		if fires := s.State == Firing; fires != tt.want {
			t.Errorf("%s: %+v", tt.name, s)
		}
		if tt.want && !strings.HasSuffix(s.Sentence, "; 50 % of 50 plays over 5m, fires at 10 %") {
			t.Errorf("sentence %s", s.Sentence)
		}
	}
}

func TestUnlisted(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat}
	l.burst(min1, "proxy", 6007, 3)
	l.burst(10*min1, "proxy", 8765, 1)
	got := l.run(newEngine(t, cat, kindRule("Unlisted", Match{}, When{Unlisted: true})), 20*min1)
	if want := []string{"10m0s Unlisted inactive>firing", "15m0s Unlisted firing>inactive"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestFirstSeen(t *testing.T) {
	cat := catalogue(t)
	r := kindRule("News", Match{}, When{FirstSeen: time.Hour, Over: 5 * min1})
	l := &log{cat: cat}
	for m := time.Duration(1); m < 200; m += 10 {
		l.burst(m*min1, "proxy", 6007, 1) // often
	}
	l.burst(20*min1, "proxy", 6001, 1) // within the first hour: unknown
	l.burst(90*min1, "proxy", 6001, 1) // after 70 min
	l.burst(100*min1, "proxy", 5001, 1)
	want := []string{"1h30m0s News inactive>firing", "1h35m0s News firing>inactive", "1h40m0s News inactive>firing", "1h45m0s News firing>inactive"}
	if got := l.run(newEngine(t, cat, r), 180*min1); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	// What was seen survives a restart.
	l.now = 0
	e := newEngine(t, cat, r)
	l.run(e, 91*min1)
	e = restart(t, e, cat, r)
	if got := l.run(e, 99*min1); !slices.Equal(got, want[1:2]) {
		t.Errorf("after a restart %v", got)
	}
}

func TestSilentSource(t *testing.T) {
	cat := catalogue(t)
	r := kindRule("SourceSilent", Match{}, When{Silent: 5 * min1})
	e := newEngine(t, cat, r)
	l := &log{cat: cat, lines: map[string]uint64{"proxy": 1000}, behind: []string{"proxy", "player"}}
	// Old logs are read, and no program writes to them.
	l.run(e, 5*min1)
	l.behind = nil
	if got := l.run(e, 30*min1); got != nil {
		t.Errorf("old logs: %v", got)
	}
	l.lines["proxy"] += 100
	if got := l.run(e, 36*min1); got != nil {
		t.Errorf("too few lines to say that it is silent: %v", got)
	}
	l.lines["proxy"] += 300
	if got := l.run(e, 45*min1); !slices.Equal(got, []string{"41m5s SourceSilent inactive>firing"}) {
		t.Errorf("got %v", got)
	}
	if s := e.States()[0].Sentence; !strings.HasPrefix(s, "since 12:41:05 (235 s): ") && !strings.Contains(s, "no line from proxy for 8 min, fires at 5m") {
		t.Errorf("sentence %s", s)
	}
	if a := e.Alerts(); len(a) != 1 || !strings.HasPrefix(a[0].Annotations["summary"], "SourceSilent: no line from proxy") {
		t.Errorf("alerts %+v", a)
	}
	e = restart(t, e, cat, r)
	if got := l.run(e, 46*min1); got != nil {
		t.Errorf("after a restart %v", got)
	}
	l.lines["proxy"]++
	if got := l.run(e, 47*min1); len(got) != 1 || !strings.HasSuffix(got[0], "firing>inactive") {
		t.Errorf("got %v", got)
	}
}

func TestNoLicenceGranted(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	l.asks(0, 30*min1, parser.Granted, 10)
	l.asks(30*min1, 150*min1, parser.Failed, 10)
	l.asks(150*min1, 160*min1, parser.Granted, 1)
	got := l.run(newEngine(t, cat, kindRule("SourceSilent", Match{}, When{Silent: 5 * min1})), 160*min1)
	if len(got) != 2 || !strings.HasPrefix(got[0], "35m") || got[1] != "2h31m0s SourceSilent firing>inactive" {
		t.Errorf("got %v", got)
	}
	// A licence a minute at night: none for five minutes is no news.
	l = &log{cat: cat, stepped: true}
	l.asks(0, 30*min1, parser.Granted, 1)
	if got := l.run(newEngine(t, cat, kindRule("SourceSilent", Match{}, When{Silent: 5 * min1})), 90*min1); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestByLabel(t *testing.T) {
	for _, by := range []string{"tenant", "app_version"} {
		t.Run(by, func(t *testing.T) { testBy(t, by) })
	}
}

func testBy(t *testing.T, by string) {
	cat := catalogue(t)
	r := keyManager(0, 0)
	r.By = []string{by}
	e := newEngine(t, cat, r)
	l := &log{cat: cat, now: min1, by: by, tenant: "acme\x00"}
	l.burst(min1, "proxy", 6007, 6)
	e.Evaluate(noon.Add(l.now), l)
	l2 := &log{cat: cat, now: min1, by: by, tenant: "beta"}
	l2.burst(min1, "proxy", 6007, 5)
	e.Evaluate(noon.Add(l.now), both{l, l2})
	alerts := e.Alerts()
	if len(alerts) != 1 || alerts[0].Labels[by] != "acme\uFFFD" || len(e.States()) != 2 {
		t.Fatalf("alerts %+v, states %+v", alerts, e.States())
	}
	e = restart(t, e, cat, r)
	l.now, l2.now = 3*min1, 3*min1
	if got := e.Evaluate(noon.Add(l.now), both{l, l2}); len(got) != 1 || got[0].To != Inactive {
		t.Errorf("after a restart: %+v", got)
	}
	for i := range 2 * MaxGroups {
		l.tenant = fmt.Sprint("tenant ", i)
		l.burst(l.now, "proxy", 6007, 6)
		e.Evaluate(noon.Add(l.now), l)
	}
	if n := len(e.States()); n != MaxGroups {
		t.Errorf("%d alerts of one rule, want %d at most", n, MaxGroups)
	}
}

// both are two ledgers as one.
type both struct {
	*log
	other *log
}

func (b both) Each(over time.Duration, by string, f func(string, codes.Entry, string, uint64, uint64)) {
	b.log.Each(over, by, f)
	b.other.Each(over, by, f)
}

// The first minutes of a fresh daemon: an outage pages, and refusals that go on as
// they began raise nothing.
func TestDefaultRules(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, stepped: true}
	l.grants(0, min1, 20)
	l.fails(min1, 3*min1, 20)
	got := l.run(newEngine(t, cat, DefaultRules()...), 2*min1)
	if want := []string{"1m10s KeyManagerSpike inactive>firing", "1m20s KeyManagerFailing inactive>firing"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	l = &log{cat: cat, stepped: true}
	for m := time.Duration(1); m < 90; m++ {
		for i, code := range []int{4025, 4021, 4006, 4020, 4008} {
			l.burst(m*min1, "proxy", code, (int(m)*7+i)%4)
		}
	}
	if got := l.run(newEngine(t, cat, DefaultRules()...), 90*min1); got != nil {
		t.Errorf("usual refusals raised %v", got)
	}
	// A wave of them fires.
	l.now = 0
	for m := time.Duration(80); m < 86; m++ {
		l.burst(m*min1, "proxy", 4025, 50)
	}
	if got := l.run(newEngine(t, cat, DefaultRules()...), 86*min1); len(got) != 1 || !strings.HasPrefix(got[0], "1h19m") || !strings.HasSuffix(got[0], "EntitlementRefusalsSpike inactive>firing") {
		t.Errorf("a wave raised %v", got)
	}
	var covered []string
	for _, r := range DefaultRules() {
		covered = append(covered, r.Match.Categories...)
	}
	for _, c := range cat.Categories() {
		if !slices.Contains(covered, c) {
			t.Errorf("no default rule for %s", c)
		}
	}
}

func TestRunbooks(t *testing.T) {
	cat := catalogue(t)
	for _, c := range append(cat.Categories(), codes.CategoryUnlisted, several) {
		page := runbookPage(c)
		b, err := os.ReadFile(filepath.Join("..", "..", Runbooks, page))
		if err != nil {
			t.Error(err)
			continue
		}
		if (page == "README.md") != (c == several) {
			t.Errorf("%s leads to %s", c, page)
		}
		for i := range cat.Len() {
			if e := cat.At(i); e.Category == c && !strings.Contains(string(b), fmt.Sprint(e.Code)) {
				t.Errorf("%s does not name %s %d", page, e.DRM, e.Code)
			}
		}
	}
	r := keyManager(0, 0)
	for _, tt := range [][3]string{
		{"", "", "docs/runbooks/key-manager.md"},
		{"", "https://git.example/wvwatch/docs/runbooks/", "https://git.example/wvwatch/docs/runbooks/key-manager.md"},
		{"https://wiki.example/km", "https://git.example/", "https://wiki.example/km"},
	} {
		r.RunbookURL = tt[0]
		e, err := New([]RuleConfig{r}, cat, Options{Runbooks: tt[1]})
		if err != nil {
			t.Fatal(err)
		}
		l := &log{cat: cat, now: min1}
		l.burst(min1, "proxy", 6007, 6)
		e.Evaluate(noon.Add(min1), l)
		if got := e.Alerts()[0].Annotations["runbook_url"]; got != tt[2] {
			t.Errorf("runbook %s, want %s", got, tt[2])
		}
	}
}

// A source that writes in clumps is silent only when it is so for longer than it
// was in the days before; the sentence gives that time.
func TestLearntSilence(t *testing.T) {
	l := &log{cat: catalogue(t), lines: map[string]uint64{}}
	e := newEngine(t, l.cat, kindRule("Silent", Match{Sources: []string{"proxy"}}, When{Silent: 15 * time.Minute}))
	const every = 10 * time.Second
	fired := []string{}
	judge := func(from, to time.Duration, writes func(time.Duration) uint64) {
		for l.now = from; l.now < to; l.now += every {
			l.lines["proxy"] += writes(l.now)
			for _, c := range e.Evaluate(noon.Add(l.now), l) {
				fired = append(fired, l.now.String()+" "+c.To.String()+" "+c.Sentence)
			}
		}
	}
	// 30 lines at once, each 20 to 40 minutes.
	clumps := func(at time.Duration) uint64 {
		if m := at / time.Minute; at%time.Minute == 0 && (m%60 == 0 || m%60 == 40) {
			return 30
		}
		return 0
	}
	const day = 24 * time.Hour
	judge(0, 25*time.Hour, clumps)
	fired = nil // of the first day, when nothing was learnt
	judge(25*time.Hour, 4*day, clumps)
	if len(fired) > 0 {
		t.Errorf("usual gaps: %v", fired)
	}
	judge(4*day, 4*day+6*time.Hour, func(time.Duration) uint64 { return 0 })
	if len(fired) != 1 || !strings.Contains(fired[0], "no line from proxy for ") || !strings.Contains(fired[0], "the third longest silence of the last 14 days was ") {
		t.Errorf("six hours of silence: %v", fired)
	}
}
