package alert

import (
	"slices"
	"time"

	"wvwatch/internal/blame"
)

// Shorter returns the names of a source's rules with windows shorter than a time.
func (e *Engine) Shorter(source string, than time.Duration) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for _, r := range e.set.rules {
		w := r.When
		windowed := w.PerMinute != 0 || w.ShareOfRequests != 0 || w.Unlisted || w.FirstSeen != 0
		if windowed && w.Over < than && r.here() && r.selector.source(source) {
			names = append(names, r.Name)
		}
	}
	return names
}

// States returns the status of each rule that is evaluated here, in the order of
// the configuration, and the notices of new levels after it. A rule with by has
// one Status for each group that was met.
func (e *Engine) States() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Status
	for _, t := range e.set.instances {
		if t.rule.here() {
			list = append(list, t.status)
		}
	}
	for _, n := range e.notices {
		list = append(list, n.status())
	}
	return list
}

// Alerts returns what receivers should know now: the firing alerts, and those
// resolved within ResolvedFor. Alerts that have been muted since they began to
// fire are left out.
func (e *Engine) Alerts() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	alerts := slices.DeleteFunc(slices.Clone(e.ended.resolved), func(a Alert) bool { return a.Unsent })
	for _, t := range e.set.instances {
		if t.status.State == Firing && !t.status.Unsent {
			alerts = append(alerts, t.status.alert())
		}
	}
	for _, n := range e.notices {
		if !n.Alert.Unsent {
			alerts = append(alerts, n.Alert)
		}
	}
	return alerts
}

// Resolved returns all alerts that were resolved within ResolvedFor, also those
// that receivers were never sent.
func (e *Engine) Resolved() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.ended.resolved)
}

// Periods returns when alerts fired in the last day, those that still do aside,
// oldest end first.
func (e *Engine) Periods() []Period {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.ended.periods)
}

// Mutes returns all that are configured, as of a time.
func (e *Engine) Mutes(now time.Time) []Mute {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]Mute, len(e.mutes))
	for i, m := range e.mutes {
		list[i] = Mute{Name: m.name, Active: m.active(now)}
		for _, t := range e.set.instances {
			if t.status.State == Firing && t.status.Muted == m.name && t.status.Unsent {
				list[i].Muted++
			}
		}
		for _, n := range e.notices {
			if n.Muted == m.name && n.Alert.Unsent {
				list[i].Muted++
			}
		}
	}
	return list
}

// Unwatched returns the rules that had more values of their label than alerts
// at the last evaluation.
func (e *Engine) Unwatched() []Unwatched {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Unwatched
	for _, r := range e.set.rules {
		if r.missed > 0 {
			list = append(list, Unwatched{r.Name, r.by(), len(r.groups), r.missed})
		}
	}
	return list
}

// Verdict returns the verdict on an alert that is pending or firing: of the rule, and
// its value of the label in by. It is made at now.
func (e *Engine) Verdict(rule, by string, now time.Time) (blame.Verdict, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.set.active(rule, by)
	if t == nil || e.judge == nil {
		return blame.Verdict{}, e.set.notActive(rule, by)
	}
	return e.judge(t.question(t.onset(), now)), nil
}

// Active reports whether an alert is pending or firing.
func (e *Engine) Active() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.set.instances, func(t *instance) bool { return t.status.State != Inactive })
}

// ExternalLabels returns those of the present settings, which must not be
// changed.
func (e *Engine) ExternalLabels() map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings.ExternalLabels
}
