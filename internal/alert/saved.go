package alert

import (
	"errors"
	"maps"
	"slices"
)

// Saved is what a checkpoint keeps of an engine.
type Saved struct {
	Rules    []Status `json:"rules,omitempty"` // those that are not inactive
	Resolved []Alert  `json:"resolved,omitempty"`
}

// State returns what a checkpoint keeps.
func (e *Engine) State() Saved {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Saved{
		Rules:    slices.DeleteFunc(slices.Concat(e.status, e.gone), func(s Status) bool { return s.State == Inactive }),
		Resolved: slices.Clone(e.resolved),
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
	e.adopt(s.Rules)
	e.resolved = append(e.resolved, s.Resolved...)
	return nil
}

// adopt gives old states to the rules of the same name, and what no rule
// takes, or takes only under other labels, to gone. The caller holds the lock.
func (e *Engine) adopt(before []Status) {
	for _, old := range before {
		if old.State == Inactive {
			continue
		}
		i := slices.IndexFunc(e.rules, func(r *rule) bool { return r.Name == old.Rule })
		if i < 0 || !maps.Equal(old.Labels, e.rules[i].labels) {
			e.gone = append(e.gone, old)
		}
		if i >= 0 && e.status[i].State == Inactive {
			old.Severity, old.Labels = e.rules[i].Severity, e.rules[i].labels
			e.status[i] = old
		}
	}
}
