package signs

import (
	"slices"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/number"
)

// Names are the names of the code in a text which have a number after them, in the part
// of it that was looked through. A name is weighed once, however often the server's
// words are around it, so that the cost of a text is linear. The zero value is ready.
type Names struct {
	text      *byte // where the reading of the text began
	low, high int   // the part that was looked through
	found     []name
}

type name struct {
	start, end int
	weighed    bool
}

// Reset forgets the text: another one may be in its place.
func (n *Names) Reset() { n.text = nil }

// look looks for names in t[low:high], where it did not before, and forgets those before low.
func (n *Names) look(t []byte, from, low, high int) {
	if n.text != &t[from] || n.low > low || n.high < low {
		*n = Names{&t[from], low, low, n.found[:0]}
	}
	past := slices.IndexFunc(n.found, func(f name) bool { return f.start >= low })
	if past < 0 {
		past = len(n.found)
	}
	n.low, n.found = low, slices.Delete(n.found, 0, past)
	if high <= n.high {
		return
	}
	i := max(low, n.high-fieldnames.LongestCodeName+1)
	for {
		start, end := fieldnames.NextCodeName(t[i:high])
		if start < 0 {
			break
		}
		start, end = i+start, i+end
		seen := len(n.found) > 0 && n.found[len(n.found)-1].start >= start
		if !seen && fieldnames.IsCodeName(t[lex.NameAround(t, from, start):end]) && numberAfter(t, end) {
			n.found = append(n.found, name{start: start, end: end})
		}
		i = end
	}
	n.high = high
}

// numberAfter reports whether a number that may be a code is after the name that ends before t[end].
func numberAfter(t []byte, end int) bool {
	_, _, ok := printedCode(t, end)
	return ok
}

// printedCode returns the number after a name that ends before t[end], and where it begins.
func printedCode(t []byte, end int) (n, at int, ok bool) {
	at, ok = printedNumber(t, end)
	if !ok {
		return 0, 0, false
	}
	n, is, _ := number.InText(t, at)
	if is == number.Refused && (number.IsFloatCode(t[at:]) || number.IsHeading(t[at:]) || number.IsLong(t[at:])) {
		is = number.IsCode
	}
	return n, at, is == number.IsCode
}

// NamedCodes calls found with the codes in the scope of t[a] that are under names which
// are too common to be looked for, but for those that names holds as weighed.
func (r *Weigher) NamedCodes(t []byte, from, a int, names *Names, found func(code int, w Weight)) {
	names.look(t, from, max(from, a-MaxScope), min(len(t), a+MaxScope))
	if !slices.ContainsFunc(names.found, func(f name) bool { return !f.weighed }) {
		return
	}
	g := ScopeAround(t, from, a)
	low := a - g.at
	for i := range names.found {
		f := &names.found[i]
		if f.weighed || f.start < low || f.end > low+len(g.text) {
			continue
		}
		f.weighed = true
		if code, w, ok := r.PrintedCode(t, from, f.start, f.end); ok {
			found(code, w)
		}
	}
}
