package alert

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
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

// RulesYAML writes valid rules as a rule file of Prometheus: first the recording
// rules, which sum over all instances so that a fleet of daemons is judged as one,
// then the alerts. Instances that are catching up are left out. A recorded series
// has the labels that the rules select and group by, and no other, so that their
// number does not grow with the number of daemons or pods. Annotations are
// Prometheus's own, since the user's are templates of another kind; a rule on spikes
// fires by the evidence in the sum of what the daemons export for it. runbooks
// is the URL under which people reach the runbooks; without it only a rule that
// names its own has a link.
func RulesYAML(rules []RuleConfig, cat *codes.Catalogue, runbooks string) ([]byte, error) {
	p := newPromWriter(rules)
	var alerts []promRule
	for _, c := range rules {
		r, err := newRule(c.withDefaults(), cat, runbooks, nil)
		if err != nil {
			return nil, err
		}
		alerts = append(alerts, p.alert(r, cat))
	}
	// In one group, one after the other, so that an alert sees what was recorded
	// at the same instant.
	all, slow := ruleGroup{Name: "wvwatch", Interval: "15s"}, ruleGroup{Name: "wvwatch-slow", Interval: "1m"}
	for _, name := range p.order() {
		g := &all
		if p.slow[name] {
			g = &slow
		}
		g.Rules = append(g.Rules, promRule{Record: name, Expr: p.records[name]})
	}
	all.Rules = append(all.Rules, alerts...)
	file := ruleFile{Groups: []ruleGroup{all}}
	if len(slow.Rules) > 0 {
		file.Groups = []ruleGroup{slow, all}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(file); err != nil {
		return nil, fmt.Errorf("write rule file: %w", err)
	}
	return out.Bytes(), e.Close()
}

// promWriter collects what has to be recorded.
type promWriter struct {
	groups   []string          // labels that rules group by, sorted
	records  map[string]string // by name
	drifting []string          // rules on drift
	slow     map[string]bool   // those over so long a window that a minute more or less is nothing
}

func newPromWriter(rules []RuleConfig) *promWriter {
	p := &promWriter{records: make(map[string]string), slow: make(map[string]bool)}
	for _, r := range rules {
		p.groups = append(p.groups, r.By...)
	}
	slices.Sort(p.groups)
	p.groups = slices.Compact(p.groups)
	return p
}

// labelled lists labels, and those that rules group by, for a "by" of PromQL.
func (p *promWriter) labelled(labels ...string) string {
	for _, name := range p.groups {
		if !slices.Contains(labels, name) {
			labels = append(labels, name)
		}
	}
	return strings.Join(labels, ", ")
}

// slowWindow is from where on a window is recorded once a minute only: it costs
// Prometheus a look at every sample in it.
const slowWindow = 24 * time.Hour

const (
	incidentsCounter = "drm_incidents_total"
	requestsCounter  = "drm_licence_requests_total" // which have no code
)

// increase records by how much a counter of the daemons grows in a window.
func (p *promWriter) increase(record, counter string, over time.Duration) string {
	record += ":increase" + span(over)
	labels := p.labelled("source", "drm", "category", "code", "severity")
	if counter == requestsCounter {
		labels = "source, drm, outcome"
	}
	p.records[record] = fmt.Sprintf("sum by (%s) (increase(%s[%s]) unless on (job, instance, source) (wvwatch_catching_up == 1))", labels, counter, span(over))
	p.slow[record] = over >= slowWindow
	return record
}

func (p *promWriter) alert(r *rule, cat *codes.Catalogue) promRule {
	labels := make(map[string]string)
	for name, value := range r.labels {
		// A label of the rule would replace that of its group.
		if name != "alertname" && value != "" && name != r.by() {
			labels[name] = literal(value)
		}
	}
	a := promRule{
		Alert: r.Name, Expr: p.expr(r, cat), Labels: labels,
		Annotations: map[string]string{
			"summary":     p.promSummary(r, cat),
			"description": p.promDescription(r),
		},
	}
	if strings.HasPrefix(r.runbook, "http") {
		a.Annotations["runbook_url"] = literal(r.runbook)
	}
	if r.For > 0 {
		a.For = span(r.For)
	}
	if keep := r.KeepFiringFor; keep > 0 {
		a.KeepFiringFor = span(keep)
	} else if r.When.risen() != nil {
		a.KeepFiringFor = span(fleetKeep)
	}
	return a
}

func (p *promWriter) expr(r *rule, cat *codes.Catalogue) string {
	if asksThresholdOrSpike(r.When) {
		number, sudden := *r, *r
		number.When.Spike, sudden.When.PerMinute = nil, 0
		return "(" + p.expr(&number, cat) + p.unlessUsual(r, cat) + ") or (" + p.expr(&sudden, cat) + ")"
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
	case w.risen() != nil:
		return p.spike(r)
	case w.Drift != nil:
		return p.drift(r)
	case w.detected():
		return fmt.Sprintf("max(%s{alert=%q}) >= %s", p.evidence(), r.Name, number(w.evidence()))
	case w.Unlisted:
		return fmt.Sprintf("sum%s(%s) > 0", by, p.incidents(r, cat, w.Over, func(e codes.Entry) bool { return !e.Listed }))
	case w.FirstSeen != 0:
		return p.firstSeen(r, cat)
	case w.Silent != 0:
		return fmt.Sprintf("count by (source) (%s) or %s", silentInstances(w, sourceMatcher(r.Match)), noneGranted(r))
	}
	return p.burnRate(r, cat)
}

// unlessUsual leaves out numbers that a daemon knows to be usual.
func (p *promWriter) unlessUsual(r *rule, cat *codes.Catalogue) string {
	by, on := "", "on ()"
	if r.grouped() {
		by, on = " by ("+r.by()+")", "on () group_left ()"
	}
	record := "drm:spike_tolerated_incidents:sum"
	p.records[record] = "sum by (alert) (drm_spike_tolerated_incidents)"
	return fmt.Sprintf(" and sum%s(%s) > %s sum(%s{alert=%q})", by, p.incidents(r, cat, r.When.Over, nil), on, record, r.Name)
}

// silentInstances returns the instances and sources that have had no line for as
// long as w requires, with the lines that they had in such a time before. An
// instance that is gone is not among them: WvwatchDown reports it.
func silentInstances(w When, matcher string) string {
	lines := fmt.Sprintf("wvwatch_lines_total{%s}", matcher)
	return fmt.Sprintf("increase(%[1]s[1h] offset %[2]s) * %[3]s >= %[4]d and increase(%[1]s[%[2]s]) == 0",
		lines, span(w.Silent), number(w.Silent.Hours()), leastLines)
}

// noneGranted is true where no daemon has seen a granted licence for as long as
// the rule requires, and some were granted before.
func noneGranted(r *rule) string {
	granted := fmt.Sprintf("increase(%s{%s}", requestsCounter, join(sourceMatcher(r.Match), drmMatcher(r.Match), `outcome="granted"`))
	return fmt.Sprintf("(sum(%[1]s[%[2]s])) == 0 and sum(%[1]s[1h])) * %[3]s >= %[4]d)",
		granted, span(r.When.Silent), number(r.When.Silent.Hours()), leastUsual)
}

// firstSeen is true for a code that was counted in the window and not before
// it, once counts have been recorded for as long: what Prometheus meets when it
// begins is not news.
func (p *promWriter) firstSeen(r *rule, cat *codes.Catalogue) string {
	w := r.When
	before := max(w.FirstSeen-w.Over, w.Over)
	return fmt.Sprintf("(sum by (drm, code) (%s) > 0 unless sum by (drm, code) (%s) > 0) and on () sum(%s) >= 0",
		p.incidents(r, cat, w.Over, nil), p.incidentsAgo(r, cat, before, w.Over, nil), p.incidentsAgo(r, cat, w.Over, w.FirstSeen, nil))
}

// burnRate is true for a pair of windows of which the long one holds a few failures,
// and for which requests have been recorded at least as long as its short one.
func (p *promWriter) burnRate(r *rule, cat *codes.Catalogue) string {
	budget := number(almostRound(1 - r.When.BurnRate.Objective))
	recent := p.requests(r, 5*time.Minute)
	var pairs []string
	for _, pair := range burnPairs(r.When.BurnRate.Windows) {
		burns := func(over time.Duration) string {
			return fmt.Sprintf("sum(%s) / (sum(%s) > 0) / %s >= %s", p.incidents(r, cat, over, isFault), p.requests(r, over), budget, number(pair.factor))
		}
		pairs = append(pairs, fmt.Sprintf("(%s and %s and sum(%s) >= %d and sum(%s offset %s) >= 0)",
			burns(pair.long), burns(pair.short), p.incidents(r, cat, pair.long, isFault), leastFailed, recent, span(pair.short)))
	}
	return strings.Join(pairs, " or ")
}

// incidents returns what the rule counts in a window, as recorded.
func (p *promWriter) incidents(r *rule, cat *codes.Catalogue, over time.Duration, wanted func(codes.Entry) bool) string {
	return p.incidentsAgo(r, cat, over, 0, wanted)
}

// incidentsAgo is incidents of a window that ended so long ago.
func (p *promWriter) incidentsAgo(r *rule, cat *codes.Catalogue, over, ago time.Duration, wanted func(codes.Entry) bool) string {
	record := p.increase("drm:incidents", incidentsCounter, over)
	offset := ""
	if ago > 0 {
		offset = " offset " + span(ago)
	}
	var selected []string
	for _, m := range matchers(r, cat, wanted) {
		selected = append(selected, record+"{"+m+"}"+offset)
	}
	if len(selected) == 1 {
		return selected[0]
	}
	return "(" + strings.Join(selected, " or ") + ")"
}

func (p *promWriter) requests(r *rule, over time.Duration) string {
	record := p.increase("drm:licence_requests", requestsCounter, over)
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
		quoted[i] = regexp.QuoteMeta(v)
	}
	return fmt.Sprintf("%s=~%q", label, strings.Join(quoted, "|"))
}

func join(matchers ...string) string {
	return strings.Join(slices.DeleteFunc(matchers, func(m string) bool { return m == "" }), ",")
}

// literal keeps Prometheus from taking text for a template.
func literal(s string) string { return strings.ReplaceAll(s, "{{", `{{ "{{" }}`) }

// almostRound takes the tail off that 1-0.995 has.
func almostRound(x float64) float64 { return float64(int64(x*1e9+0.5)) / 1e9 }
