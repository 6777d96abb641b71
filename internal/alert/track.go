package alert

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"wvwatch/internal/codes"
)

// track is one alert of a rule: its only one, or that of one tenant.
type track struct {
	rule      *rule
	tenant    string // "" for the only one
	condition condition
	status    Status
}

func newTrack(r *rule, tenant string) *track {
	labels := r.labels
	if tenant != "" {
		labels = maps.Clone(labels)
		labels[groupTenant] = printable(tenant)
	}
	return &track{
		rule: r, tenant: tenant, condition: r.kind.build(r.When),
		status: Status{Rule: r.Name, Severity: r.Severity, Labels: labels},
	}
}

// groupTenant is what alerts can be grouped by, and the label that says so.
const groupTenant = "tenant"

// grouped reports whether the rule makes one alert for each tenant.
func (c RuleConfig) grouped() bool { return slices.Contains(c.By, groupTenant) }

// takes reports whether the track goes on with an old status, if under other
// labels.
func (t *track) takes(s Status) bool {
	return t.rule.here() && t.rule.Name == s.Rule && t.status.Labels[groupTenant] == s.Labels[groupTenant]
}

// regroup adds a track for every tenant that a rule with by meets for the
// first time, up to MaxGroups. The caller holds the lock.
func (e *Engine) regroup(w Windows, behind []string) {
	for _, r := range e.rules {
		if !r.grouped() {
			continue
		}
		v := view{w, &r.selector, behind, ""}
		w.Each(r.When.Over, func(source string, c codes.Entry, tenant string, _, incidents uint64) {
			if incidents > 0 && tenant != "" && v.source(source) && r.selector.entry(c) {
				e.group(r, tenant)
			}
		})
	}
}

// group returns the track of a tenant, which it adds where it is missing; nil
// where there are too many.
func (e *Engine) group(r *rule, tenant string) *track {
	end, groups := len(e.tracks), 0
	for i, t := range e.tracks {
		if t.rule == r && t.tenant == tenant {
			return t
		}
		if t.rule == r {
			end, groups = i+1, groups+1
		}
	}
	if groups >= MaxGroups {
		return nil
	}
	t := newTrack(r, tenant)
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
