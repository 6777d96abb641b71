package alert

import (
	"cmp"
	"slices"
	"time"
)

// newGroup is a value of a rule's label that has incidents and no instance.
type newGroup struct {
	value     string
	incidents uint64
}

// replaceable is the instance of an inactive group, which may give way to a new one.
type replaceable struct {
	instance *instance
	least    uint64 // incidents that a new group needs
}

// quietFor is how long a group without incidents keeps its place from one with
// a few, so that what its detector has learnt is not lost to chance.
const quietFor = time.Hour

// countedEvery is how exact instance.counted is: to look at each group in each
// evaluation would cost as much as to judge it.
const countedEvery = time.Minute

// regroup gives an instance to every value that a rule with by meets for the
// first time. At MaxGroups the values with the most incidents come first, each
// in the place of an instance that is quieter; what has no alert is counted, and
// logged once a minute. The caller holds the lock.
func (e *Engine) regroup(now time.Time, behind []string) {
	for _, r := range e.rules {
		if !r.grouped() || r.by() == ByCategory { // its groups are those of the catalogue
			continue
		}
		v := selection{windows: e.indexes.at(now), sel: &r.selector, behind: behind, by: r.by(), now: now}
		fresh := e.newGroups(r, v, now)
		for len(fresh) > 0 && e.group(r, fresh[0].value) != nil {
			r.groups[fresh[0].value].counted = now
			fresh = fresh[1:]
		}
		r.missed = len(fresh)
		if r.missed == 0 {
			continue
		}
		for _, p := range e.replaceables(r, v, now) {
			if r.missed == 0 || fresh[0].incidents < p.least {
				break
			}
			e.drop(p.instance)
			e.group(r, fresh[0].value).counted = now
			fresh, r.missed = fresh[1:], r.missed-1
		}
		if r.missed > 0 && now.Sub(r.warned) >= time.Minute {
			r.warned = now
			e.log.Warn("too many values of a label for one rule, some have no alert: narrow match, or group by a label with fewer values",
				"rule", r.Name, "label", r.by(), "watched", len(r.groups), "unwatched", r.missed)
		}
	}
}

// newGroups returns the values without an instance, those with the most incidents
// first.
func (e *Engine) newGroups(r *rule, v selection, now time.Time) []newGroup {
	var fresh []newGroup
	for _, value := range v.windows.window(r.When.Over, r.by()).values {
		t := r.groups[value]
		if t != nil && now.Sub(t.counted).Abs() < countedEvery {
			continue
		}
		switch n := v.incidents(r.When.Over, value); {
		case n == 0:
		case t != nil:
			t.counted = now
		default:
			fresh = append(fresh, newGroup{value, n})
		}
	}
	slices.SortStableFunc(fresh, func(a, b newGroup) int { return cmp.Compare(b.incidents, a.incidents) })
	return fresh
}

// replaceables returns the inactive instances of a rule, those that give way first
// first. A group gives way to one with more incidents; where its condition
// has learnt something, to one with clearly more, unless it has been quiet for
// quietFor.
func (e *Engine) replaceables(r *rule, v selection, now time.Time) []replaceable {
	var list []replaceable
	for _, t := range r.groups {
		if t.status.State != Inactive {
			continue
		}
		if t.counted.IsZero() { // restored
			t.counted = now
		}
		n := v.incidents(r.When.Over, t.group)
		p := replaceable{t, n + 1}
		if learns(t.condition) && now.Sub(t.counted) < quietFor {
			p.least = 2*n + 3
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b replaceable) int {
		return cmp.Or(cmp.Compare(a.least, b.least), a.instance.counted.Compare(b.instance.counted), cmp.Compare(a.instance.group, b.instance.group))
	})
	return list
}

// group returns the instance of a value, which it adds where it is missing; nil
// where there are too many. The value "" is that of a rule without by. The
// caller holds the lock.
func (e *Engine) group(r *rule, value string) *instance {
	if t := r.groups[value]; t != nil || len(r.groups) >= MaxGroups {
		return t
	}
	t := newInstance(r, value)
	e.attach(t)
	r.groups[value] = t
	end := len(e.instances)
	for i := end - 1; i >= 0; i-- {
		if e.instances[i].rule == r {
			end = i + 1
			break
		}
	}
	e.instances = slices.Insert(e.instances, end, t)
	return t
}

// drop removes an instance.
func (e *Engine) drop(t *instance) {
	delete(t.rule.groups, t.group)
	e.instances = slices.DeleteFunc(e.instances, func(other *instance) bool { return other == t })
	e.tidy()
}

// learns reports whether a condition knows more than the windows hold.
func learns(c condition) bool {
	_, remembers := c.(memory)
	_, fed := c.(detectorUser)
	return remembers || fed
}

// Unwatched reports that a rule with by has met more values of its label than it
// can have alerts.
type Unwatched struct {
	Rule    string `json:"rule"`
	Label   string `json:"label"`
	Watched int    `json:"watched"`
	Missed  int    `json:"unwatched"` // values with incidents in the rule's window that have no alert
}

// Unwatched returns the rules that had more values of their label than alerts
// at the last evaluation.
func (e *Engine) Unwatched() []Unwatched {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Unwatched
	for _, r := range e.rules {
		if r.missed > 0 {
			list = append(list, Unwatched{r.Name, r.by(), len(r.groups), r.missed})
		}
	}
	return list
}
