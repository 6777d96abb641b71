package alert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrNotFound is the error of Accept where there is no such rule or alert.
var ErrNotFound = errors.New("not found")

// Accept ends the alerts of a rule that have all of these labels, firing or
// pending: what happens now is normal. A condition that learns takes it for
// normal from now on; any other does not fire again before it has ceased to
// hold. It returns the labels of what it accepts, which ends at the next
// evaluation; with an ErrNotFound where that is nothing.
func (e *Engine) Accept(name string, labels map[string]string) ([]map[string]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.ContainsFunc(e.set.rules, func(r *rule) bool { return r.Name == name && r.here() }) {
		return nil, fmt.Errorf("%w: no rule %q is evaluated here", ErrNotFound, name)
	}
	var accepted []map[string]string
	for _, t := range e.set.instances {
		if t.rule.Name != name || t.status.State == Inactive || !hasLabels(t.status.Labels, labels) {
			continue
		}
		t.accepted = true
		accepted = append(accepted, maps.Clone(t.status.Labels))
	}
	if len(accepted) > 0 {
		return accepted, nil
	}
	var wanted []string
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		wanted = append(wanted, fmt.Sprintf("%s=%q", label, labels[label]))
	}
	with := ""
	if len(wanted) > 0 {
		with = " with " + strings.Join(wanted, ", ")
	}
	return nil, fmt.Errorf("%w: no alert of %s%s is firing or pending", ErrNotFound, name, with)
}

// hasLabels reports whether labels has all of wanted.
func hasLabels(labels, wanted map[string]string) bool {
	for name, value := range wanted {
		if labels[name] != value {
			return false
		}
	}
	return true
}
