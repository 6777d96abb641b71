package alert

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// ruleset is the rules that are judged here, with the instances of each. It is guarded by
// the engine's lock.
type ruleset struct {
	log       *slog.Logger
	rules     []*rule
	instances []*instance // of rules, in their order
	detectors *detectors
}

// newRuleset returns the rules, with an instance of each that needs none of its groups
// to be met first.
func newRuleset(rules []*rule, d *detectors, log *slog.Logger) *ruleset {
	s := &ruleset{log: log, rules: rules, detectors: d}
	for _, r := range rules {
		switch {
		case !r.grouped():
			s.group(r, "")
		case r.by() == ByCategory:
			for _, entry := range r.selector.examples(d.cat) {
				s.group(r, entry.Category)
			}
		}
	}
	return s
}

// named returns the rule with a name; nil for none.
func (s *ruleset) named(name string) *rule {
	i := slices.IndexFunc(s.rules, func(r *rule) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return s.rules[i]
}

// active returns the instance of a rule and group that is pending or firing; nil for none.
func (s *ruleset) active(name, group string) *instance {
	i := slices.IndexFunc(s.instances, func(t *instance) bool {
		return t.rule.Name == name && t.group == group && t.status.State != Inactive
	})
	if i < 0 {
		return nil
	}
	return s.instances[i]
}

// mostListed bounds the values that an error names.
const mostListed = 20

// notActive explains why no instance of a rule and group is pending or firing, by those of
// the rule that are.
func (s *ruleset) notActive(name, group string) error {
	r := s.named(name)
	if r == nil {
		return fmt.Errorf("alert: there is no rule %q", name)
	}
	var groups []string
	for _, t := range s.instances {
		if t.rule == r && t.group != "" && t.status.State != Inactive {
			groups = append(groups, t.group)
		}
	}
	if len(groups) == 0 {
		return fmt.Errorf("alert: no alert of %q is pending or firing", name)
	}
	slices.Sort(groups)
	more := ""
	if n := len(groups) - mostListed; n > 0 {
		groups, more = groups[:mostListed], fmt.Sprintf(" and %d more", n)
	}
	list := strings.Join(groups, ", ") + more
	if group == "" {
		return fmt.Errorf("by: which %s of %q? Pending or firing: %s", r.by(), name, list)
	}
	return fmt.Errorf("by: no alert of %q for %q is pending or firing, but for: %s", name, group, list)
}

// statuses returns those of all instances.
func (s *ruleset) statuses() []Status {
	list := make([]Status, len(s.instances))
	for i, t := range s.instances {
		list[i] = t.status
	}
	return list
}

// memories returns what the conditions have learnt.
func (s *ruleset) memories() []Learnt {
	var list []Learnt
	for _, t := range s.instances {
		m, ok := t.condition.(memory)
		if !ok {
			continue
		}
		if state, err := m.remember(); err == nil {
			list = append(list, Learnt{t.rule.Name, t.group, t.rule.fingerprint(), state})
		}
	}
	return list
}

// recall gives the conditions back what they have learnt. What is of no use to
// them any more they learn again.
func (s *ruleset) recall(list []Learnt) {
	for _, l := range list {
		t := s.successor(l.Rule, l.Group)
		if t == nil || t.rule.fingerprint() != l.Fingerprint {
			continue
		}
		if m, ok := t.condition.(memory); ok {
			if err := m.recall(l.State); err != nil {
				s.log.Warn("what the rule has learnt is of no use any more, it learns anew", "rule", l.Rule, "err", err)
			}
		}
	}
}

// successor returns the instance that goes on with that of an earlier engine or
// configuration; nil for none.
func (s *ruleset) successor(name, group string) *instance {
	r := s.named(name)
	if r == nil || r.grouped() != (group != "") {
		return nil
	}
	return s.group(r, group)
}

// restore gives old states to the rules of the same name, and returns what no rule
// takes, or takes only under other labels. verdictLabels is Settings.VerdictLabels.
func (s *ruleset) restore(before []Status, verdictLabels bool) (gone []Status) {
	for _, old := range before {
		if !old.kept() {
			continue
		}
		t := s.successor(old.Rule, s.groupOf(old))
		if t != nil && !t.rule.here() { // its alert is Prometheus's now
			t = nil
		}
		if t != nil && verdictLabels {
			t.status.Labels = withVerdictLabels(t.status.Labels, old.Labels[verdictLabel], old.Labels[ownerLabel])
		}
		if old.State != Inactive && (t == nil || !maps.Equal(old.Labels, t.status.Labels)) {
			gone = append(gone, old)
		}
		if t != nil && t.status.State == Inactive {
			old.Severity, old.By, old.Labels = t.rule.Severity, t.status.By, t.status.Labels
			t.status = old
		}
	}
	return gone
}

// groupOf returns the value of the label that the rule of an old state groups by
// now.
func (s *ruleset) groupOf(old Status) string {
	if r := s.named(old.Rule); r != nil && r.grouped() {
		return old.Labels[r.by()]
	}
	return ""
}
