package read

import (
	"maps"
	"regexp/syntax"
	"slices"

	"wvwatch/internal/parser/lex"
)

// TooMany reports whether the options name more than can be searched for, and how many
// names of the user's may be.
func (o *Options) TooMany() (most int, is bool) {
	return maxGroups - len(groupRows(rows())), len(groupRows(o.rows())) > maxGroups
}

func (o *Options) rows() []row { return append(o.userRows(), rows()...) }

// userRows are the rows of what the user named.
func (o *Options) userRows() []row {
	var out []row
	for _, name := range slices.Sorted(maps.Keys(o.Extras)) {
		out = append(out, row{literal: name, rare: lex.Rarest(name), read: userExtra})
	}
	for _, p := range o.Paths {
		literal := "/" + p.Literal
		out = append(out, row{literal: literal, rare: len(literal) - 1, read: pathText})
	}
	if o.Regex != nil {
		if l := Literal(o.Regex.String()); l != "" {
			out = append(out, row{literal: l, rare: lex.Rarest(l), read: func(_ *walker, _ []byte, _, a int, _ place) int { return a + 1 }})
		}
	}
	return out
}

// Literal returns the longest text that whatever the pattern matches must hold,
// or "" where there is none worth a search.
func Literal(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	l := required(re.Simplify())
	if len(l) < 3 {
		return ""
	}
	return l
}

func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if l := required(sub); len(l) > len(best) {
				best = l
			}
		}
		return best
	}
	return ""
}
