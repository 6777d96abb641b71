package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"wvwatch/internal/codes"
)

// rule is a RuleConfig made ready for use.
type rule struct {
	RuleConfig
	selector    selector
	kind        kind
	annotations annotations
	labels      map[string]string
	runbook     string

	masked bool   // bits and fault are those of the present catalogue
	bits   uint32 // of the categories that the rule counts
	fault  bool   // all of its codes are faults

	// Of a rule with by, guarded by the engine's lock.
	groups map[string]*instance // by value of the label
	missed int                  // values with incidents that had no alert at the last evaluation
	warned time.Time            // when they were last logged
}

// newRule prepares a valid rule. External labels are those of the daemon, nil
// where another program sends the alerts.
func newRule(c RuleConfig, cat *codes.Catalogue, runbooks string, external map[string]string) (*rule, error) {
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
		kind:        found[0],
		annotations: texts,
		labels:      make(map[string]string),
		groups:      make(map[string]*instance),
	}
	maps.Copy(r.labels, external)
	r.labels["alertname"], r.labels["severity"] = c.Name, c.Severity
	r.labels["drm"], r.labels["category"] = r.selector.identity(cat)
	maps.Copy(r.labels, c.Labels)
	r.runbook = runbookURL(c, r.labels["category"], runbooks)
	return r, nil
}

// categories returns the bits of the categories that the rule counts, and whether all
// of its codes are faults.
func (r *rule) categories(cat *codes.Catalogue, c categories) (uint32, bool) {
	if !r.masked {
		r.bits, r.fault = c.mask(r.selector.examples(cat))
		r.masked = true
	}
	return r.bits, r.fault
}

// fingerprint shows whether what a condition has learnt under an older
// configuration still holds.
func (r *rule) fingerprint() string {
	b, err := json.Marshal([]any{r.kind.field, r.Match, r.By, r.When.FirstSeen})
	if err != nil {
		return ""
	}
	return string(b)
}

// here reports whether the engine evaluates the rule.
func (c RuleConfig) here() bool { return c.Evaluate != evaluatePrometheus }

// judged reports whether the engine needs the rule: also one of Prometheus,
// where it goes by the evidence that the detector here finds.
func (c RuleConfig) judged() bool {
	return c.here() || c.When.detected()
}

// annotate renders the annotations and adds what is not a template. Those of a
// rule that is gone are the default ones.
func (r *rule) annotate(f Facts) map[string]string {
	texts := r.annotations.render(f)
	if _, ok := texts["runbook_url"]; !ok {
		texts["runbook_url"] = r.runbook
	}
	return texts
}
