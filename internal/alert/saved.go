package alert

import (
	"encoding/json"
	"errors"
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
		Rules:    slices.DeleteFunc(slices.Concat(e.set.statuses(), e.gone), func(s Status) bool { return !s.kept() }),
		Resolved: slices.Clone(e.ended.resolved),
		Levels:   slices.Clone(e.notices),
		Periods:  slices.Clone(e.ended.periods),
		Learnt:   e.set.memories(),

		Feeds:      e.detectors.save(),
		Categories: categoryNames(e.detectors.cat),
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
	e.set.recall(s.Learnt)
	e.gone = append(e.gone, e.set.restore(s.Rules, e.settings.VerdictLabels)...)
	e.detectors.restore(s.Feeds, s.Categories)
	e.ended.resolved = append(e.ended.resolved, s.Resolved...)
	e.notices = append(e.notices, s.Levels...)
	e.ended.periods = append(e.ended.periods, s.Periods...)
	return nil
}
