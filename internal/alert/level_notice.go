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

// levelNotices are the notices of the last day. They are guarded by the engine's lock.
type levelNotices []levelNotice

// start fires the notice of the level that t has ended with, as the alert ended.
func (l *levelNotices) start(t *instance, ended Alert, m mutes, now time.Time) Transition {
	labels, texts := maps.Clone(ended.Labels), maps.Clone(ended.Annotations)
	labels["alertname"], labels["severity"] = t.rule.Name+levelSuffix, levelSeverity
	n := levelNotice{
		Rule: t.rule.Name, Text: texts["summary"], Until: now.Add(levelFor),
		Alert: Alert{Labels: labels, Annotations: texts, StartsAt: now},
	}
	n.Muted = m.nameFor(labels, now)
	n.Alert.Unsent = n.Muted != ""
	*l = append(slices.DeleteFunc(*l, func(o levelNotice) bool { return maps.Equal(o.Alert.Labels, labels) }), n)
	return Transition{
		Rule: labels["alertname"], By: t.rule.by(), Group: t.group, Severity: levelSeverity, From: Inactive, To: Firing, At: now,
		Sentence: n.Text, Muted: n.Muted,
	}
}

// end ends the notices that are a day old, or of rules that are gone from set, and adds
// them to ended.
func (l *levelNotices) end(set *ruleset, ended *endedAlerts, now time.Time) []Transition {
	var changes []Transition
	*l = slices.DeleteFunc(*l, func(n levelNotice) bool {
		how := EndOver
		if set.named(n.Rule) == nil {
			how = EndRuleGone
		}
		if how == EndOver && now.Before(n.Until) {
			return false
		}
		s := n.status()
		s.State, s.End = Inactive, how
		ended.add(s, now)
		changes = append(changes, Transition{
			Rule: s.Rule, Severity: s.Severity, From: Firing, To: Inactive, At: now, Sentence: n.Text, End: how, Muted: n.Muted,
		})
		return true
	})
	return changes
}

// updateMutes sets which notices are muted now.
func (l levelNotices) updateMutes(m mutes, now time.Time) {
	for i := range l {
		n := &l[i]
		n.Muted = m.nameFor(n.Alert.Labels, now)
		n.Alert.Unsent = n.Alert.Unsent && n.Muted != ""
	}
}

// status returns the notice as that of a rule.
func (n levelNotice) status() Status {
	return Status{
		Rule: n.Alert.Labels["alertname"], Severity: levelSeverity, State: Firing,
		ActiveSince: n.Alert.StartsAt, FiredAt: n.Alert.StartsAt, LastHeld: n.Alert.StartsAt,
		Sentence: n.Text, Labels: n.Alert.Labels, Annotations: n.Alert.Annotations, Muted: n.Muted, Unsent: n.Alert.Unsent,
	}
}
