package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// Rotation may leave a file elsewhere than beside its path: beside the target of
// a symlink, which is another one after the next start of a container, or in the
// olddir of logrotate. Where a file lay last is remembered with its position.

// places are the paths beside which siblings lie, that of l first.
func (l *lineage) places() []string {
	places := []string{l.path}
	add := func(place string) {
		if place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	for _, g := range l.gens {
		add(g.real)
	}
	for _, p := range l.saved {
		add(p.Place)
	}
	for _, path := range l.matched() {
		add(filepath.Join(filepath.Dir(path), filepath.Base(l.path)))
	}
	return places
}

// ownPlace is where l's path leads through symlinks; empty where there are none.
func (l *lineage) ownPlace() string {
	if real := realPath(l.path); real != l.path {
		return real
	}
	return ""
}

// follow notes where g, which is open, was renamed to.
func (l *lineage) follow(g *generation) {
	to := whereabouts(g.file)
	if to == "" {
		return
	}
	place := to
	for _, name := range []string{g.real, l.path} {
		if moved := filepath.Join(filepath.Dir(to), filepath.Base(name)); name != "" && (to == moved || rotatedFrom(moved, to)) {
			place = moved
		}
	}
	if place == l.path {
		place = ""
	}
	if place != g.real {
		g.real, g.recorded = place, false
	}
}

// strays finds the files of missing positions that were renamed, in the
// directories where their like lie, to names that no rotation gives.
func (l *lineage) strays(missing []Position, all []sibling) (strays []sibling) {
	listed := map[string]bool{}
	for _, place := range l.places() {
		dir := filepath.Dir(place)
		if listed[dir] {
			continue
		}
		listed[dir] = true
		list, err := l.source.t.dirs.list(dir)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				l.source.count.errors.Add(1)
			}
			continue
		}
		for _, name := range list.names {
			path := filepath.Join(dir, name)
			st, err := lookAt(path)
			if err != nil || !st.regular || slices.ContainsFunc(all, func(s sibling) bool { return s.id == st.id }) {
				continue
			}
			if slices.ContainsFunc(missing, func(p Position) bool { return p.Device == st.id.dev && p.Inode == st.id.ino }) {
				strays = append(strays, sibling{look: st, path: path, kind: compressionOf(path), ordinal: -1})
			}
		}
	}
	return strays
}

// realPath returns path with its symlinks followed, or path.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
