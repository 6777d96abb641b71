package alert

import (
	"fmt"
	"slices"
	"strings"

	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

func (m Match) check(f fault.Scope, cat *codes.Catalogue, sources []string, mayBeEmpty bool) {
	if len(m.Codes)+len(m.Categories)+len(m.Severities)+len(m.Outcomes)+len(m.DRMs)+len(m.Sources) == 0 {
		if mayBeEmpty {
			return
		}
		f.AddFix("", "set codes, categories, severities, drm or sources", "empty, which would count every code")
		return
	}
	before := f.Len()
	m.checkCodes(f, cat)
	checkWords(f, "categories", m.Categories, append(cat.Categories(), codes.CategoryUnlisted))
	checkWords(f, "severities", m.Severities, ownSeverities())
	checkWords(f, "outcomes", m.Outcomes, codes.Outcomes())
	checkWords(f, "drm", m.DRMs, drmNames())
	checkWords(f, "sources", m.Sources, sources)
	if f.Len() > before {
		return
	}
	if sel := newSelector(m, cat); len(sel.examples(cat)) == 0 {
		f.Add("", "no code is all of this at once, so the rule can never fire: a code must match every field that is given")
	}
}

// checkCodes refuses a number that no server means anything by, or none of the
// servers the rule is about.
func (m Match) checkCodes(f fault.Scope, cat *codes.Catalogue) {
	for i, code := range m.Codes {
		field := fmt.Sprintf("codes[%d]", i)
		listing := meantBy(cat, code)
		if len(listing) == 0 {
			cure := "add it to codes.overlay, or match categories: [unlisted]"
			if near := nearestCode(cat, code); near != 0 {
				cure = fmt.Sprintf("did you mean %d? If not, %s", near, cure)
			}
			f.AddFix(field, cure, "%d is in no server's list", code)
			continue
		}
		canMean := len(m.DRMs) == 0
		for _, name := range m.DRMs {
			// A server without a list of its own may use any number.
			canMean = canMean || slices.Contains(listing, name) || !hasList(cat, name)
		}
		if !canMean {
			f.AddFix(field, "change match.drm or the code", "%d is a code of %s, not of %s", code, strings.Join(listing, ", "), strings.Join(m.DRMs, ", "))
		}
	}
}

func checkWords(f fault.Scope, field string, words, known []string) {
	for i, w := range words {
		if slices.Contains(known, w) {
			continue
		}
		cure := "one of " + strings.Join(known, ", ")
		if near := fault.Nearest(strings.ToLower(w), known); near != "" {
			cure = fmt.Sprintf("did you mean %s?", near)
		} else if len(known) == 0 {
			cure = "there are none"
		}
		f.AddFix(fmt.Sprintf("%s[%d]", field, i), cure, "unknown: %q", w)
	}
}

func drmNames() []string {
	var names []string
	for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
		names = append(names, d.String())
	}
	return names
}

// meantBy returns the names of the servers that mean something by code.
func meantBy(cat *codes.Catalogue, code int) []string {
	var names []string
	for d := codes.Widevine; int(d) < codes.NumDRM; d++ {
		if means(cat, d, code) {
			names = append(names, d.String())
		}
	}
	return names
}

// hasList reports whether the catalogue knows any code of a server.
func hasList(cat *codes.Catalogue, drm string) bool {
	for i := range cat.Len() {
		if cat.At(i).DRM.String() == drm {
			return true
		}
	}
	return false
}

// nearestCode returns the listed number that is one digit away from code, the
// closest in value where there are several, or 0.
func nearestCode(cat *codes.Catalogue, code int) int {
	best := 0
	away := func(n int) int { return max(n-code, code-n) }
	for i := range cat.Len() {
		n := cat.At(i).Code
		if digitsApart(code, n) == 1 && (best == 0 || away(n) < away(best)) {
			best = n
		}
	}
	return best
}

// digitsApart returns in how many of their four digits two codes differ.
func digitsApart(a, b int) (n int) {
	for ; a > 0 || b > 0; a, b = a/10, b/10 {
		if a%10 != b%10 {
			n++
		}
	}
	return n
}

// Elsewhere returns, for a rule on numbers, the servers that mean something by
// them, where none of its sources takes a code without a sign of its server for
// one of theirs; else nil. servers is what each source takes it for. That is
// right where records name their server, and a mistake where they do not.
func (c RuleConfig) Elsewhere(cat *codes.Catalogue, servers map[string]string) []string {
	sel := newSelector(c.Match, cat)
	var meant []string
	for _, e := range sel.examples(cat) {
		if name := e.DRM.String(); !slices.Contains(meant, name) {
			meant = append(meant, name)
		}
	}
	for source, drm := range servers {
		if len(c.Match.Codes) == 0 || sel.source(source) && slices.Contains(meant, drm) {
			return nil
		}
	}
	return meant
}
