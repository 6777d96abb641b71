package alert

import (
	"cmp"
	"slices"
	"time"
)

// newcomer is a value of a rule's label that has incidents and no track.
type newcomer struct {
	value     string
	incidents uint64
}

// place is the track of an inactive group, which a newcomer may take.
type place struct {
	track *track
	least uint64 // incidents that a newcomer needs for it
}

// quietFor is how long a group without incidents keeps its place from one with
// a few, so that what its detector has learnt is not lost to chance.
const quietFor = time.Hour

// countedEvery is how exact track.counted is: to look at each group in each
// evaluation would cost as much as to judge it.
const countedEvery = time.Minute

// regroup gives a track to every value that a rule with by meets for the
// first time. At MaxGroups the values with the most incidents come first, each
// in the place of a track that is quieter; what finds no place is counted, and
// logged once a minute. The caller holds the lock.
func (e *Engine) regroup(now time.Time, behind []string) {
	for _, r := range e.rules {
		if !r.grouped() || r.by() == ByCategory { // its groups are those of the catalogue
			continue
		}
		v := view{windows: e.indexes.at(now), sel: &r.selector, behind: behind, by: r.by(), now: now}
		fresh := e.newcomers(r, v, now)
		for len(fresh) > 0 && e.group(r, fresh[0].value) != nil {
			r.groups[fresh[0].value].counted = now
			fresh = fresh[1:]
		}
		r.missed = len(fresh)
		if r.missed == 0 {
			continue
		}
		for _, p := range e.places(r, v, now) {
			if r.missed == 0 || fresh[0].incidents < p.least {
				break
			}
			e.drop(p.track)
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

// newcomers returns the values without a track, those with the most incidents
// first.
func (e *Engine) newcomers(r *rule, v view, now time.Time) []newcomer {
	var fresh []newcomer
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
			fresh = append(fresh, newcomer{value, n})
		}
	}
	slices.SortStableFunc(fresh, func(a, b newcomer) int { return cmp.Compare(b.incidents, a.incidents) })
	return fresh
}

// places returns the inactive tracks of a rule, those that give way first
// first. A group gives way to one with more incidents; where its condition
// has learnt something, to one with clearly more, unless it has been quiet for
// quietFor.
func (e *Engine) places(r *rule, v view, now time.Time) []place {
	var list []place
	for _, t := range r.groups {
		if t.status.State != Inactive {
			continue
		}
		if t.counted.IsZero() { // restored
			t.counted = now
		}
		n := v.incidents(r.When.Over, t.group)
		p := place{t, n + 1}
		if learns(t.condition) && now.Sub(t.counted) < quietFor {
			p.least = 2*n + 3
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.least, b.least), a.track.counted.Compare(b.track.counted), cmp.Compare(a.track.group, b.track.group))
	})
	return list
}

// group returns the track of a value, which it adds where it is missing; nil
// where there are too many. The value "" is that of a rule without by. The
// caller holds the lock.
func (e *Engine) group(r *rule, value string) *track {
	if t := r.groups[value]; t != nil || len(r.groups) >= MaxGroups {
		return t
	}
	t := newTrack(r, value)
	e.attach(t)
	r.groups[value] = t
	end := len(e.tracks)
	for i := end - 1; i >= 0; i-- {
		if e.tracks[i].rule == r {
			end = i + 1
			break
		}
	}
	e.tracks = slices.Insert(e.tracks, end, t)
	return t
}

// drop removes a track.
func (e *Engine) drop(t *track) {
	delete(t.rule.groups, t.group)
	e.tracks = slices.DeleteFunc(e.tracks, func(other *track) bool { return other == t })
	e.tidy()
}

// learns reports whether a condition knows more than the windows hold.
func learns(c condition) bool {
	_, remembers := c.(memory)
	_, fed := c.(feeder)
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
