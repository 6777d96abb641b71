package alert

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"wvwatch/internal/codes"
)

// track is one alert of a rule: its only one, or that of one value of a label.
type track struct {
	rule      *rule
	group     string // "" for the only one
	condition condition
	status    Status
}

func newTrack(r *rule, group string) *track {
	labels := r.labels
	if group != "" {
		labels = maps.Clone(labels)
		labels[r.by()] = printable(group)
	}
	return &track{
		rule: r, group: group, condition: r.kind.build(r.When),
		status: Status{Rule: r.Name, Severity: r.Severity, Labels: labels},
	}
}

// by returns the label for each of whose values the rule makes an alert; "" for
// none.
func (c RuleConfig) by() string {
	if len(c.By) == 0 {
		return ""
	}
	return c.By[0]
}

// grouped reports whether the rule makes an alert for each value of a label.
func (c RuleConfig) grouped() bool { return len(c.By) > 0 }

// takes reports whether the track goes on with an old status, if under other
// labels.
func (t *track) takes(s Status) bool {
	return t.rule.here() && t.rule.Name == s.Rule && t.status.Labels[t.rule.by()] == s.Labels[t.rule.by()]
}

// regroup adds a track for every value that a rule with by meets for the
// first time, up to MaxGroups. The caller holds the lock.
func (e *Engine) regroup(w Windows, behind []string) {
	for _, r := range e.rules {
		if !r.grouped() {
			continue
		}
		v := view{w, &r.selector, behind, r.by(), ""}
		w.Each(r.When.Over, r.by(), func(source string, c codes.Entry, value string, _, incidents uint64) {
			if incidents > 0 && value != "" && v.source(source) && r.selector.entry(c) {
				e.group(r, value)
			}
		})
	}
}

// group returns the track of a value, which it adds where it is missing; nil
// where there are too many.
func (e *Engine) group(r *rule, value string) *track {
	end, groups := len(e.tracks), 0
	for i, t := range e.tracks {
		if t.rule == r && t.group == value {
			return t
		}
		if t.rule == r {
			end, groups = i+1, groups+1
		}
	}
	if groups >= MaxGroups {
		return nil
	}
	t := newTrack(r, value)
	e.tracks = slices.Insert(e.tracks, end, t)
	return t
}

func (e *Engine) statuses() []Status {
	list := make([]Status, len(e.tracks))
	for i, t := range e.tracks {
		list[i] = t.status
	}
	return list
}

// printable makes text from a log fit for a label.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
