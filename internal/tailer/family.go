package tailer

import "slices"

// familiesOf groups paths: those that rotation, or a copy, made of another belong
// to it. The values are the matched siblings.
func familiesOf(matched, known []string) map[string][]string {
	all := map[string]bool{}
	for _, p := range append(known, matched...) {
		all[p] = true
	}
	families := map[string][]string{}
	for p := range all {
		if live := liveName(p, all); live != p {
			families[live] = append(families[live], p)
		} else if families[p] == nil {
			families[p] = []string{}
		}
	}
	for live := range families {
		slices.Sort(families[live])
	}
	return families
}

// liveName returns the path among all of which path was made, or path.
func liveName(path string, all map[string]bool) string {
	live := path
	for _, o := range cousins(path) {
		if all[o] && len(o) < len(live) {
			live = o
		}
	}
	if live == path {
		return path
	}
	return liveName(live, all)
}
