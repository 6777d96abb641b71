package tailer

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"wvwatch/internal/tailer/logfs"
)

// Rotation may leave a file elsewhere than next to its path: next to the target of
// a symlink, which is another one after the next start of a container, or in the
// olddir of logrotate. Where a file lay last is remembered with its position.

// paths are those next to which siblings are, that of l first.
func (b *siblings) paths() []string {
	l := b.l
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

// realPath is where a path leads through symlinks; empty where there are none.
func realPath(path string) string {
	if real := logfs.RealPath(path); real != path {
		return real
	}
	return ""
}

// follow notes where g, which is open and was at path, was renamed to, and returns
// that; "" where it has no name.
func (g *generation) follow(path string) (to string) {
	if g.file == nil {
		return ""
	}
	to = logfs.PathOf(g.file.OS())
	if to == "" {
		return ""
	}
	place := to
	for _, name := range []string{g.real, path} {
		if moved := filepath.Join(filepath.Dir(to), filepath.Base(name)); name != "" && (to == moved || logfs.RotatedFrom(moved, to)) {
			place = moved
		}
	}
	if place == path {
		place = ""
	}
	if place != g.real {
		g.real, g.saved = place, false
	}
	return to
}

// learn takes as rotated what is called like to, but for its digits: a file of this
// log path was renamed to it, and names like app.1.log mean nothing by themselves.
func (b *siblings) learn(to string) {
	if to == "" || to == b.l.path || logfs.Shape(to) == to {
		return
	}
	if b.shapes == nil {
		b.shapes = map[string]bool{}
	}
	b.shapes[logfs.Shape(to)] = true
}

// renamed finds the files of missing positions that were renamed, in the
// directories where their like are, to names that no rotation is known to give.
// What is called alike but for its digits was rotated the same way.
func (b *siblings) renamed(missing []Position, all []logfs.Sibling) (renamed []logfs.Sibling) {
	l := b.l
	listed := map[string]bool{}
	for _, place := range l.paths() {
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
		renamed = append(renamed, renamedIn(dir, list.Names, missing, all)...)
	}
	return renamed
}

func renamedIn(dir string, names []string, missing []Position, all []logfs.Sibling) (renamed []logfs.Sibling) {
	var others []logfs.Sibling
	shapes := map[string]bool{}
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := logfs.Stat(path)
		if err != nil || !info.Regular || slices.ContainsFunc(all, func(s logfs.Sibling) bool { return s.ID == info.ID }) {
			continue
		}
		s := logfs.SiblingOf("", path, info)
		s.Ordinal = -1
		if slices.ContainsFunc(missing, func(p Position) bool { return p.sameInode(info.ID) }) {
			shapes[logfs.Shape(name)] = true
			renamed = append(renamed, s)
		} else {
			others = append(others, s)
		}
	}
	for _, s := range others {
		if shapes[logfs.Shape(filepath.Base(s.Path))] {
			renamed = append(renamed, s)
		}
	}
	return renamed
}
