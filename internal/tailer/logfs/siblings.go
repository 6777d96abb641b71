package logfs

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Sibling is a file that rotation may have left next to a live one.
type Sibling struct {
	Info
	Path    string
	Packed  bool // its name shows that it is compressed
	Strict  bool // its name alone shows that it was rotated
	Ordinal int  // N of app.log.N; -1
}

// Siblings lists what may have been rotated away from the given paths, oldest
// first: the first is the live one, the others are where it led, or leads, as a
// symlink, and may have got another file since. Places that can not be listed are
// left out, but for the first. A compressed file with its plain
// one still there is left out: it is being written.
func (d *Directories) Siblings(lives ...string) ([]Sibling, error) {
	var all []Sibling
	for i, live := range lives {
		if slices.Contains(lives[:i], live) {
			continue
		}
		found, err := d.beside(live, i > 0)
		if err != nil && i == 0 && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		all = append(all, found...)
	}
	seen := map[Identity]bool{}
	names := map[string]bool{}
	for _, s := range all {
		names[s.Path] = true
	}
	all = slices.DeleteFunc(all, func(s Sibling) bool {
		double := seen[s.ID] || s.Packed && names[unpackedName(s.Path)]
		seen[s.ID] = true
		return double
	})
	SortSiblings(all)
	return all, nil
}

// SiblingOf returns what info, of a look at path, shows about a file next to live.
func SiblingOf(live, path string, info Info) Sibling {
	return Sibling{info, path, packedName(path), path == live || RotatedFrom(live, path), number(live, path)}
}

// beside lists until two listings agree: one made while files are renamed may
// miss some. With itself, live is listed too.
func (d *Directories) beside(live string, itself bool) ([]Sibling, error) {
	dir := filepath.Dir(live)
	stem := strings.TrimSuffix(filepath.Base(live), filepath.Ext(live))
	list, err := d.List(dir)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		var found []Sibling
		for _, name := range list.related(stem, filepath.Base(live), itself) {
			path := filepath.Join(dir, name)
			if path == live && !itself {
				continue
			}
			if st, err := Stat(path); err == nil && st.Regular {
				s := SiblingOf(live, path, st)
				s.Strict = s.Strict || itself && timed(filepath.Base(live)) && Shape(unpackedName(name)) == Shape(filepath.Base(live))
				found = append(found, s)
			}
		}
		again, err := d.List(dir)
		if err != nil {
			return nil, err
		}
		if again == list || try > 0 && slices.Equal(again.Names, list.Names) || try == 5 {
			return found, nil
		}
		list = again
	}
}

// related returns the names that may be rotated from live, which begins with stem.
// Where live is the target of a symlink and has a time in its name, these are
// also the targets of before and after.
func (l *Listing) related(stem, live string, target bool) []string {
	if target = target && timed(live); target || stem == liveName {
		shape := Shape(live)
		return slices.DeleteFunc(slices.Clone(l.Names), func(name string) bool {
			return !strings.HasPrefix(name, stem) &&
				!(target && Shape(unpackedName(name)) == shape) && !(stem == liveName && timeName(unpackedName(name)))
		})
	}
	first, _ := slices.BinarySearch(l.Names, stem)
	last := first
	for last < len(l.Names) && strings.HasPrefix(l.Names[last], stem) {
		last++
	}
	return l.Names[first:last]
}

// Age orders siblings that numbers do not: by birth, which late writes do not
// change, or by the last write, which packing keeps.
func (s Sibling) Age() int64 {
	if s.ID.Born == 0 {
		return s.Mod
	}
	return min(s.ID.Born, s.Mod)
}

// SortSiblings puts the oldest first. Numbers show the order better than times,
// which quick rotations share; but some rotators count upwards. Other names are
// put between them by age.
func SortSiblings(all []Sibling) {
	var numbered, others []Sibling
	for _, s := range all {
		if s.Ordinal >= 0 {
			numbered = append(numbered, s)
		} else {
			others = append(others, s)
		}
	}
	slices.SortStableFunc(others, func(a, b Sibling) int {
		return cmp.Or(cmp.Compare(a.Age(), b.Age()), cmp.Compare(a.Path, b.Path))
	})
	slices.SortStableFunc(numbered, func(a, b Sibling) int { return cmp.Compare(b.Ordinal, a.Ordinal) })
	if n := len(numbered); n > 1 && numbered[n-1].Age()+int64(time.Second) < numbered[0].Age() {
		slices.Reverse(numbered)
	}
	for i := range all {
		if len(others) == 0 || len(numbered) > 0 && numbered[0].Age() <= others[0].Age() {
			all[i], numbered = numbered[0], numbered[1:]
		} else {
			all[i], others = others[0], others[1:]
		}
	}
}

// BeingWritten reports whether s is compressed and the file it is made of is
// still there.
func (s Sibling) BeingWritten() bool {
	if !s.Packed {
		return false
	}
	_, err := Stat(unpackedName(s.Path))
	return err == nil
}
