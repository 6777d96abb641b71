package alert

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"wvwatch/internal/codes"
)

// ruleFile is a rule file of Prometheus.
type ruleFile struct {
	Groups []ruleGroup `yaml:"groups"`
}

type ruleGroup struct {
	Name     string     `yaml:"name"`
	Interval string     `yaml:"interval"`
	Rules    []promRule `yaml:"rules"`
}

type promRule struct {
	Record        string            `yaml:"record,omitempty"`
	Alert         string            `yaml:"alert,omitempty"`
	Expr          string            `yaml:"expr"`
	For           string            `yaml:"for,omitempty"`
	KeepFiringFor string            `yaml:"keep_firing_for,omitempty"`
	Labels        map[string]string `yaml:"labels,omitempty"`
	Annotations   map[string]string `yaml:"annotations,omitempty"`
}

// RulesYAML writes valid rules as a rule file of Prometheus: first what is
// recorded, over all instances so that a fleet of daemons is judged as one,
// then the alerts. Instances that are catching up are left out. Annotations are
// Prometheus's own, the user's are templates of another kind; a rule on spikes
// fires by the evidence that the daemons export for it.
func RulesYAML(rules []RuleConfig, cat *codes.Catalogue) ([]byte, error) {
	p := &promWriter{records: make(map[string]string)}
	var alerts []promRule
	for _, c := range rules {
		r, err := newRule(c.withDefaults(), cat, "")
		if err != nil {
			return nil, err
		}
		alerts = append(alerts, p.alert(r, cat))
	}
	var file ruleFile
	if len(p.records) > 0 {
		g := ruleGroup{Name: "wvwatch-recording", Interval: "15s"}
		for _, name := range slices.Sorted(maps.Keys(p.records)) {
			g.Rules = append(g.Rules, promRule{Record: name, Expr: p.records[name]})
		}
		file.Groups = append(file.Groups, g)
	}
	file.Groups = append(file.Groups, ruleGroup{Name: "wvwatch", Interval: "15s", Rules: alerts})
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(file); err != nil {
		return nil, fmt.Errorf("write rule file: %w", err)
	}
	return out.Bytes(), e.Close()
}

// promWriter collects what has to be recorded.
type promWriter struct{ records map[string]string }

func (p *promWriter) alert(r *rule, cat *codes.Catalogue) promRule {
	labels := make(map[string]string)
	for name, value := range r.labels {
		if name != "alertname" && value != "" {
			labels[name] = literal(value)
		}
	}
	a := promRule{
		Alert: r.Name, Expr: p.expr(r, cat), Labels: labels,
		Annotations: map[string]string{
			"summary":     r.Name + `: {{ $value | printf "%.2f" }}`,
			"description": literal(promMeaning(r.When)),
			"runbook_url": literal(r.runbook),
		},
	}
	if r.For > 0 {
		a.For = span(r.For)
	}
	if r.KeepFiringFor > 0 {
		a.KeepFiringFor = span(r.KeepFiringFor)
	}
	return a
}

// promMeaning says what $value is.
func promMeaning(w When) string {
	switch {
	case asksEither(w):
		return fmt.Sprintf("Incidents per minute over %s (fires at %s), or the evidence of a spike, in nats.", span(w.Over), number(w.PerMinute))
	case w.PerMinute != 0:
		return fmt.Sprintf("Incidents per minute over %s; fires at %s.", span(w.Over), number(w.PerMinute))
	case w.ShareOfRequests != 0:
		return fmt.Sprintf("Part of the licence requests over %s; fires at %s.", span(w.Over), number(w.ShareOfRequests))
	case w.Spike != nil:
		return "Evidence of a spike, in nats; the daemon's page says what is usual."
	case w.Unlisted:
		return "Incidents of codes that are in no table."
	case w.FirstSeen != 0:
		return fmt.Sprintf("Incidents of a code that was not seen for %s.", span(w.FirstSeen))
	case w.Silent != 0:
		return fmt.Sprintf("No line, or no granted licence, for %s.", span(w.Silent))
	}
	return "How many times too fast failed licences use up the error budget."
}

func (p *promWriter) expr(r *rule, cat *codes.Catalogue) string {
	if asksEither(r.When) {
		number, sudden := *r, *r
		number.When.Spike, sudden.When.PerMinute = nil, 0
		return "(" + p.expr(&number, cat) + ") or (" + p.expr(&sudden, cat) + ")"
	}
	w, by := r.When, ""
	if r.grouped() {
		by = " by (" + r.by() + ")"
	}
	switch {
	case w.PerMinute != 0:
		return fmt.Sprintf("sum%s(%s) / %s >= %s", by, p.incidents(r, cat, w.Over, nil), number(w.Over.Minutes()), number(w.PerMinute))
	case w.ShareOfRequests != 0:
		requests := "sum(" + p.requests(r, w.Over) + ")"
		return fmt.Sprintf("sum(%s) / %s >= %s and %s >= %d", p.incidents(r, cat, w.Over, nil), requests, number(w.ShareOfRequests), requests, w.MinRequests)
	case w.Spike != nil:
		const record = "drm:spike_evidence:max"
		p.records[record] = "max without (instance) (drm_spike_evidence unless on (job, instance) (max by (job, instance) (wvwatch_catching_up) == 1))"
		threshold, _ := parseSensitivity(w.Spike.Sensitivity)
		return fmt.Sprintf("max(%s{alert=%q}) >= %s", record, r.Name, number(threshold))
	case w.Unlisted:
		return fmt.Sprintf("sum%s(%s) > 0", by, p.incidents(r, cat, w.Over, func(e codes.Entry) bool { return !e.Listed }))
	case w.FirstSeen != 0:
		return fmt.Sprintf("sum by (drm, code) (%s) > 0 unless sum by (drm, code) (%s offset %s) > 0",
			p.incidents(r, cat, w.Over, nil), p.incidents(r, cat, w.FirstSeen, nil), span(w.Over))
	case w.Silent != 0:
		lines := fmt.Sprintf("increase(wvwatch_lines_total{%s}", sourceMatcher(r.Match))
		granted := fmt.Sprintf("increase(drm_licence_requests_total{%s}", join(sourceMatcher(r.Match), drmMatcher(r.Match), `outcome="granted"`))
		return fmt.Sprintf("(sum by (source) (%s[%s])) == 0 and sum by (source) (%s[1h] offset %s)) > 0) or (sum(%s[%s])) == 0 and sum(%s[1h])) * %s >= %d)",
			lines, span(w.Silent), lines, span(w.Silent), granted, span(w.Silent), granted, number(w.Silent.Hours()), leastGranted)
	}
	burn := func(over time.Duration) string {
		return fmt.Sprintf("sum(%s) / sum(%s) / %s >= %s", p.incidents(r, cat, over, isFault), p.requests(r, over),
			number(almostRound(1-w.BurnRate.Objective)), number(burnFactor))
	}
	return burn(burnLong) + " and " + burn(burnShort)
}

// incidents returns what the rule counts in a window, as recorded.
func (p *promWriter) incidents(r *rule, cat *codes.Catalogue, over time.Duration, wanted func(codes.Entry) bool) string {
	record := "drm:incidents:increase" + span(over)
	p.records[record] = fmt.Sprintf("sum without (instance) (increase(drm_incidents_total[%s]) unless on (job, instance, source) (wvwatch_catching_up == 1))", span(over))
	var selected []string
	for _, m := range matchers(r, cat, wanted) {
		selected = append(selected, record+"{"+m+"}")
	}
	if len(selected) == 1 {
		return selected[0]
	}
	return "(" + strings.Join(selected, " or ") + ")"
}

func (p *promWriter) requests(r *rule, over time.Duration) string {
	record := "drm:licence_requests:increase" + span(over)
	p.records[record] = fmt.Sprintf("sum without (instance) (increase(drm_licence_requests_total[%s]) unless on (job, instance, source) (wvwatch_catching_up == 1))", span(over))
	return record + "{" + join(sourceMatcher(r.Match), drmMatcher(r.Match)) + "}"
}

// matchers returns label matchers that select together what the rule counts.
// What is no label of the series, a code's outcome, becomes the codes that have
// it; so does a number, which not every server means.
func matchers(r *rule, cat *codes.Catalogue, wanted func(codes.Entry) bool) []string {
	m := r.Match
	rest := join(oneOf("category", m.Categories), oneOf("severity", m.Severities), sourceMatcher(m))
	if len(m.Codes) == 0 && len(m.Outcomes) == 0 && wanted == nil {
		return []string{join(rest, drmMatcher(m))}
	}
	byDRM := make(map[codes.DRM][]string)
	unlisted := false
	for _, e := range r.selector.examples(cat) {
		switch {
		case wanted != nil && !wanted(e):
		case !e.Listed && len(m.Codes) == 0: // an unlisted code of any number
			unlisted = true
		default:
			byDRM[e.DRM] = append(byDRM[e.DRM], fmt.Sprint(e.Code))
		}
	}
	var all []string
	for _, d := range slices.SortedFunc(maps.Keys(byDRM), cmp.Compare) {
		all = append(all, join(oneOf("drm", []string{d.String()}), oneOf("code", byDRM[d]), rest))
	}
	if unlisted {
		all = append(all, join(oneOf("category", []string{codes.CategoryUnlisted}), oneOf("severity", m.Severities), sourceMatcher(m), drmMatcher(m)))
	}
	if len(all) == 0 { // the rule selects nothing that the condition wants
		all = []string{`code="none"`}
	}
	return all
}

func sourceMatcher(m Match) string { return oneOf("source", m.Sources) }
func drmMatcher(m Match) string    { return oneOf("drm", m.DRMs) }

// oneOf matches a label that has one of the values; "" for any.
func oneOf(label string, values []string) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s=%q", label, values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quoteRegexp(v)
	}
	return fmt.Sprintf("%s=~%q", label, strings.Join(quoted, "|"))
}

func quoteRegexp(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func join(matchers ...string) string {
	return strings.Join(slices.DeleteFunc(matchers, func(m string) bool { return m == "" }), ",")
}

// literal keeps Prometheus from taking text for a template.
func literal(s string) string { return strings.ReplaceAll(s, "{{", `{{ "{{" }}`) }

// almostRound takes the tail off that 1-0.995 has.
func almostRound(x float64) float64 { return float64(int64(x*1e9+0.5)) / 1e9 }
