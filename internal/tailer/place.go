package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"wvwatch/internal/tailer/logfs"
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
	for _, p := range l.missing {
		add(p.Place)
	}
	for _, path := range l.matched() {
		add(filepath.Join(filepath.Dir(path), filepath.Base(l.path)))
	}
	return places
}

// ownPlace is where l's path leads through symlinks; empty where there are none.
func (l *lineage) ownPlace() string {
	if real := logfs.RealPath(l.path); real != l.path {
		return real
	}
	return ""
}

// follow notes where g, which is open, was renamed to.
func (l *lineage) follow(g *generation) {
	if g.file == nil {
		return
	}
	to := logfs.PathOf(g.file.OS())
	if to == "" {
		return
	}
	place := to
	for _, name := range []string{g.real, l.path} {
		if moved := filepath.Join(filepath.Dir(to), filepath.Base(name)); name != "" && (to == moved || logfs.RotatedFrom(moved, to)) {
			place = moved
		}
	}
	if place == l.path {
		place = ""
	}
	if place != g.real {
		g.real, g.saved = place, false
	}
}

// strays finds the files of missing positions that were renamed, in the
// directories where their like lie, to names that no rotation gives.
func (l *lineage) strays(missing []Position, all []logfs.Sibling) (strays []logfs.Sibling) {
	listed := map[string]bool{}
	for _, place := range l.places() {
		dir := filepath.Dir(place)
		if listed[dir] {
			continue
		}
		listed[dir] = true
		list, err := l.source.t.dirs.List(dir)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				l.source.count.errors.Add(1)
			}
			continue
		}
		for _, name := range list.Names {
			path := filepath.Join(dir, name)
			info, err := logfs.Stat(path)
			if err != nil || !info.Regular || slices.ContainsFunc(all, func(s logfs.Sibling) bool { return s.ID == info.ID }) {
				continue
			}
			if slices.ContainsFunc(missing, func(p Position) bool { return p.sameInode(info.ID) }) {
				s := logfs.SiblingOf("", path, info)
				s.Ordinal = -1
				strays = append(strays, s)
			}
		}
	}
	return strays
}
