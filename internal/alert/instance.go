package alert

import (
	"maps"
	"strings"
	"time"
	"unicode"
)

// instance is one alert of a rule: its only one, or that of one value of a label.
type instance struct {
	rule      *rule
	group     string // the value, fit for a label; "" for the only one
	condition condition
	status    Status
	verdict   cachedVerdict
	written   int64     // the step in which sums and texts were brought up to date
	accepted  bool      // a user has accepted the alert: it ends at the next evaluation
	exported  bool      // its sums are exported, and were once as 0
	counted   time.Time // when the group last had incidents in the rule's window
}

func newInstance(r *rule, group string) *instance {
	return &instance{
		rule: r, group: group, condition: r.kind.build(r.When),
		status: Status{Rule: r.Name, Severity: r.Severity, By: r.by(), Labels: r.labelsOf(group)},
	}
}

// labelsOf returns the labels of the rule's alert for a group.
func (r *rule) labelsOf(group string) map[string]string {
	if group == "" {
		return r.labels
	}
	labels := maps.Clone(r.labels)
	labels[r.by()] = group
	return labels
}

// by returns the label that the rule groups its alerts by; "" for none.
func (c RuleConfig) by() string {
	if len(c.By) == 0 {
		return ""
	}
	return c.By[0]
}

// grouped reports whether the rule makes an alert for each value of a label.
func (c RuleConfig) grouped() bool { return len(c.By) > 0 }

// continues reports whether the instance goes on with an old status, if under other
// labels.
func (t *instance) continues(s Status) bool {
	return t.rule.here() && t.rule.Name == s.Rule && t.status.Labels[t.rule.by()] == s.Labels[t.rule.by()]
}

// printable makes text from a log fit for a label: what is not printable is U+FFFD.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
