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
// logged once a minute.
func (s *ruleset) regroup(now time.Time, w *index, behind []string) {
	for _, r := range s.rules {
		if !r.grouped() || r.by() == ByCategory { // its groups are those of the catalogue
			continue
		}
		v := selection{windows: w, sel: &r.selector, behind: behind, by: r.by(), now: now}
		fresh := s.newGroups(r, v, now)
		for len(fresh) > 0 && s.group(r, fresh[0].value) != nil {
			r.groups[fresh[0].value].counted = now
			fresh = fresh[1:]
		}
		r.missed = len(fresh)
		if r.missed == 0 {
			continue
		}
		for _, p := range s.replaceables(r, v, now) {
			if r.missed == 0 || fresh[0].incidents < p.least {
				break
			}
			s.drop(p.instance)
			s.group(r, fresh[0].value).counted = now
			fresh, r.missed = fresh[1:], r.missed-1
		}
		if r.missed > 0 && now.Sub(r.warned) >= time.Minute {
			r.warned = now
			s.log.Warn("too many values of a label for one rule, some have no alert: narrow match, or group by a label with fewer values",
				"rule", r.Name, "label", r.by(), "watched", len(r.groups), "unwatched", r.missed)
		}
	}
}

// newGroups returns the values without an instance, those with the most incidents
// first.
func (s *ruleset) newGroups(r *rule, v selection, now time.Time) []newGroup {
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
func (s *ruleset) replaceables(r *rule, v selection, now time.Time) []replaceable {
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
// where there are too many. The value "" is that of a rule without by.
func (s *ruleset) group(r *rule, value string) *instance {
	if t := r.groups[value]; t != nil || len(r.groups) >= MaxGroups {
		return t
	}
	t := newInstance(r, value)
	s.detectors.attach(t)
	r.groups[value] = t
	end := len(s.instances)
	for i := end - 1; i >= 0; i-- {
		if s.instances[i].rule == r {
			end = i + 1
			break
		}
	}
	s.instances = slices.Insert(s.instances, end, t)
	return t
}

// drop removes an instance.
func (s *ruleset) drop(t *instance) {
	delete(t.rule.groups, t.group)
	s.instances = slices.DeleteFunc(s.instances, func(other *instance) bool { return other == t })
	s.detectors.tidy(s.instances)
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
