package alert

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Drift is judged over the sum of all daemons, for each category: failures per
// play, or per hour where no log shows requests. Each case is a category.
func TestDriftInPrometheus(t *testing.T) {
	const day = 96 // steps of a quarter of an hour
	var series []testSeries
	var expected []string
	for _, tt := range []struct {
		category        string
		failed, lastDay float64 // a step, on each of two daemons: before the last day, and in it
		plays, lastPlay float64
		missing         int // days of the ten, at their beginning
		fires           bool
	}{
		{"four-times", 1, 4, 100, 100, 0, true},
		{"four-times-as-the-plays", 1, 4, 100, 400, 0, false},
		{"four-times-without-requests", 1, 4, 0, 0, 0, true},
		{"half-as-many-again", 2, 3, 100, 100, 0, false},
		{"known-for-less-than-a-week", 1, 4, 100, 100, 3, false},
		{"few-clients", 0.01, 0.04, 100, 100, 0, false},
	} {
		grow := func(before, last float64) string {
			steps := (9 - tt.missing) * day
			return fmt.Sprintf("_x%d %g+%gx%d %g+%gx%d", tt.missing*day, before, before, steps-1, before*float64(steps)+last, last, day)
		}
		for _, instance := range []string{"a:9477", "b:9477"} {
			labels := fmt.Sprintf("{alert=\"RefusalsDrift\",category=%q,instance=%q,job=\"wvwatch\",node=\"n1\",pod=%[2]q}", tt.category, instance)
			series = append(series,
				testSeries{"drm_rule_affected_clients_total" + labels, grow(tt.failed, tt.lastDay)},
				testSeries{"drm_rule_plays_total" + labels, grow(tt.plays, tt.lastPlay)},
				testSeries{"drm_rule_dispersion" + labels, fmt.Sprintf("1x%d", 10*day)})
		}
		if tt.fires {
			expected = append(expected, fmt.Sprintf("{labels: 'ALERTS{alertname=\"RefusalsDrift\",alertstate=\"firing\",category=%q,drm=\"several\",severity=\"info\"}', value: 1}", tt.category))
		}
	}
	const firing = `ALERTS{alertname="RefusalsDrift",alertstate="firing"}`
	// What one group of rules records, the other reads within the five minutes of Prometheus's lookback.
	promtoolTest(t, []RuleConfig{{Name: "RefusalsDrift", When: When{Drift: &Drift{}}, By: []string{ByCategory}, Severity: "info"}}, "4m", "15m", series,
		fmt.Sprintf("- {expr: '%s', eval_time: 9d, exp_samples: []}\n- {expr: '%[1]s', eval_time: 10d, exp_samples: [%s]}\n", firing, strings.Join(expected, ", ")))
}

// A recorded series has no label of one daemon or pod, whatever labels a scrape adds.
func TestRecordsHaveNoInstance(t *testing.T) {
	var series []testSeries
	for _, instance := range []string{"a:9477", "b:9477"} {
		target := fmt.Sprintf("container=\"wvwatch\",endpoint=\"metrics\",instance=%q,job=\"wvwatch\",node=\"n1\",pod=%[1]q,service=\"wvwatch\"}", instance)
		series = append(series,
			testSeries{`drm_incidents_total{category="token",code="4001",drm="widevine",severity="warning",source="proxy",tenant="acme",` + target, "0+1x60"},
			testSeries{`drm_licence_requests_total{drm="widevine",outcome="granted",source="proxy",` + target, "0+1x60"},
			testSeries{`drm_spike_evidence{alert="TokenSpike",` + target, "1x60"},
			testSeries{`drm_spike_tolerated_incidents{alert="KeyManagerEither",` + target, "1x60"})
		for _, name := range []string{"affected_clients_total", "plays_total", "expected_clients_total", "dispersion", "known_clients"} {
			series = append(series, testSeries{"drm_rule_" + name + `{alert="SuddenByTenant",tenant="acme",` + target, "0+1x60"})
		}
	}
	const recorded = `__name__=~"drm:.+"`
	var tests strings.Builder
	for _, label := range []string{"instance", "pod", "node", "container", "endpoint", "service", "job"} {
		fmt.Fprintf(&tests, "- {expr: 'count({%s,%s!=\"\"})', eval_time: 14m, exp_samples: []}\n", recorded, label)
	}
	// One for each daemon would be two.
	fmt.Fprintf(&tests, "- {expr: 'count({__name__=\"drm:incidents:increase5m\"})', eval_time: 14m, exp_samples: [{value: 1}]}\n")
	fmt.Fprintf(&tests, "- {expr: 'count({%s,tenant=\"acme\"}) > bool 5', eval_time: 14m, exp_samples: [{value: 1}]}\n", recorded)
	promtoolTest(t, everyKind(), "15s", "15s", series, tests.String())
}

// SourceSilent counts the instances on which a source is silent, and names them.
func TestSilenceInPrometheus(t *testing.T) {
	var series []testSeries
	for i, values := range []string{"0+60x200", "0+60x100 6060x100", "0+90x100 9090x100", "0+60x60 _x140"} {
		series = append(series, testSeries{fmt.Sprintf(`wvwatch_lines_total{instance="%d:9477",job="wvwatch",source="proxy"}`, i), values})
	}
	const labels = "exp_labels: {category: several, drm: several, severity: warning, source: proxy}"
	promtoolTest(t, DefaultRules(), "1m", "1m", series, "", fmt.Sprintf("- {eval_time: 100m, alertname: SourceSilent, exp_alerts: []}\n"+
		"- eval_time: 120m\n  alertname: SourceSilent\n  exp_alerts:\n  - %s\n    exp_annotations:\n"+
		"      summary: 'SourceSilent: no line from proxy on 2 instances for 15m, where there usually are'\n"+
		"      description: 'No line, or no granted licence on any daemon, for 15m. Silent: 2:9477, 1:9477'\n"+
		"      runbook_url: https://wvwatch.example/runbooks/README.md\n", labels))
}

// promtoolTest runs tests of expressions, and of alerts, of the rules that
// RulesYAML writes.
func promtoolTest(t *testing.T, rules []RuleConfig, evaluation, interval string, series []testSeries, expressions string, alerts ...string) {
	t.Helper()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool in the path: install Debian's package prometheus to run this test")
	}
	b, err := RulesYAML(rules, catalogue(t), "https://wvwatch.example/runbooks/")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "rule_files: [rules.yaml]\nevaluation_interval: %s\ntests:\n- interval: %s\n  input_series:\n", evaluation, interval)
	for _, s := range series {
		fmt.Fprintf(&text, "  - {series: '%s', values: '%s'}\n", s.Series, s.Values)
	}
	for kind, list := range map[string]string{"promql_expr_test": expressions, "alert_rule_test": strings.Join(alerts, "")} {
		if list != "" {
			fmt.Fprintf(&text, "  %s:\n  %s\n", kind, strings.ReplaceAll(strings.TrimSpace(list), "\n", "\n  "))
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"rules.yaml": string(b), "test.yaml": text.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(promtool, "test", "rules", filepath.Join(dir, "test.yaml")).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, strings.TrimSpace(string(out)))
	}
}
