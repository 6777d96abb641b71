package logfs

import (
	"path/filepath"
	"slices"
)

// Families groups paths: those that rotation, or a copy, made of another belong
// to it. The values are the matched siblings.
func Families(matched, known []string) map[string][]string {
	k := pathSet{all: map[string]bool{}, byName: map[string][]string{}}
	for _, p := range append(known, matched...) {
		if !k.all[p] {
			k.all[p] = true
			k.byName[filepath.Base(p)] = append(k.byName[filepath.Base(p)], p)
		}
	}
	families := map[string][]string{}
	for p := range k.all {
		if live := k.liveName(p); live != p {
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

// pathSet is the paths among which families are found.
type pathSet struct {
	all    map[string]bool
	byName map[string][]string // by what follows the last slash
}

// liveName returns the path among all of which path was made, or path.
func (k pathSet) liveName(path string) string {
	live := path
	for _, o := range origins(path) {
		if k.all[o] && len(o) < len(live) {
			live = o
		}
	}
	if live == path {
		live = k.elsewhere(path)
	}
	if live == path {
		return path
	}
	return k.liveName(live)
}

// elsewhere returns the path in another directory of which path was made, as
// logrotate's olddir does: the one in the directory above, or the only one there
// is. Where files of many directories are called the same, and none is above,
// the path is unknown.
func (k pathSet) elsewhere(path string) string {
	dir := filepath.Dir(path)
	for _, o := range Origins(path) {
		name := filepath.Base(o)
		if above := filepath.Join(filepath.Dir(dir), name); k.all[above] {
			return above
		}
		if there := k.byName[name]; len(there) == 1 && filepath.Dir(there[0]) != dir {
			return there[0]
		}
	}
	return path
}
