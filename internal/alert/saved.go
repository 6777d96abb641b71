package alert

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Saved is what a checkpoint keeps of an engine.
type Saved struct {
	Rules    []Status      `json:"rules,omitempty"` // those that are not inactive
	Resolved []Alert       `json:"resolved,omitempty"`
	Levels   []levelNotice `json:"levels,omitempty"`
	Periods  []Period      `json:"periods,omitempty"`
	Learnt   []Learnt      `json:"learnt,omitempty"`

	Feeds      []savedFeed `json:"feeds,omitempty"`      // what detectors have learnt
	Categories []string    `json:"categories,omitempty"` // of the catalogue at the time
}

// Learnt is what one condition knows beyond the windows. It is of use only to
// a rule of the same fingerprint.
type Learnt struct {
	Rule        string          `json:"rule"`
	Group       string          `json:"tenant,omitempty"` // value of the label that the rule groups by; it was only the tenant once
	Fingerprint string          `json:"fingerprint"`
	State       json.RawMessage `json:"state"`
}

// State returns what a checkpoint keeps.
func (e *Engine) State() Saved {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Saved{
		Rules:    slices.DeleteFunc(slices.Concat(e.statuses(), e.gone), func(s Status) bool { return !s.kept() }),
		Resolved: slices.Clone(e.resolved),
		Levels:   slices.Clone(e.notices),
		Periods:  slices.Clone(e.periods),
		Learnt:   e.memories(),

		Feeds:      e.saveFeeds(),
		Categories: categoryNames(e.cat),
	}
}

// Restore takes up what State once returned, as Reload would: by the names of
// the rules. It is for an engine that has not evaluated yet.
func (e *Engine) Restore(s Saved) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.evaluations > 0 {
		return errors.New("restore alert states: the engine has evaluated already")
	}
	e.recall(s.Learnt)
	e.restoreStatuses(s.Rules)
	e.restoreFeeds(s.Feeds, s.Categories)
	e.resolved = append(e.resolved, s.Resolved...)
	e.notices = append(e.notices, s.Levels...)
	e.periods = append(e.periods, s.Periods...)
	return nil
}

// memories returns what the conditions have learnt. The caller holds the lock.
func (e *Engine) memories() []Learnt {
	var list []Learnt
	for _, t := range e.instances {
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
// them any more they learn again. The caller holds the lock.
func (e *Engine) recall(list []Learnt) {
	for _, l := range list {
		t := e.successor(l.Rule, l.Group)
		if t == nil || t.rule.fingerprint() != l.Fingerprint {
			continue
		}
		if m, ok := t.condition.(memory); ok {
			if err := m.recall(l.State); err != nil {
				e.log.Warn("what the rule has learnt is of no use any more, it learns anew", "rule", l.Rule, "err", err)
			}
		}
	}
}

// successor returns the instance that goes on with that of an earlier engine or
// configuration; nil for none. The caller holds the lock.
func (e *Engine) successor(name, group string) *instance {
	i := slices.IndexFunc(e.rules, func(r *rule) bool { return r.Name == name })
	if i < 0 || e.rules[i].grouped() != (group != "") {
		return nil
	}
	return e.group(e.rules[i], group)
}

// restoreStatuses gives old states to the rules of the same name, and what no rule
// takes, or takes only under other labels, to gone. The caller holds the lock.
func (e *Engine) restoreStatuses(before []Status) {
	for _, old := range before {
		if !old.kept() {
			continue
		}
		t := e.successor(old.Rule, e.groupOf(old))
		if t != nil && !t.rule.here() { // its alert is Prometheus's now
			t = nil
		}
		if t != nil && e.settings.VerdictLabels {
			t.status.Labels = withVerdictLabels(t.status.Labels, old.Labels[verdictLabel], old.Labels[ownerLabel])
		}
		if old.State != Inactive && (t == nil || !maps.Equal(old.Labels, t.status.Labels)) {
			e.gone = append(e.gone, old)
		}
		if t != nil && t.status.State == Inactive {
			old.Severity, old.By, old.Labels = t.rule.Severity, t.status.By, t.status.Labels
			t.status = old
		}
	}
}

// groupOf returns the value of the label that the rule of an old state groups by
// now. The caller holds the lock.
func (e *Engine) groupOf(s Status) string {
	for _, r := range e.rules {
		if r.Name == s.Rule && r.grouped() {
			return s.Labels[r.by()]
		}
	}
	return ""
}
