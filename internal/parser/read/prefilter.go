package read

import (
	"bytes"
	"math/bits"
	"slices"

	"wvwatch/internal/parser/scan"
)

// anchors finds the next place in a text where evidence or a licence path may
// begin. Every kind of evidence holds one of a few literals, so that a text
// without any is passed over at the speed of a vectorised search.
type anchors struct {
	text     []byte
	literals *literals
	marks    scan.Map // of text, where marked
	marked   bool
	found    [maxGroups]anchor // the next place of each group at or after the last question
	asked    int               // the last question
	nearest  anchor
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
	mark    int // index of its rarest three bytes; 0: about the rarest one
	read    func(s *walker, t []byte, from, at int, where place) (next int)
	order   int // in its group
}

// literals are the rows that a text is searched for. They are searched for in two ways,
// which find the same: a pass over the text that marks the windows of all rows, where
// the processor has what that needs, else a search for the rarest byte of each group.
type literals struct {
	groups  []group
	finder  *scan.Finder  // nil where texts are not scanned
	windows [256][]window // by the first byte
	reach   int           // bytes from the beginning of a row to the end of its window, at most
}

// group is all rows with the same rarest byte. Most places of that byte are
// refused by a byte next to it: no row has one of these before, or after, its own.
type group struct {
	rare         byte
	rows         []row
	before, next [256]bool
	single       bool // a row is the byte alone, whatever is next to it
}

// window is a part of a row that is marked.
type window struct {
	row    *row
	offset int // in the row's literal
	group  int
}

const maxGroups = 16

func newLiterals(rows []row) *literals {
	l := &literals{groups: groupRows(rows)}
	if !scan.Available() {
		return l
	}
	var marked []string
	for g := range l.groups {
		for k := range l.groups[g].rows {
			r := &l.groups[g].rows[k]
			w := max(0, min(r.rare-1, len(r.literal)-scan.Window))
			if r.mark > 0 {
				w = r.mark
			}
			text := r.literal[w:min(len(r.literal), w+scan.Window)]
			marked = append(marked, text)
			l.windows[text[0]] = append(l.windows[text[0]], window{r, w, g})
			l.reach = max(l.reach, w+scan.Window)
		}
	}
	l.finder = scan.New(marked)
	return l
}

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
	r.order = len(g.rows)
	g.rows = append(g.rows, r)
	switch {
	case r.rare > 0:
		g.before[r.literal[r.rare-1]] = true
	case len(r.literal) > 1:
		g.next[r.literal[1]] = true
	default:
		g.single = true
	}
}

// reset begins a new text, which is borrowed.
func (a *anchors) reset(text []byte, l *literals) {
	a.text, a.literals, a.marked = text, l, false
	a.forget()
}

// forget forgets the questions.
func (a *anchors) forget() {
	a.asked, a.nearest.at = 0, -1
	for i := range a.literals.groups {
		a.found[i].at = -1
	}
}

// next returns the first anchor at or after i, or a number not below len(text).
// Questions that go forwards search the text once.
func (a *anchors) next(i int) int {
	if i < a.asked {
		a.forget()
	}
	a.asked = i
	switch {
	case a.nearest.at >= i:
	case a.literals.finder != nil:
		a.scanned(i)
	default:
		a.searched(i)
	}
	return a.nearest.at
}

// none reports, as far as it is known without a search, that no anchor is in [i, end).
func (a *anchors) none(i, end int) bool { return i >= a.asked && a.nearest.at >= end }

// searched finds the nearest anchor at or after i by the rarest bytes.
func (a *anchors) searched(i int) {
	a.nearest = anchor{at: len(a.text)}
	for k := range a.literals.groups {
		if a.found[k].at < i {
			a.found[k] = a.literals.groups[k].find(a.text, i)
		}
		if a.found[k].at < a.nearest.at {
			a.nearest = a.found[k]
		}
	}
}

// find returns the first of the group's literals in t[i:].
func (g *group) find(t []byte, i int) anchor {
	for hit := i; hit < len(t); hit++ {
		n := bytes.IndexByte(t[hit:], g.rare)
		if n < 0 {
			break
		}
		hit += n
		if !g.single && !(hit > i && g.before[t[hit-1]]) && !(hit+1 < len(t) && g.next[t[hit+1]]) {
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

// scan marks the text, once, and returns the marks; nil where texts are not scanned.
func (a *anchors) scan() *scan.Map {
	if a.literals.finder == nil {
		return nil
	}
	if !a.marked {
		a.marks.Scan(a.literals.finder, a.text)
		a.marked = true
	}
	return &a.marks
}

// scanned finds the nearest anchor at or after i by the marks of the text. Literals may
// overlap: in each group the one with the earliest rarest byte counts, and of those the
// one that begins first.
func (a *anchors) scanned(i int) {
	t := a.text
	a.scan()
	a.nearest = anchor{at: len(t)}
	groups, end := uint(0), len(t)
	for at := a.marks.Place(i); at < end; at = a.marks.Place(at + 1) {
		windows := a.literals.windows[t[at]]
		for k := range windows {
			w := &windows[k]
			start, l := at-w.offset, w.row.literal
			// The last byte differs in most places: comparing it first saves a call.
			if start < i || start+len(l) > len(t) || t[start+len(l)-1] != l[len(l)-1] || string(t[start:start+len(l)]) != l {
				continue
			}
			if groups == 0 {
				end = min(end, start+a.literals.reach)
			}
			if f := &a.found[w.group]; groups>>w.group&1 == 0 || w.before(f, start) {
				*f = anchor{start, w.row}
			}
			groups |= 1 << w.group
		}
	}
	for ; groups != 0; groups &= groups - 1 {
		if f := &a.found[bits.TrailingZeros(groups)]; f.at < a.nearest.at {
			a.nearest = *f
		}
	}
}

// before reports whether the window's row at start is to be taken for one of its group
// that was found.
func (w *window) before(found *anchor, start int) bool {
	is, was := start+w.row.rare, found.at+found.row.rare
	return is < was || is == was && w.row.order < found.row.order
}
