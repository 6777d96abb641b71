package replay

import (
	"fmt"
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/blame"
)

// alertPart is what one alert has of an incident.
type alertPart struct {
	rule, name string
	from, to   time.Time
	verdict    blame.Verdict // the last that was known
	firing     bool
	moments    []Moment
}

// part returns that of the alert of a name.
func (p *PostMortem) part(rule, name string, now time.Time) *alertPart {
	for _, a := range p.parts {
		if a.name == name {
			return a
		}
	}
	a := &alertPart{rule: rule, name: name, from: now, to: now}
	p.parts = append(p.parts, a)
	return a
}

// keep takes down what alerts fire at a time, and the verdicts on them.
func (p *PostMortem) keep(states []alert.Status, now time.Time) {
	for _, s := range states {
		if s.State != alert.Firing {
			continue
		}
		name := s.Rule
		if s.By != "" {
			name = fmt.Sprintf("%s{%s=%q}", s.Rule, s.By, s.Labels[s.By])
		}
		a := p.part(s.Rule, name, now)
		a.from, a.to = earlier(a.from, onset(s)), now
		if s.Verdict.Sentence != "" {
			a.verdict = s.Verdict
		}
	}
}

// causes returns a post-mortem for each cause of the alerts, where they have several.
func (p *PostMortem) causes() (list []*PostMortem) {
	groups := p.groups()
	if len(groups) < 2 {
		p.also(p.parts)
		return []*PostMortem{p}
	}
	for _, g := range groups {
		one := &PostMortem{From: g[0].from, Rules: []string{}}
		for _, a := range g {
			one.From, one.To = earlier(one.From, a.from), later(one.To, a.to)
			one.Still = one.Still || p.Still && a.firing
			one.Moments = append(one.Moments, a.moments...)
			if !slices.Contains(one.Rules, a.rule) {
				one.Rules = append(one.Rules, a.rule)
			}
			if a.verdict.Witnesses > one.Verdict.Witnesses || one.Verdict.Sentence == "" {
				one.Verdict = a.verdict
			}
		}
		one.also(g)
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b *PostMortem) int { return a.From.Compare(b.From) })
	return list
}

// also keeps the verdicts on alerts that are of another kind or place.
func (p *PostMortem) also(parts []*alertPart) {
	seen := []string{p.Verdict.Place()}
	for _, a := range parts {
		if place := a.verdict.Place(); a.verdict.Sentence != "" && !slices.Contains(seen, place) {
			seen = append(seen, place)
			p.Also = append(p.Also, Also{a.name, a.verdict.Sentence})
		}
	}
}

// groups returns the alerts by their causes. Those without a verdict are of the first.
func (p *PostMortem) groups() (groups [][]*alertPart) {
	var unknown []*alertPart
	for _, a := range p.parts {
		if a.verdict.Sentence == "" {
			unknown = append(unknown, a)
			continue
		}
		joined := []*alertPart{a}
		groups = slices.DeleteFunc(groups, func(g []*alertPart) bool {
			if slices.ContainsFunc(g, func(b *alertPart) bool { return !apart(&a.verdict, &b.verdict) }) {
				joined = append(g, joined...)
				return true
			}
			return false
		})
		groups = append(groups, joined)
	}
	if len(groups) > 0 {
		groups[0] = append(groups[0], unknown...)
	}
	return groups
}

// apart reports whether two verdicts are on different causes: at least one names a place,
// and they share neither a place nor a code.
func apart(a, b *blame.Verdict) bool {
	if len(a.Named)+len(b.Named) == 0 {
		return false
	}
	place := slices.ContainsFunc(a.Named, func(v blame.Value) bool { return slices.Contains(b.Named, v) })
	code := slices.ContainsFunc(a.Codes, func(x blame.CodeRise) bool {
		return slices.ContainsFunc(b.Codes, func(y blame.CodeRise) bool { return x.DRM == y.DRM && x.Code == y.Code })
	})
	return !place && !code
}
