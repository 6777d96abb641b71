package alert

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// Validate reports every fault of rules at once, each with its path
// ("alerts[2].when.per_minute") and a cure. sources are the names of the
// configured sources.
func Validate(rules []RuleConfig, cat *codes.Catalogue, sources []string) error {
	return ValidateWith(rules, cat, sources, Settings{})
}

// ValidateWith is Validate with settings: it knows the external labels, which
// a template may name.
func ValidateWith(rules []RuleConfig, cat *codes.Catalogue, sources []string, s Settings) error {
	var fs fault.List
	first := make(map[string]int)
	for i, r := range rules {
		f := fs.At(fmt.Sprintf("alerts[%d]", i))
		r.withDefaults().check(f, cat, sources, s.ExternalLabels)
		if base, ok := strings.CutSuffix(r.Name, levelSuffix); ok && slices.ContainsFunc(rules, func(o RuleConfig) bool { return o.Name == base }) {
			f.AddFix("name", "choose another", "%q is the name of the notices of new levels of %s", r.Name, base)
		}
		if j, ok := first[r.Name]; ok && r.Name != "" {
			f.Add("name", "%q is the name of alerts[%d] too: the states of two rules of one name cannot be told apart", r.Name, j)
		} else {
			first[r.Name] = i
		}
	}
	return fs.Err()
}

// Validate checks one rule on its own, as if it were the first.
func (c RuleConfig) Validate(cat *codes.Catalogue, sources []string) error {
	return Validate([]RuleConfig{c}, cat, sources)
}

func (c RuleConfig) check(f fault.Scope, cat *codes.Catalogue, sources []string, external map[string]string) {
	c.checkName(f)
	c.Match.check(f.At("match"), cat, sources, c.When.everything() || len(asked(c.When)) == 0)
	if len(asked(c.When)) == 0 {
		f.AddFix("when", "write per_minute, share_of_requests, spike, unlisted, first_seen, silent or burn_rate", "no condition, or one that is 0")
	} else {
		c.When.check(f.At("when"))
	}
	if c.When.BurnRate != nil {
		checkFaults(c, cat, f)
	}
	c.checkBy(f)
	if c.Evaluate != evaluateHere && c.Evaluate != evaluatePrometheus {
		f.Add("evaluate", "unknown: %q: here, or prometheus for a rule that only the rule file holds", c.Evaluate)
	}
	checkWait(f, "for", c.For)
	checkWait(f, "keep_firing_for", c.KeepFiringFor)
	c.checkSeverity(f)
	c.checkLabels(f)
	c.checkAnnotations(f, cat, external)
}

func checkWait(f fault.Scope, field string, d time.Duration) {
	if d < 0 {
		f.Add(field, "%s: must not be negative", d)
	}
}

func (c RuleConfig) checkName(f fault.Scope) {
	switch {
	case c.Name == "":
		f.AddFix("name", "give the rule a name such as KeyManagerFailing", "missing")
	case !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(c.Name):
		f.Add("name", "%q: must be CamelCase, letters and digits only, such as %q", c.Name, camelCase(c.Name))
	}
}

// everything reports whether the condition needs no match.
func (w When) everything() bool {
	found := asked(w)
	return len(found) == 1 && found[0].everything
}

func (c RuleConfig) checkBy(f fault.Scope) {
	found := asked(c.When)
	for i, by := range c.By {
		field := fmt.Sprintf("by[%d]", i)
		switch {
		case i > 0:
			f.AddFix(field, "remove the others", "a rule has an alert for each value of one label")
		case by == ByCategory && len(found) == 1 && found[0].byCategory:
		case by != "tenant" && slices.Contains(reserved(), by) || !validName(by):
			f.AddFix(field, "use one of metrics.labels", "%q is not a label that counts are kept by", by)
		case c.Labels[by] != "":
			f.AddFix(field, "remove one of the two", "%q is in labels too", by)
		case len(found) == 1 && !found[0].byLabel:
			f.AddFix(field, "remove by", "%s is not counted by label", found[0].field)
		}
	}
}

// check is for a condition that asks for something.
func (w When) check(f fault.Scope) {
	found := asked(w)
	if len(found) > 1 {
		f.AddFix(found[1].field, "write two rules", "%s is set too, but a rule has one condition (only per_minute and spike go together)", found[0].field)
		return
	}
	found[0].check(w, f)
}

// ownSeverities are those of the catalogue.
func ownSeverities() []string { return []string{"info", "warning", "error", "critical"} }

// checkSeverity takes any word, because receivers route on words of their own
// (page, ticket), but not one that looks like a slip of the pen.
func (c RuleConfig) checkSeverity(f fault.Scope) {
	known := append(ownSeverities(), "page", "ticket", "none")
	if slices.Contains(known, c.Severity) {
		return
	}
	if near := fault.Nearest(strings.ToLower(c.Severity), known); near != "" {
		f.AddFix("severity", "did you mean "+near+"?", "%q", c.Severity)
	} else if !regexp.MustCompile(`^[a-z][a-z0-9_-]*$`).MatchString(c.Severity) {
		f.Add("severity", "%q: must be one lower-case word, such as warning or critical", c.Severity)
	}
}

// reserved are the labels that the daemon sets itself.
func reserved() []string {
	return []string{"alertname", "severity", "drm", "category", "source", "tenant"}
}

func (c RuleConfig) checkLabels(f fault.Scope) {
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		field := "labels." + name
		if wrong := labelFault(name, c.Labels[name]); wrong != "" {
			f.Add(field, "%s", wrong)
		}
	}
}

func (c RuleConfig) checkAnnotations(f fault.Scope, cat *codes.Catalogue, external map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(c.Annotations)) {
		field := "annotations." + name
		if !validName(name) {
			f.Add(field, "not an annotation name: letters, digits and _ only, not beginning with a digit or __")
		}
		if err := tryAnnotation(c.Annotations[name], c, cat, external); err != nil {
			f.Add(field, "%v", err)
		}
	}
	if c.RunbookURL == "" {
		return
	}
	if _, ok := c.Annotations["runbook_url"]; ok {
		f.AddFix("runbook_url", "remove one of the two", "annotations has it too")
	}
	if strings.Contains(c.RunbookURL, "{{") {
		f.AddFix("runbook_url", fmt.Sprintf("write it as annotations: {runbook_url: %q}", c.RunbookURL), "is a template")
		return
	}
	if u, err := url.Parse(c.RunbookURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		f.Add("runbook_url", "%q: must be a whole URL, such as https://wiki.example.com/runbooks/key-manager", c.RunbookURL)
	}
}

func validName(s string) bool {
	return regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`).MatchString(s) && !strings.HasPrefix(s, "__")
}

// camelCase makes the name that the user may have meant.
func camelCase(s string) string {
	var b strings.Builder
	for _, word := range regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(s, -1) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if b.Len() == 0 || unicode.IsDigit(rune(b.String()[0])) {
		return "Rule" + b.String()
	}
	return b.String()
}
