package logfs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Tree lists directories for globs and remembers a listing until its directory
// changes: matching every second costs one look per directory. It is used by one
// goroutine at a time.
type Tree struct {
	dirs  map[string]*listing
	round int
	more  bool // what matches depends on more than listings: see Unchanged
	errs  []error
}

// listing is the content of one directory.
type listing struct {
	entries []fs.DirEntry
	id      Identity
	mod     int64
	at      time.Time
	links   bool                // there is a symlink among them
	round   int                 // when it was last asked for
	origins map[string][]string // by path; nil until they are asked for
}

// shows reports whether the listing is of the directory as a look at it shows it.
func (l *listing) shows(st Info) bool {
	return l.id == st.ID && l.mod == st.Mod && l.at.Sub(time.Unix(0, l.mod)) >= settledListing
}

// NewTree returns a tree without listings.
func NewTree() *Tree { return &Tree{dirs: map[string]*listing{}} }

// Glob returns the files pattern matches. The error names the directories
// could not be listed.
func (t *Tree) Glob(pattern string) ([]string, error) {
	base, rest := doublestar.SplitPattern(filepath.ToSlash(filepath.Clean(pattern)))
	t.errs, t.more = nil, false
	names, err := doublestar.Glob(branch{t, base}, rest, doublestar.WithFilesOnly())
	if err != nil {
		return nil, fmt.Errorf("glob %q: %w", pattern, err)
	}
	for i, name := range names {
		names[i] = filepath.Join(base, name)
	}
	return names, errors.Join(t.errs...)
}

// Unchanged reports whether Glob would return the same as the last time, by looking
// at the directories that it listed. It is false where that does not show it: the
// target of a symlink may change without its directory, and a name without
// wildcards is looked for without listing its directory.
func (t *Tree) Unchanged() bool {
	if t.more || len(t.errs) > 0 || len(t.dirs) == 0 {
		return false
	}
	for dir, l := range t.dirs {
		if st, err := Stat(dir); err != nil || !l.shows(st) {
			return false
		}
	}
	return true
}

// Directories returns the directories that the last Glob listed.
func (t *Tree) Directories() []string { return slices.Collect(maps.Keys(t.dirs)) }

// Live returns the paths that files were rotated from which are in the directories
// that the last Glob listed; matched is what that returned.
func (t *Tree) Live(matched []string) []string {
	is := make(map[string]bool, len(matched))
	for _, path := range matched {
		is[path] = true
	}
	var live []string
	for dir, l := range t.dirs {
		if l.round != t.round {
			continue
		}
		if l.origins == nil {
			l.origins = map[string][]string{}
			for _, e := range l.entries {
				if e.Type().IsRegular() {
					path := filepath.Join(dir, e.Name())
					l.origins[path] = Origins(path)
				}
			}
		}
		for path, origins := range l.origins {
			if is[path] {
				continue
			}
			for _, o := range origins {
				if !is[o] {
					is[o] = true
					live = append(live, o)
				}
			}
		}
	}
	return live
}

// Forget drops the listings that were not asked for since the last Forget.
func (t *Tree) Forget() {
	for dir, l := range t.dirs {
		if l.round != t.round {
			delete(t.dirs, dir)
		}
	}
	t.round++
}

// settledListing is how long a directory must have been unchanged for its time
// of change to be trusted: changes within one tick of the clock share it.
const settledListing = 2 * time.Second

func (t *Tree) list(dir string) ([]fs.DirEntry, error) {
	st, err := Stat(dir)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	l := t.dirs[dir]
	if l == nil || !l.shows(st) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		l = &listing{entries: entries, id: st.ID, mod: st.Mod, at: now}
		l.links = slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Type()&fs.ModeSymlink != 0 })
		t.dirs[dir] = l
	}
	l.round = t.round
	t.more = t.more || l.links
	for up := path.Dir(dir); up != "." && up != "/"; up = path.Dir(up) {
		if above := t.dirs[up]; above != nil && above.id == l.id {
			return nil, nil // a symlink leads back to where we came from
		}
	}
	return l.entries, nil
}

// branch is the file system below base that a glob is matched in.
type branch struct {
	t    *Tree
	base string
}

func (b branch) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid} // globs only list and look
}

func (b branch) Stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(filepath.Join(b.base, name))
	b.t.more = b.t.more || err != nil || !info.IsDir() // a directory is listed, too
	return info, err
}

func (b branch) ReadDir(name string) ([]fs.DirEntry, error) {
	dir := filepath.Join(b.base, name)
	entries, err := b.t.list(dir)
	b.t.more = b.t.more || err != nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.errs = append(b.t.errs, fmt.Errorf("list %q: %w", dir, err))
	}
	return entries, err
}

// HasMeta reports whether pattern is a glob. With a bracket that is never closed
// it can only be a name.
func HasMeta(pattern string) bool {
	return strings.ContainsAny(pattern, `*?[{\`) && doublestar.ValidatePathPattern(pattern)
}

// IsFile reports whether path, taken literally, leads to a regular file.
func IsFile(path string) bool {
	info, err := Stat(path)
	return err == nil && info.Regular
}

// RealPath returns path with its symlinks followed, or path.
func RealPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
