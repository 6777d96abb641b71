package alert

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"wvwatch/internal/codes"
)

// testFile is a file of unit tests for promtool.
type testFile struct {
	RuleFiles          []string   `yaml:"rule_files"`
	EvaluationInterval string     `yaml:"evaluation_interval"`
	Tests              []ruleTest `yaml:"tests"`
}

type ruleTest struct {
	Name       string       `yaml:"name"`
	Interval   string       `yaml:"interval"`
	Series     []testSeries `yaml:"input_series"`
	AlertTests []alertTest  `yaml:"alert_rule_test"`
}

type testSeries struct {
	Series string `yaml:"series"`
	Values string `yaml:"values"`
}

type alertTest struct {
	EvalTime string      `yaml:"eval_time"`
	Alert    string      `yaml:"alertname"`
	Expected []testAlert `yaml:"exp_alerts"`
}

type testAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

const (
	testInterval = 15 * time.Second
	testCalm     = 10 * time.Minute // before the incident begins
)

// RulesTestsYAML writes unit tests for promtool of the rules that RulesYAML
// wrote into ruleFile, a name in the directory of the tests, with the same runbooks: that each
// is silent while nothing happens and fires once its condition has held for long
// enough. Rules of per_minute, spike and unlisted are tested; those of other
// kinds are left out.
func RulesTestsYAML(rules []RuleConfig, cat *codes.Catalogue, ruleFile, runbooks string) ([]byte, error) {
	file := testFile{RuleFiles: []string{ruleFile}, EvaluationInterval: testInterval.String()}
	for _, c := range rules {
		r, err := newRule(c.withDefaults(), cat, runbooks, nil)
		if err != nil {
			return nil, err
		}
		if t, ok := newRuleTest(r, cat); ok {
			file.Tests = append(file.Tests, t)
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(file); err != nil {
		return nil, fmt.Errorf("write rule tests: %w", err)
	}
	return out.Bytes(), e.Close()
}

// newRuleTest makes the test of a rule: after a calm time one code fails for
// long enough.
func newRuleTest(r *rule, cat *codes.Catalogue) (ruleTest, bool) {
	e, ok := testEntry(r, cat)
	if !ok || r.When.PerMinute == 0 && !r.When.Unlisted && r.When.Spike == nil {
		return ruleTest{}, false
	}
	wait := r.For + 2*testInterval + r.When.Over
	if r.When.PerMinute == 0 && !r.When.Unlisted {
		wait = r.For + 2*testInterval + 5*time.Minute
	}
	calm, lasting := int(testCalm/testInterval), int(wait/testInterval)+int(testCalm/testInterval)
	perStep := math.Ceil(2 * max(r.When.PerMinute, 6) * testInterval.Minutes())
	grows := growing(calm, lasting, perStep)
	inputs := []testSeries{
		{fmt.Sprintf("drm_incidents_total{category=%q,code=\"%d\",drm=%q,instance=\"a:9477\",job=\"wvwatch\",severity=%q,source=%q%s}",
			e.Category, e.Code, e.DRM, e.Severity, testSource(r.Match), testGroup(r)), grows},
		{fmt.Sprintf("drm_code_info{category=%q,code=\"%d\",description=%q,drm=%q,instance=\"a:9477\",job=\"wvwatch\"}",
			e.Category, e.Code, e.Description, e.DRM), fmt.Sprintf("1x%d", calm+lasting)},
	}
	switch {
	case asksThresholdOrSpike(r.When):
		inputs = append(inputs, testSeries{fmt.Sprintf("drm_spike_tolerated_incidents{alert=%q,instance=\"a:9477\",job=\"wvwatch\"}", r.Name), fmt.Sprintf("0x%d", calm+lasting)})
	case r.When.Spike != nil:
		inputs = append(inputs, testClients(r, calm, lasting, perStep)...)
	}
	a := newPromWriter([]RuleConfig{r.RuleConfig}).alert(r, cat)
	labels := maps.Clone(a.Labels)
	for name, text := range labels {
		labels[name] = rendered(text)
	}
	if r.grouped() {
		labels[r.by()] = "acme"
	}
	annotations := map[string]string{"summary": testSummary(r, e, perStep), "description": testDescription(r, perStep)}
	if url, ok := a.Annotations["runbook_url"]; ok {
		annotations["runbook_url"] = rendered(url)
	}
	return ruleTest{
		Name: r.Name, Interval: testInterval.String(), Series: inputs,
		AlertTests: []alertTest{
			{span(testCalm), r.Name, nil},
			{span(testCalm + wait), r.Name, []testAlert{{labels, annotations}}},
		},
	}, true
}

// testClients are the series of a rule on spikes, on two daemons: every play
// fails, on the second twice as many.
func testClients(r *rule, calm, lasting int, perStep float64) (list []testSeries) {
	for i, instance := range []string{"a:9477", "b:9477"} {
		list = append(list, testSeries{fmt.Sprintf("wvwatch_build_info{instance=%q,job=\"wvwatch\"}", instance), fmt.Sprintf("1x%d", calm+lasting)})
		grows, steps := growing(calm, lasting, perStep*float64(1+i)), calm+lasting
		for _, s := range []testSeries{
			{"drm_rule_affected_clients_total", grows},
			{"drm_rule_plays_total", grows},
			{"drm_rule_expected_clients_total", fmt.Sprintf("0+0.01x%d", steps)},
			{"drm_rule_dispersion", fmt.Sprintf("1x%d", steps)},
			{"drm_rule_known_clients", fmt.Sprintf("100x%d", steps)},
		} {
			s.Series += fmt.Sprintf("{alert=%q,instance=%q,job=\"wvwatch\"%s}", r.Name, instance, testGroup(r))
			list = append(list, s)
		}
	}
	return list
}

// growing is a counter that stays at 0 for so many steps, and then grows.
func growing(calm, lasting int, perStep float64) string {
	return fmt.Sprintf("0x%d %s+%sx%d", calm, number(perStep), number(perStep), lasting)
}

// testDescription is what the template of promDescription becomes in a test.
func testDescription(r *rule, perStep float64) string {
	text := promMeaning(r.When)
	if r.When.Spike != nil && r.When.PerMinute == 0 {
		text += fmt.Sprintf(" Most clients: b:9477 %.0f, a:9477 %.0f", 40*perStep, 20*perStep)
	}
	if r.grouped() {
		text = "Of " + r.by() + " acme. " + text
	}
	return text
}

// testSummary is what the template of promSummary becomes in a test.
func testSummary(r *rule, e codes.Entry, perStep float64) string {
	inWindow := perStep * float64(r.When.Over/testInterval)
	says := fmt.Sprintf("%.1f incidents a minute over %s, fires at %s", perStep/testInterval.Minutes(), span(r.When.Over), number(r.When.PerMinute))
	switch {
	case asksThresholdOrSpike(r.When):
		says = fmt.Sprintf("at least %s incidents a minute over %s, or more than normal", number(r.When.PerMinute), span(r.When.Over))
	case r.When.Unlisted:
		says = fmt.Sprintf("%.0f incidents in %s of codes that are in no table", inWindow, span(r.When.Over))
	case r.When.Spike != nil:
		says = fmt.Sprintf("more than normal: %.0f clients in 5m where 0.4 are normal, 100%% of plays, on 2 of 2 daemons", 3*20*perStep)
	}
	group := ""
	if r.grouped() {
		group = ", " + r.by() + " acme"
	}
	text := fmt.Sprintf("%s%s: %s; %.0f x %s %d", r.Name, group, says, inWindow, e.DRM, e.Code)
	if e.Description != "" {
		text += " " + e.Description
	}
	return text
}

// testEntry returns a code that the rule counts.
func testEntry(r *rule, cat *codes.Catalogue) (codes.Entry, bool) {
	for _, e := range r.selector.examples(cat) {
		if e.Code == 0 { // any unlisted one
			e.Code = codes.MaxCode
		}
		if !r.When.Unlisted || !e.Listed {
			return e, true
		}
	}
	return codes.Entry{}, false
}

func testSource(m Match) string {
	if len(m.Sources) > 0 {
		return m.Sources[0]
	}
	return "proxy"
}

func testGroup(r *rule) string {
	if r.grouped() {
		return fmt.Sprintf(`,%s="acme"`, r.by())
	}
	return ""
}

// rendered undoes literal, as Prometheus does when it fills the template in.
func rendered(s string) string { return strings.ReplaceAll(s, `{{ "{{" }}`, "{{") }
