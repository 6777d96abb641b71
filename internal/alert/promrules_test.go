package alert

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// everyKind is one rule of each kind, with what makes selectors hard.
func everyKind() []RuleConfig {
	slow := keyManager(time.Minute, 5*time.Minute)
	slow.Name = "KeyManagerSlow"
	rules := []RuleConfig{
		slow,
		{Name: "ByTenant", Match: Match{Categories: []string{"token", "content-key"}}, When: When{PerMinute: 2}, By: []string{"tenant"}},
		{Name: "KeyManagerEither", Match: Match{Categories: []string{"key-manager"}}, When: When{PerMinute: 6, Over: time.Minute, Spike: &Spike{Level: "page"}}},
		{Name: "Dates", Match: Match{Codes: []int{1007, 4400}, Sources: []string{"proxy"}}, When: When{ShareOfRequests: 0.02, MinRequests: 50}},
		{Name: "Expected", Match: Match{Outcomes: []string{"expected"}, DRMs: []string{"widevine"}}, When: When{PerMinute: 100}},
		{Name: "SuddenByTenant", Match: Match{Categories: []string{"token"}}, When: When{Spike: &Spike{Sensitivity: "page"}}, By: []string{"tenant"}},
		{Name: "Unlisted", When: When{Unlisted: true}},
		{Name: "News", When: When{FirstSeen: 24 * time.Hour}},
		{Name: "Silent", Match: Match{Sources: []string{"proxy"}}, When: When{Silent: 5 * time.Minute}},
		{Name: "Budget", When: When{BurnRate: &BurnRate{Objective: 0.995}}, Labels: map[string]string{"team": "drm"}},
	}
	return append(rules, DefaultRules()...)
}

func TestRulesYAML(t *testing.T) {
	cat := catalogue(t)
	b, err := RulesYAML(everyKind(), cat, "https://wvwatch.example/runbooks/")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, want := range []string{
		"record: drm:incidents:increase1m\n        expr: sum by (source, drm, category, code, severity, tenant) (increase(drm_incidents_total[1m]) unless on (job, instance, source) (wvwatch_catching_up == 1))\n",
		`expr: sum(drm:incidents:increase1m{category="key-manager"}) / 1 >= 6` + "\n        for: 1m\n        keep_firing_for: 5m\n        labels:\n          category: key-manager\n          drm: widevine\n          severity: critical\n",
		`sum by (tenant)(drm:incidents:increase5m{category=~"token|content-key"}) / 5 >= 2`,
		`{drm="widevine",code=~"1007|4400",source="proxy"} or drm:incidents:increase5m{drm="ssm",code="1007",source="proxy"}`,
		`(max({__name__=~"drm:rule_evidence:.+",alert="TokenSpike"}) >= 10 or max(drm:spike_evidence:max{alert="TokenSpike"}) >= 10)`,
		`max by (tenant) ({__name__=~"drm:rule_evidence:.+",alert="SuddenByTenant"}) >= 10 and on (tenant) sum by (tenant) (drm:rule_affected_clients:increase5m{alert="SuddenByTenant"}) / (sum by (tenant) (drm:rule_plays:increase5m{alert="SuddenByTenant"}) > 0) >= 0.033`,
		`expr: (sum(drm:incidents:increase1m{category="key-manager"}) / 1 >= 6 and sum(drm:incidents:increase1m{category="key-manager"}) > on () sum(drm:spike_tolerated_incidents:sum{alert="KeyManagerEither"})) or ((max({__name__=~"drm:rule_evidence:.+",alert="KeyManagerEither"}) >= 10 or max(drm:spike_evidence:max{alert="KeyManagerEither"}) >= 12) and on () sum(`,
		`(max({__name__=~"drm:rule_evidence:.+",alert="KeyManagerFailing"}) >= 10 or max(drm:spike_evidence:max{alert="KeyManagerFailing"}) >= 12) and on () sum(`,
		`max(drm:spike_evidence:max{alert="LicenceRequestsCollapsed"}) >= 12`,
		"runbook_url: https://wvwatch.example/runbooks/key-manager.md",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the file: %s", want)
		}
	}
	if strings.Index(text, "record:") > strings.Index(text, "alert:") {
		t.Error("alerts stand before what is recorded")
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool in the path: install Debian's package prometheus to run this test")
	}
	if out, err := exec.Command(promtool, "check", "rules", "--lint=all", "--lint-fatal", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
	b, err = RulesTestsYAML(everyKind(), cat, "rules.yaml", "https://wvwatch.example/runbooks/")
	if err != nil {
		t.Fatal(err)
	}
	tests := filepath.Join(filepath.Dir(file), "tests.yaml")
	if err := os.WriteFile(tests, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "exp_labels:"); n < 17 {
		t.Errorf("only %d rules are tested", n)
	}
	if out, err := exec.Command(promtool, "test", "rules", tests).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%.3000s", err, out, b)
	}
}

func TestRulesOfPrometheusAreNotEvaluatedHere(t *testing.T) {
	cat := catalogue(t)
	r, s := keyManager(0, 0), spiky("page", "0.2/min")
	r.Evaluate, s.Evaluate = "prometheus", "prometheus"
	e := newEngine(t, cat, r, s)
	l := &log{cat: cat, stepped: true}
	l.grants(0, 12*min1, 20)
	l.fails(5*min1, 12*min1, 20)
	if got := l.run(e, 10*min1); got != nil || len(e.States()) != 0 || len(e.Alerts()) != 0 {
		t.Errorf("%v, %+v", got, e.States())
	}
	// An alert that fires when its rule goes over ends here.
	s.Evaluate = "here"
	firing := newEngine(t, cat, s)
	l.now = 0
	if got := l.run(firing, 6*min1); len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	s.Evaluate = "prometheus"
	if err := firing.Reload([]RuleConfig{s}, cat, Settings{}); err != nil {
		t.Fatal(err)
	}
	if got := l.run(firing, 6*min1+5*time.Second); len(got) != 1 || !strings.HasSuffix(got[0], "firing>inactive") {
		t.Errorf("got %v", got)
	}
	if _, evidence, _ := e.set.summary(); len(evidence) != 1 || evidence[0].Value < 12 {
		t.Errorf("the evidence is not told: %+v", evidence)
	}
}
