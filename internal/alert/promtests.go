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
// wrote into ruleFile, a name beside the tests: that each is silent while
// nothing happens and fires once its condition has held for long enough. Rules
// of per_minute, spike and unlisted are tested; those of other kinds are left
// out.
func RulesTestsYAML(rules []RuleConfig, cat *codes.Catalogue, ruleFile string) ([]byte, error) {
	file := testFile{RuleFiles: []string{ruleFile}, EvaluationInterval: testInterval.String()}
	for _, c := range rules {
		r, err := newRule(c.withDefaults(), cat, "", nil)
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

func newRuleTest(r *rule, cat *codes.Catalogue) (ruleTest, bool) {
	var series, values string
	var value float64
	wait := r.For + 2*testInterval
	calm := int(testCalm / testInterval)
	lasting := int((r.When.Over+wait)/testInterval) + calm
	switch {
	case r.When.PerMinute != 0, r.When.Unlisted:
		e, ok := testEntry(r, cat)
		if !ok {
			return ruleTest{}, false
		}
		series = fmt.Sprintf("drm_incidents_total{category=%q,code=\"%d\",drm=%q,instance=\"a:9477\",job=\"wvwatch\",severity=%q,source=%q%s}",
			e.Category, e.Code, e.DRM, e.Severity, testSource(r.Match), testGroup(r))
		perStep := math.Ceil(2 * max(r.When.PerMinute, 1) * testInterval.Minutes())
		values = fmt.Sprintf("0x%d %s+%sx%d", calm, number(perStep), number(perStep), lasting)
		wait += r.When.Over
		value = perStep / testInterval.Minutes()
		if r.When.Unlisted {
			value *= r.When.Over.Minutes()
		}
	case r.When.Spike != nil:
		value, _ = parseSensitivity(r.When.Spike.Sensitivity)
		series = fmt.Sprintf("drm_spike_evidence{alert=%q,instance=\"a:9477\",job=\"wvwatch\"}", r.Name)
		values = fmt.Sprintf("0x%d %s+0x%d", calm, number(value), lasting)
	default:
		return ruleTest{}, false
	}

	a := newPromWriter().alert(r, cat)
	labels := maps.Clone(a.Labels)
	for name, text := range labels {
		labels[name] = rendered(text)
	}
	if r.grouped() {
		labels[r.by()] = "acme"
	}
	annotations := map[string]string{
		"summary":     fmt.Sprintf("%s: %.2f", r.Name, value),
		"description": rendered(a.Annotations["description"]),
		"runbook_url": rendered(a.Annotations["runbook_url"]),
	}
	inputs := []testSeries{{series, values}}
	if asksEither(r.When) {
		inputs = append(inputs, testSeries{fmt.Sprintf("drm_spike_tolerated_incidents{alert=%q,instance=\"a:9477\",job=\"wvwatch\"}", r.Name), fmt.Sprintf("0x%d", calm+lasting)})
	}
	return ruleTest{
		Name: r.Name, Interval: testInterval.String(), Series: inputs,
		AlertTests: []alertTest{
			{span(testCalm), r.Name, nil},
			{span(testCalm + wait), r.Name, []testAlert{{labels, annotations}}},
		},
	}, true
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
