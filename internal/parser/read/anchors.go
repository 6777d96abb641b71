package read

import (
	"bytes"
	"slices"
)

// anchors finds the next place in a text where evidence or a licence path may
// stand. Every kind of evidence holds one of a few literals, so that a text
// without any is passed over at the speed of a vectorised search for the rarest
// byte of each literal; literals that share that byte share the search.
type anchors struct {
	text    []byte
	groups  []group
	found   [maxGroups]anchor // the next place of each group at or after the last question
	asked   int               // the last question
	nearest anchor
}

// anchor is a literal's place in the text.
type anchor struct {
	at  int
	row *row
}

// row is one literal and who reads the text around it.
type row struct {
	literal string
	rare    int // index of its rarest byte
	read    func(s *walker, t []byte, from, at int, where place) (next int)
}

// group is all rows with the same rarest byte. Most places of that byte are
// refused by a byte beside it: no row has one of these before, or behind, its own.
type group struct {
	rare         byte
	rows         []row
	before, next [256]bool
}

const maxGroups = 12

func groupRows(rows []row) (groups []group) {
	for _, r := range rows {
		at := slices.IndexFunc(groups, func(g group) bool { return g.rare == r.literal[r.rare] })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{rare: r.literal[r.rare]})
		}
		groups[at].add(r)
	}
	return groups
}

func (g *group) add(r row) {
	g.rows = append(g.rows, r)
	switch {
	case r.rare > 0:
		g.before[r.literal[r.rare-1]] = true
	case len(r.literal) > 1:
		g.next[r.literal[1]] = true
	default: // a byte alone: whatever is beside it
		for c := range g.next {
			g.before[c], g.next[c] = true, true
		}
	}
}

// reset begins a new text, which is borrowed.
func (a *anchors) reset(text []byte, groups []group) {
	a.text, a.groups, a.asked, a.nearest.at = text, groups, 0, -1
	for i := range a.groups {
		a.found[i].at = -1
	}
}

// next returns the first anchor at or after i, or a number not below len(text).
// Questions that go forwards search the text once for each group.
func (a *anchors) next(i int) int {
	if i < a.asked {
		a.reset(a.text, a.groups)
	}
	a.asked = i
	if a.nearest.at >= i {
		return a.nearest.at
	}
	a.nearest = anchor{at: len(a.text)}
	for k := range a.groups {
		if a.found[k].at < i {
			a.found[k] = a.groups[k].find(a.text, i)
		}
		if a.found[k].at < a.nearest.at {
			a.nearest = a.found[k]
		}
	}
	return a.nearest.at
}

// none reports, as far as it is known without a search, that no anchor is in [i, end).
func (a *anchors) none(i, end int) bool { return i >= a.asked && a.nearest.at >= end }

// find returns the first of the group's literals in t[i:].
func (g *group) find(t []byte, i int) anchor {
	for hit := i; hit < len(t); hit++ {
		n := bytes.IndexByte(t[hit:], g.rare)
		if n < 0 {
			break
		}
		hit += n
		if !(hit > i && g.before[t[hit-1]]) && !(hit+1 < len(t) && g.next[t[hit+1]]) {
			continue
		}
		for k := range g.rows {
			r := &g.rows[k]
			start, last := hit-r.rare, len(r.literal)-1
			// The ends differ in most places: comparing them first saves the call that compares the rest.
			if start >= i && start+last < len(t) && t[start] == r.literal[0] && t[start+last] == r.literal[last] &&
				string(t[start:start+last]) == r.literal[:last] {
				return anchor{start, r}
			}
		}
	}
	return anchor{at: len(t)}
}
