package alert

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The fleet's rules look at the sum of all daemons: they find what each of them
// alone cannot, and page only where enough plays are lost.
func TestFleetRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool in the path: install Debian's package prometheus to run this test")
	}
	cat := catalogue(t)
	rules := []RuleConfig{
		{Name: "Ticket", Match: Match{Categories: []string{"token"}}, When: When{Spike: &Spike{}}},
		{Name: "Page", Match: Match{Categories: []string{"token"}}, When: When{Spike: &Spike{Sensitivity: "page"}}, Severity: "critical"},
		{Name: "ByTenant", Match: Match{Categories: []string{"token"}}, When: When{Spike: &Spike{Sensitivity: "page"}}, By: []string{"tenant"}, Severity: "critical"},
	}
	b, err := RulesYAML(rules, cat, "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	catching := testSeries{`wvwatch_catching_up{instance="0:9477",job="wvwatch",source="a"}`, "1x320"}
	for _, tt := range []struct {
		name, rule, labels string
		series             []testSeries
		fires              bool
		group              string
	}{
		{"a total outage of one", "Ticket", "", fleet(1, "Ticket", "", 2, 2), true, ""},
		{"a total outage of one pages", "Page", "", fleet(1, "Page", "", 2, 2), true, ""},
		{"a hundredth of the plays is a ticket", "Ticket", "", fleet(1, "Ticket", "", 2, 200), true, ""},
		{"a hundredth of the plays is no page", "Page", "", fleet(1, "Page", "", 2, 200), false, ""},
		{"a little on each of ten", "Ticket", "", fleet(10, "Ticket", "", 0.1, 1), true, ""},
		{"the same on one of them alone", "Ticket", "", fleet(1, "Ticket", "", 0.1, 1), false, ""},
		{"normal on each of ten", "Ticket", "", fleet(10, "Ticket", "", 0.002, 1), false, ""},
		{"one that is catching up", "Ticket", "", append(fleet(1, "Ticket", "", 2, 2), catching), false, ""},
		{"a tenant", "ByTenant", `,tenant="acme"`, fleet(3, "ByTenant", `,tenant="acme"`, 1, 1), true, "acme"},
	} {
		labels := map[string]string{"severity": "critical", "category": "token", "drm": "several"}
		if tt.rule == "Ticket" {
			labels["severity"] = "warning"
		}
		if tt.group != "" {
			labels["tenant"] = tt.group
		}
		expr := fmt.Sprintf(`ALERTS{alertname=%q,alertstate="firing"}`, tt.rule)
		type sample struct {
			Labels string  `yaml:"labels"`
			Value  float64 `yaml:"value"`
		}
		var want []sample
		if tt.fires {
			text := fmt.Sprintf(`ALERTS{alertname=%q,alertstate="firing",category=%q,drm=%q,severity=%q`, tt.rule, labels["category"], several, labels["severity"])
			if tt.group != "" {
				text += fmt.Sprintf(",tenant=%q", tt.group)
			}
			want = []sample{{text + "}", 1}}
		}
		type exprTest struct {
			Expr    string   `yaml:"expr"`
			At      string   `yaml:"eval_time"`
			Samples []sample `yaml:"exp_samples"`
		}
		text, err := yaml.Marshal(map[string]any{
			"rule_files": []string{"rules.yaml"}, "evaluation_interval": "1m",
			"tests": []any{map[string]any{
				"interval": "15s", "input_series": tt.series,
				"promql_expr_test": []exprTest{{expr, "29m", nil}, {expr, "45m", want}, {expr, "70m", nil}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "test.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(promtool, "test", "rules", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, strings.TrimSpace(string(out)))
		}
	}
}

// fleet are series of so many instances: each counts 30 m of calm, then per step
// of 15 s so many clients of so many plays, for 20 m, then calm.
func fleet(n int, rule, labels string, clients, plays float64) (list []testSeries) {
	for i := range n {
		for _, s := range []testSeries{
			{"drm_rule_affected_clients_total", fmt.Sprintf("0x120 %g+%gx79 %g+0x120", clients, clients, 80*clients)},
			{"drm_rule_plays_total", fmt.Sprintf("0+%gx320", plays)},
			{"drm_rule_expected_clients_total", fmt.Sprintf("0+%gx320", 0.02/float64(n))},
			{"drm_rule_dispersion", "1x320"},
			{"drm_rule_known_clients", fmt.Sprintf("%gx320", 200/float64(n))},
		} {
			s.Series += fmt.Sprintf("{alert=%q,instance=\"%d:9477\",job=\"wvwatch\"%s}", rule, i, labels)
			list = append(list, s)
		}
	}
	return list
}
