package alert

import (
	"fmt"
	"maps"

	"wvwatch/internal/codes"
)

// rule is a RuleConfig made ready for use.
type rule struct {
	RuleConfig
	selector    selector
	condition   condition
	annotations annotations
	labels      map[string]string
}

func newRule(c RuleConfig, cat *codes.Catalogue) (*rule, error) {
	found := asked(c.When)
	if len(found) != 1 {
		return nil, fmt.Errorf("rule %q: when must hold one condition, holds %d", c.Name, len(found))
	}
	texts, err := parseAnnotations(c)
	if err != nil {
		return nil, err
	}
	r := &rule{
		RuleConfig:  c,
		selector:    newSelector(c.Match, cat),
		condition:   found[0].build(c.When),
		annotations: texts,
		labels:      map[string]string{"alertname": c.Name, "severity": c.Severity},
	}
	r.labels["drm"], r.labels["category"] = r.selector.identity(cat)
	maps.Copy(r.labels, c.Labels)
	return r, nil
}

// annotate renders the annotations and adds what is not a template.
func (r *rule) annotate(f Facts) map[string]string {
	texts := r.annotations.render(f)
	if r.RunbookURL != "" {
		texts["runbook_url"] = r.RunbookURL
	}
	return texts
}
