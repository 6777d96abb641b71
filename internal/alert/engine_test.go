package alert

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

const min1 = time.Minute

func TestTransitions(t *testing.T) {
	cat := catalogue(t)
	for _, tt := range []struct {
		name       string
		wait, keep time.Duration
		fill       func(*log)
		want       []string
	}{
		{"fires at the sixth event, ends when they left the window", 0, 0,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 6) },
			[]string{"1m0s KeyManagerFailing inactive>firing", "1m10s KeyManagerFailing firing>inactive"}},
		{"five are not enough", 0, 0,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 5) }, nil},
		{"sources and codes are summed", 0, 0,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 3); l.burst(1*min1, "player", 6004, 3) },
			[]string{"1m0s KeyManagerFailing inactive>firing", "1m20s KeyManagerFailing firing>inactive"}},
		{"other codes are not", 0, 0,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 3); l.burst(1*min1, "player", 4025, 300) }, nil},
		{"keeps firing", 0, 5 * min1,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 6); l.burst(4*min1, "proxy", 6007, 12) },
			[]string{"1m0s KeyManagerFailing inactive>firing", "9m30s KeyManagerFailing firing>inactive"}},
		{"waits for", 2 * min1, 0,
			func(l *log) {
				for m := range time.Duration(4) {
					l.burst((m+1)*min1, "proxy", 6007, 12)
				}
			},
			[]string{"30s KeyManagerFailing inactive>pending", "2m30s KeyManagerFailing pending>firing", "4m35s KeyManagerFailing firing>inactive"}},
		{"pending comes to nothing", 2 * min1, 0,
			func(l *log) { l.burst(1*min1, "proxy", 6007, 12) },
			[]string{"30s KeyManagerFailing inactive>pending", "1m35s KeyManagerFailing pending>inactive"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &log{cat: cat}
			tt.fill(l)
			if got := l.run(newEngine(t, cat, keyManager(tt.wait, tt.keep)), 20*min1); !slices.Equal(got, tt.want) {
				t.Errorf("transitions:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestSentenceAndAnnotations(t *testing.T) {
	cat := catalogue(t)
	r := keyManager(0, 0)
	r.Match = Match{Codes: []int{6004, 6005, 6006, 6007, 6008, 5001, 5002}}
	r.Annotations = map[string]string{"summary": "{{ .Count }} on {{ .Sources }}"}
	r.RunbookURL = "https://wiki.example.com/km"
	r.Labels = map[string]string{"team": "drm"}
	e := newEngine(t, cat, r)
	l := &log{cat: cat, now: min1}
	for i, code := range r.Match.Codes {
		l.burst(min1, "proxy", code, 10-i)
	}
	l.burst(min1, "player", 6007, 5)
	e.Evaluate(noon.Add(l.now), l)
	l.now += 30 * time.Second
	l.burst(l.now, "proxy", 6007, 90)
	e.Evaluate(noon.Add(l.now), l)

	s := e.States()[0]
	// The codes are counted since the beginning, the rate over the window.
	want := "since 12:01:00 UTC 23 Nov (30 s): 102 x 6007 key manager service is not reachable, 10 x 6004 an error occurred during key encryption, " +
		"9 x 6005 error while generating a random key, 8 x 6006 error while generating MAC key/value, 6 x 6008 an error occurred during key decryption " +
		"and 2 more; 119.0 per minute over 1m, fires at 6"
	if s.State != Firing || s.Sentence != want {
		t.Errorf("%s\n%s\nwant:\n%s", s.State, s.Sentence, want)
	}
	a := e.Alerts()[0]
	if got := a.Annotations["summary"]; got != "144 on [player proxy]" {
		t.Errorf("summary %q", got)
	}
	if got := a.Annotations["description"]; !strings.HasPrefix(got, want+"\nwidevine 6007 (infrastructure): Key manager not reachable") {
		t.Errorf("description %q", got)
	}
	if got := a.Annotations["runbook_url"]; got != r.RunbookURL {
		t.Errorf("runbook_url %q", got)
	}
	for name, want := range map[string]string{
		"alertname": "KeyManagerFailing", "severity": "critical", "drm": "widevine", "category": several, "team": "drm",
	} {
		if a.Labels[name] != want {
			t.Errorf("label %s is %q, want %q", name, a.Labels[name], want)
		}
	}
	if text := s.Sentence + a.Annotations["summary"] + a.Annotations["description"]; strings.Contains(text, "tenant") || strings.Contains(text, "Evil") {
		t.Errorf("text from a log got into %q", text)
	}
}

func TestOneServerAmongSeveral(t *testing.T) {
	cat := catalogue(t)
	// 1007 is listed by Widevine and by SSM; a number without drm means both.
	r := RuleConfig{Name: "Dates", Match: Match{Codes: []int{1007}}, When: When{PerMinute: 1, Over: min1}}
	e := newEngine(t, cat, r)
	l := &log{cat: cat, now: min1, events: []event{
		{min1, "proxy", codes.Widevine, 1007}, {min1, "proxy", codes.SSM, 1007}, {min1, "proxy", codes.FairPlay, 1007},
	}}
	e.Evaluate(noon.Add(l.now), l)
	s := e.States()[0]
	if s.Value != 2 || s.Labels["drm"] != several || !strings.Contains(s.Sentence, "1 x widevine 1007 invalid") || !strings.Contains(s.Sentence, "1 x ssm 1007 max") {
		t.Errorf("value %v, labels %v, sentence %q", s.Value, s.Labels, s.Sentence)
	}
	// FairPlay has no list: it is counted when named.
	r.Match.DRMs = []string{"fairplay"}
	e = newEngine(t, cat, r)
	e.Evaluate(noon.Add(l.now), l)
	if s := e.States()[0]; s.Value != 1 || s.Labels["drm"] != "fairplay" || s.Labels["category"] != codes.CategoryUnlisted {
		t.Errorf("value %v, labels %v", s.Value, s.Labels)
	}
}

func TestBacklog(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, behind: []string{"proxy"}}
	l.burst(1*min1, "proxy", 6007, 30)
	e := newEngine(t, cat, keyManager(0, 0))
	if got := l.run(e, 1*min1); got != nil {
		t.Errorf("a backlog raised %v", got)
	}
	// The other source has no backlog: what is true now is not hidden.
	l.burst(2*min1, "player", 6007, 6)
	if got := l.run(e, 2*min1); !slices.Equal(got, []string{"2m0s KeyManagerFailing inactive>firing"}) {
		t.Errorf("got %v", got)
	}
	// And it does not end until the backlog is read.
	if got := l.run(e, 10*min1); got != nil {
		t.Errorf("ended within the backlog: %v", got)
	}
	l.behind = nil
	if got := l.run(e, 11*min1); !slices.Equal(got, []string{"10m5s KeyManagerFailing firing>inactive"}) {
		t.Errorf("got %v", got)
	}
	// A source that the rule does not watch holds nothing up.
	r := keyManager(0, 0)
	r.Match.Sources = []string{"player"}
	l = &log{cat: cat, behind: []string{"proxy"}}
	l.burst(1*min1, "player", 6007, 6)
	want := []string{"1m0s KeyManagerFailing inactive>firing", "1m10s KeyManagerFailing firing>inactive"}
	if got := l.run(newEngine(t, cat, r), 5*min1); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// restart carries the state over to a new engine, through JSON as the
// checkpoint does.
func restart(t *testing.T, e *Engine, cat *codes.Catalogue, rules ...RuleConfig) *Engine {
	t.Helper()
	b, err := json.Marshal(e.State())
	if err != nil {
		t.Fatal(err)
	}
	var s Saved
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	next := newEngine(t, cat, rules...)
	if err := next.Restore(s); err != nil {
		t.Fatal(err)
	}
	return next
}

func TestRestartInTheMiddle(t *testing.T) {
	cat := catalogue(t)
	for _, wait := range []time.Duration{0, 3 * min1} {
		incident := func() *log {
			l := &log{cat: cat}
			for m := range time.Duration(10) {
				l.burst((m+1)*min1, "proxy", 6007, 12)
			}
			return l
		}
		r := keyManager(wait, 2*min1)
		l := incident()
		want := l.run(newEngine(t, cat, r), 20*min1)
		if len(want) < 2 {
			t.Fatalf("the incident makes no alert: %v", want)
		}
		// At each of these times: stop for 20 s, start, read a backlog for 10 s.
		for _, at := range []time.Duration{40 * time.Second, 2 * min1, 5 * min1, 10*min1 + 30*time.Second} {
			l := incident()
			e := newEngine(t, cat, r)
			got := l.run(e, at)
			fired := firedAt(e)
			e = restart(t, e, cat, r)
			if now := firedAt(e); !now.Equal(fired) {
				t.Errorf("for %s, restart at %s: fired at %s, after it %s", wait, at, fired, now)
			}
			l.now += 20 * time.Second
			l.behind = []string{"proxy"}
			got = append(got, l.run(e, at+30*time.Second)...)
			l.behind = nil
			got = append(got, l.run(e, 20*min1)...)
			if !slices.Equal(got, want) {
				t.Errorf("for %s, restart at %s:\n%s\nwithout:\n%s", wait, at, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

func firedAt(e *Engine) time.Time { return e.States()[0].FiredAt }

func TestLongGapInterruptsPending(t *testing.T) {
	cat := catalogue(t)
	r := keyManager(10*min1, 0)
	l := &log{cat: cat}
	l.burst(1*min1, "proxy", 6007, 12)
	e := newEngine(t, cat, r)
	l.run(e, 1*min1)
	e = restart(t, e, cat, r)
	// An hour later the condition holds: it is unknown whether it did all the time.
	l.now = 61 * min1
	l.burst(61*min1, "proxy", 6007, 12)
	if got := l.run(e, 61*min1); got != nil || e.States()[0].State != Pending || !e.States()[0].ActiveSince.Equal(noon.Add(61*min1)) {
		t.Errorf("transitions %v, status %+v", got, e.States()[0])
	}
}

func TestReload(t *testing.T) {
	cat := catalogue(t)
	l := &log{cat: cat, now: min1}
	l.burst(min1, "proxy", 6007, 12)
	r := keyManager(0, 0)
	e := newEngine(t, cat, r)
	l.run(e, min1)
	fired := firedAt(e)

	// Another threshold under which it still holds: nothing happens.
	r.When.PerMinute = 2
	if err := e.Reload([]RuleConfig{r}, cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	if got := l.run(e, min1+10*time.Second); got != nil || !firedAt(e).Equal(fired) {
		t.Errorf("transitions %v, fired at %s, was %s", got, firedAt(e), fired)
	}

	// Another label is another alert to every receiver: the old one ends.
	r.Labels = map[string]string{"team": "drm"}
	if err := e.Reload([]RuleConfig{r}, cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	e2 := restart(t, e, cat, r) // also through a checkpoint in between
	for _, e := range []*Engine{e, e2} {
		at := l.now
		if got := l.run(e, l.now); got != nil {
			t.Errorf("transitions %v", got)
		}
		l.now = at
		alerts := e.Alerts()
		if len(alerts) != 2 || alerts[0].ResolvedAt.IsZero() || alerts[0].Labels["team"] != "" ||
			!alerts[1].ResolvedAt.IsZero() || alerts[1].Labels["team"] != "drm" || !alerts[1].StartsAt.Equal(fired) {
			t.Errorf("alerts %+v", alerts)
		}
	}

	// A rule that is gone: its alert ends, and that is sent for a while.
	if err := e.Reload(nil, cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	got := l.run(e, l.now)
	if len(got) != 1 || !strings.HasSuffix(got[0], "KeyManagerFailing firing>inactive") {
		t.Errorf("transitions %v", got)
	}
	if n := len(e.Alerts()); n != 2 {
		t.Errorf("%d alerts, want both resolved ones", n)
	}
	l.run(e, l.now+ResolvedFor+Interval)
	if n := len(e.Alerts()); n != 0 {
		t.Errorf("%d alerts, long after", n)
	}
}

func TestFiringAgainIsNotResolved(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 0))
	l := &log{cat: cat}
	l.burst(1*min1, "proxy", 6007, 6)
	l.burst(4*min1, "proxy", 6007, 6)
	l.run(e, 3*min1)
	if a := e.Alerts(); len(a) != 1 || a[0].ResolvedAt.IsZero() {
		t.Fatalf("alerts %+v, want a resolved one", a)
	}
	e = restart(t, e, cat, keyManager(0, 0))
	if a := e.Alerts(); len(a) != 1 || a[0].ResolvedAt.IsZero() {
		t.Fatalf("alerts after a restart %+v, want a resolved one", a)
	}
	l.run(e, 4*min1)
	if a := e.Alerts(); len(a) != 1 || !a[0].ResolvedAt.IsZero() || !a[0].StartsAt.Equal(noon.Add(4*min1)) {
		t.Errorf("alerts %+v, want a firing one", a)
	}
}

func TestClockSetBack(t *testing.T) {
	cat := catalogue(t)
	e := newEngine(t, cat, keyManager(0, 2*min1))
	l := &log{cat: cat, now: 60 * min1}
	l.burst(60*min1, "proxy", 6007, 6)
	l.run(e, 60*min1)
	l.now = 0
	if got := l.run(e, 10*min1); !slices.Equal(got, []string{"2m0s KeyManagerFailing firing>inactive"}) {
		t.Errorf("got %v", got)
	}
}

func TestOneLineEachTransition(t *testing.T) {
	cat := catalogue(t)
	var out bytes.Buffer
	e, err := New([]RuleConfig{keyManager(0, 0)}, cat, Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{cat: cat}
	l.burst(1*min1, "proxy", 6007, 6)
	l.run(e, 5*min1)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 ||
		!strings.Contains(lines[0], `level=WARN msg="alert firing" component=alert rule=KeyManagerFailing reason="since 12:01:00 UTC 23 Nov (0 s): 6 x 6007 key manager`) ||
		!strings.Contains(lines[1], `level=INFO msg="alert resolved" component=alert rule=KeyManagerFailing end=over reason="12:01:00 to 12:01:05 UTC 23 Nov (5 s): 6 x 6007`) {
		t.Errorf("log:\n%s", out.String())
	}
}
