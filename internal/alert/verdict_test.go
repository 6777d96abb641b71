package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/blame"
)

// judgedEngine returns an engine whose verdicts come from a list, one for each judgement
// and the last one from then on, and a log with half an hour of an outage.
func judgedEngine(t *testing.T, list ...blame.Verdict) (*Engine, *log) {
	t.Helper()
	cat := catalogue(t)
	n := 0
	e, err := New([]RuleConfig{keyManager(0, time.Hour)}, cat, Options{
		Settings: Settings{Verdicts: true},
		Judge: func(q blame.Question) blame.Verdict {
			v := list[min(n, len(list)-1)]
			n++
			return v
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{cat: cat}
	for at := time.Duration(0); at < 30*time.Minute; at += time.Second {
		l.events = append(l.events, event{at: at, source: "proxy", drm: 1, code: 6007})
	}
	return e, l
}

func verdictAt(kind blame.Kind, tenant string) blame.Verdict {
	v := blame.Verdict{Kind: kind, Sentence: string(kind) + " " + tenant, Known: true}
	if tenant != "" {
		v.Named = []blame.Value{{Dimension: "tenant", Value: tenant}}
	}
	return v
}

// sent plays until an offset and returns the offsets at which the alert's verdict, as a
// notifier compares it, is another one.
func (l *log) sent(e *Engine, until time.Duration) (changes []string) {
	was := ""
	for ; l.now <= until; l.now += Interval {
		e.Evaluate(noon.Add(l.now), l)
		for _, a := range e.Alerts() {
			if a.Verdict != was {
				was = a.Verdict
				changes = append(changes, l.now.String()+" "+was)
			}
		}
	}
	return changes
}

// A notification is repeated where the kind or the place of the verdict changes, once two
// judgements agree, and not again for five minutes.
func TestVerdictChanges(t *testing.T) {
	code, acme, other := verdictAt(blame.Code, ""), verdictAt(blame.Tenant, "acme"), verdictAt(blame.Release, "acme")
	unknown, nothing := blame.Verdict{Kind: blame.Code}, blame.Verdict{Kind: blame.Nothing, Known: true}
	moreOf := acme
	moreOf.Sentence, moreOf.Share = "another sentence", .9
	for _, tt := range []struct {
		name string
		list []blame.Verdict
		want []string // without the times
	}{
		{"the same", []blame.Verdict{code}, []string{"code"}},
		{"other figures", []blame.Verdict{acme, moreOf}, []string{`tenant tenant="acme"`}},
		{"a place is found", []blame.Verdict{code, code, code, acme}, []string{"code", `tenant tenant="acme"`}},
		{"another kind", []blame.Verdict{code, code, code, acme, acme, acme, other}, []string{"code", `tenant tenant="acme"`, `release tenant="acme"`}},
		{"for one judgement only", []blame.Verdict{code, code, code, acme, code}, []string{"code"}},
		{"not known at first", []blame.Verdict{unknown, unknown, unknown, unknown, code}, []string{"", "code"}},
		{"not known any more", []blame.Verdict{code, code, code, unknown, nothing}, []string{"code"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, l := judgedEngine(t, tt.list...)
			got := l.sent(e, 20*time.Minute)
			if strings.Join(got, "\n") == "" || len(got) != len(strip(tt.want)) {
				t.Fatalf("changes %q, want %q", got, tt.want)
			}
			for i, want := range strip(tt.want) {
				if !strings.HasSuffix(got[i], " "+want) {
					t.Errorf("change %d is %q, want %q", i, got[i], want)
				}
			}
		})
	}
}

// strip leaves out what a notifier does not see: no verdict yet.
func strip(list []string) (known []string) {
	for _, v := range list {
		if v != "" {
			known = append(known, v)
		}
	}
	return known
}

// Verdicts that go to and fro notify at most once in five minutes.
func TestVerdictsToAndFro(t *testing.T) {
	code, acme := verdictAt(blame.Code, ""), verdictAt(blame.Tenant, "acme")
	var list []blame.Verdict
	for range 100 {
		list = append(list, code, code, acme, acme)
	}
	e, l := judgedEngine(t, list...)
	if got := l.sent(e, 20*time.Minute); len(got) < 3 || len(got) > 6 {
		t.Errorf("notified at %q in 20 min", got)
	}
}

// The summary of a repeated notification shows that it is one.
func TestSummaryOfAnotherVerdict(t *testing.T) {
	e, l := judgedEngine(t, verdictAt(blame.Code, ""), verdictAt(blame.Code, ""), verdictAt(blame.Code, ""), verdictAt(blame.Tenant, "acme"))
	var summaries []string
	for ; l.now <= 5*time.Minute; l.now += Interval {
		e.Evaluate(noon.Add(l.now), l)
		for _, a := range e.Alerts() {
			first, _, _ := strings.Cut(a.Annotations["summary"], "\n")
			if len(summaries) == 0 || summaries[len(summaries)-1] != first {
				summaries = append(summaries, first)
			}
		}
	}
	want := []string{"code ", "tenant acme", "Now: tenant acme"}
	if strings.Join(summaries, "|") != strings.Join(want, "|") {
		t.Errorf("summaries %q, want %q", summaries, want)
	}
}

// After a restart, when nothing is known yet, an alert keeps its verdict.
func TestVerdictAfterARestart(t *testing.T) {
	v := verdictAt(blame.Tenant, "acme")
	v.Dimensions = []blame.Dimension{{Name: "tenant", Top: []blame.Bar{{Value: "acme", Share: 1}}}, {Name: "host", Alike: true}}
	e, l := judgedEngine(t, v)
	l.sent(e, 3*time.Minute)
	saved, err := json.Marshal(e.State())
	if err != nil {
		t.Fatal(err)
	}
	after, _ := judgedEngine(t, blame.Verdict{})
	var state Saved
	if err := json.Unmarshal(saved, &state); err != nil {
		t.Fatal(err)
	}
	if err := after.Restore(state); err != nil {
		t.Fatal(err)
	}
	was := e.Alerts()[0]
	l.sent(after, 6*time.Minute)
	now := after.Alerts()[0]
	if now.Verdict != was.Verdict || now.Annotations["verdict"] != v.Sentence || now.Annotations["contributors"] != was.Annotations["contributors"] {
		t.Errorf("after the restart %q %q, before %q %q", now.Verdict, now.Annotations, was.Verdict, was.Annotations)
	}
}

// The verdict of a rule by a label is asked for the traffic of the label's value.
func TestQuestionOfAGroup(t *testing.T) {
	cat := catalogue(t)
	for _, tt := range []struct{ by, dimension, value string }{
		{"", "", ""}, {"tenant", "tenant", "acme"},
	} {
		rule := keyManager(0, time.Hour)
		if tt.by != "" {
			rule.By = []string{tt.by}
		}
		var asked []blame.Question
		e, err := New([]RuleConfig{rule}, cat, Options{
			Settings: Settings{Verdicts: true},
			Judge: func(q blame.Question) blame.Verdict {
				asked = append(asked, q)
				return verdictAt(blame.Code, "")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &log{cat: cat, tenant: "acme"}
		l.burst(time.Minute, "proxy", 6007, 20)
		l.run(e, time.Minute)
		if len(asked) == 0 {
			t.Errorf("by %q: no question", tt.by)
			continue
		}
		if q := asked[0]; q.Dimension != tt.dimension || q.By != tt.value {
			t.Errorf("by %q: asked for %q %q, want %q %q", tt.by, q.Dimension, q.By, tt.dimension, tt.value)
		}
	}
}

// Labels of a verdict are those of the moment at which the alert begins to fire, until it
// ends; a restart keeps them, and a rule's own label wins.
func TestVerdictLabels(t *testing.T) {
	cat := catalogue(t)
	rule := keyManager(time.Minute, 0)
	rule.Labels = map[string]string{"owner": "team-seven"}
	verdict := verdictAt(blame.KeyManager, "")
	verdict.Owner = "infrastructure"
	build := func(r RuleConfig, labels bool) *Engine {
		e, err := New([]RuleConfig{r}, cat, Options{
			Settings: Settings{Verdicts: true, VerdictLabels: labels},
			Judge:    func(blame.Question) blame.Verdict { return verdict },
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	labels := func(e *Engine) string {
		l := e.States()[0].Labels
		return l["verdict"] + " " + l["owner"]
	}
	l := &log{cat: cat}
	for minute := range 10 {
		l.burst(time.Duration(minute)*time.Minute, "proxy", 6007, 20)
	}
	off, own, e := build(keyManager(time.Minute, 0), false), build(rule, true), build(keyManager(time.Minute, 0), true)
	for _, e := range []*Engine{off, own, e} {
		l.now = 0
		l.run(e, 30*time.Second)
		if got := labels(e); strings.HasPrefix(got, "key") {
			t.Errorf("pending: %q", got)
		}
		l.run(e, 3*time.Minute)
	}
	for want, e := range map[string]*Engine{" ": off, "key-manager team-seven": own, "key-manager infrastructure": e} {
		if got := labels(e); got != want {
			t.Errorf("firing: %q, want %q", got, want)
		}
	}
	verdict = verdictAt(blame.Tenant, "acme")
	verdict.Owner = "operator-backend"
	restarted := build(keyManager(time.Minute, 0), true)
	if err := restarted.Restore(e.State()); err != nil {
		t.Fatal(err)
	}
	if changes := l.run(restarted, 6*time.Minute); len(changes) > 0 || labels(restarted) != "key-manager infrastructure" {
		t.Errorf("after another verdict and a restart: %q, changes %q", labels(restarted), changes)
	}
	if l.run(restarted, 20*time.Minute); labels(restarted) != " " {
		t.Errorf("at the end: %q", labels(restarted))
	}
	if a := restarted.Resolved(); len(a) != 1 || a[0].Labels["verdict"] != "key-manager" {
		t.Errorf("resolved: %v", a)
	}
}

// Who asks for the verdict on a rule with an alert for each tenant gets the list of them.
func TestVerdictOfWhichGroup(t *testing.T) {
	l := manyTenants(t, 25, 10)
	e, err := New([]RuleConfig{byTenant("ByTenant", When{PerMinute: 6, Over: min1})}, l.cat, Options{Judge: func(blame.Question) blame.Verdict { return blame.Verdict{} }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Verdict("ByTenant", "", noon); err == nil || !strings.Contains(err.Error(), "pending or firing") {
		t.Errorf("before any alert: %v", err)
	}
	e.Evaluate(noon, l)
	if _, err := e.Verdict("ByTenant", "tenant 3", noon); err != nil {
		t.Error(err)
	}
	for _, by := range []string{"", "nobody"} {
		_, err := e.Verdict("ByTenant", by, noon)
		if err == nil || !strings.Contains(err.Error(), "tenant 0, tenant 1, tenant 10") || !strings.HasSuffix(err.Error(), "and 5 more") {
			t.Errorf("by %q: %v", by, err)
		}
	}
	if _, err := e.Verdict("Nowhere", "", noon); err == nil || !strings.Contains(err.Error(), "no rule") {
		t.Error(err)
	}
}
