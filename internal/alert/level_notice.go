package alert

import (
	"maps"
	"slices"
	"time"
)

// levelNotice is the notice that a new level has become normal: an alert of its own,
// since a receiver can not see in a resolved one that nothing is over.
type levelNotice struct {
	Rule  string    `json:"rule"` // the rule that has the level
	Alert Alert     `json:"alert"`
	Text  string    `json:"sentence"`
	Muted string    `json:"muted,omitempty"`
	Until time.Time `json:"until"`
}

const (
	levelSuffix   = "NewLevel" // of the name of the rule
	levelSeverity = "info"
	levelFor      = 24 * time.Hour
)

// startNotice fires the notice of the level that t has ended with.
func (e *Engine) startNotice(t *instance, now time.Time) Transition {
	ended := e.resolved[len(e.resolved)-1]
	labels, texts := maps.Clone(ended.Labels), maps.Clone(ended.Annotations)
	labels["alertname"], labels["severity"] = t.rule.Name+levelSuffix, levelSeverity
	n := levelNotice{
		Rule: t.rule.Name, Text: texts["summary"], Until: now.Add(levelFor),
		Alert: Alert{Labels: labels, Annotations: texts, StartsAt: now},
	}
	n.Muted = e.mutedBy(labels, now)
	n.Alert.Unsent = n.Muted != ""
	e.notices = slices.DeleteFunc(e.notices, func(o levelNotice) bool { return maps.Equal(o.Alert.Labels, labels) })
	e.notices = append(e.notices, n)
	return Transition{
		Rule: labels["alertname"], By: t.rule.by(), Group: t.group, Severity: levelSeverity, From: Inactive, To: Firing, At: now,
		Sentence: n.Text, Muted: n.Muted,
	}
}

// endNotices ends the notices that are a day old, or of rules that are gone.
func (e *Engine) endNotices(now time.Time) []Transition {
	var changes []Transition
	e.notices = slices.DeleteFunc(e.notices, func(n levelNotice) bool {
		how := EndOver
		if !slices.ContainsFunc(e.rules, func(r *rule) bool { return r.Name == n.Rule }) {
			how = EndRuleGone
		}
		if how == EndOver && now.Before(n.Until) {
			return false
		}
		s := n.status()
		s.State, s.End = Inactive, how
		e.resolve(s, now)
		changes = append(changes, Transition{
			Rule: s.Rule, Severity: s.Severity, From: Firing, To: Inactive, At: now, Sentence: n.Text, End: how, Muted: n.Muted,
		})
		return true
	})
	for i := range e.notices {
		n := &e.notices[i]
		n.Muted = e.mutedBy(n.Alert.Labels, now)
		n.Alert.Unsent = n.Alert.Unsent && n.Muted != ""
	}
	return changes
}

// status returns the notice as that of a rule.
func (n levelNotice) status() Status {
	return Status{
		Rule: n.Alert.Labels["alertname"], Severity: levelSeverity, State: Firing,
		ActiveSince: n.Alert.StartsAt, FiredAt: n.Alert.StartsAt, LastHeld: n.Alert.StartsAt,
		Sentence: n.Text, Labels: n.Alert.Labels, Annotations: n.Alert.Annotations, Muted: n.Muted, Unsent: n.Alert.Unsent,
	}
}
