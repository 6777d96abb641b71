package tailer

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// sibling is a file beside a live one that rotation may have left.
type sibling struct {
	look
	path    string
	kind    compression
	strict  bool // its name alone says that it was rotated
	ordinal int  // N of app.log.N; -1
}

// siblings lists what may have been rotated away from the given paths, oldest
// first: the first is the live one, the others are where it led, or leads, as a
// symlink, and may have got another file since. A compressed file whose plain one is still there is left out: it
// is being written.
func (d *directories) siblings(lives ...string) ([]sibling, error) {
	var all []sibling
	for i, live := range lives {
		if slices.Contains(lives[:i], live) {
			continue
		}
		found, err := d.beside(live, i > 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		all = append(all, found...)
	}
	seen := map[identity]bool{}
	names := map[string]bool{}
	for _, s := range all {
		names[s.path] = true
	}
	all = slices.DeleteFunc(all, func(s sibling) bool {
		double := seen[s.id] || s.kind != plain && names[withoutCompression(s.path)]
		seen[s.id] = true
		return double
	})
	sortSiblings(all)
	return all, nil
}

// beside lists until two listings agree: one made while files are renamed may
// miss some. With itself, live is listed too.
func (d *directories) beside(live string, itself bool) ([]sibling, error) {
	dir := filepath.Dir(live)
	stem := strings.TrimSuffix(filepath.Base(live), filepath.Ext(live))
	list, err := d.list(dir)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		var found []sibling
		first, _ := slices.BinarySearch(list.names, stem)
		for _, name := range list.names[first:] {
			if !strings.HasPrefix(name, stem) {
				break
			}
			path := filepath.Join(dir, name)
			if path == live && !itself {
				continue
			}
			if st, err := lookAt(path); err == nil && st.regular {
				strict := path == live || rotatedFrom(live, path)
				found = append(found, sibling{st, path, compressionOf(path), strict, number(live, path)})
			}
		}
		again, err := d.list(dir)
		if err != nil {
			return nil, err
		}
		if again == list || try > 0 && slices.Equal(again.names, list.names) || try == 5 {
			return found, nil
		}
		list = again
	}
}

// age orders siblings that numbers do not: by birth, which late writes do not
// change, or by the last write, which packing keeps.
func (s sibling) age() int64 {
	if s.id.born == 0 {
		return s.mod
	}
	return min(s.id.born, s.mod)
}

// sortSiblings puts the oldest first. Numbers tell the order better than times,
// which quick rotations share; but some rotators count upwards. Other names are
// put between them by age.
func sortSiblings(all []sibling) {
	var numbered, others []sibling
	for _, s := range all {
		if s.ordinal >= 0 {
			numbered = append(numbered, s)
		} else {
			others = append(others, s)
		}
	}
	slices.SortStableFunc(others, func(a, b sibling) int {
		return cmp.Or(cmp.Compare(a.age(), b.age()), cmp.Compare(a.path, b.path))
	})
	slices.SortStableFunc(numbered, func(a, b sibling) int { return cmp.Compare(b.ordinal, a.ordinal) })
	if n := len(numbered); n > 1 && numbered[n-1].age()+int64(time.Second) < numbered[0].age() {
		slices.Reverse(numbered)
	}
	for i := range all {
		if len(others) == 0 || len(numbered) > 0 && numbered[0].age() <= others[0].age() {
			all[i], numbered = numbered[0], numbered[1:]
		} else {
			all[i], others = others[0], others[1:]
		}
	}
}
