package tailer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"wvwatch/internal/fault"
	"wvwatch/internal/tailer/logfs"
)

// Config is what one source follows.
type Config struct {
	Name    string   `mapstructure:"name" yaml:"name"`
	Files   []string `mapstructure:"files" yaml:"files"`     // paths or globs, ** included
	Exclude []string `mapstructure:"exclude" yaml:"exclude"` // globs taken out again
	Start   string   `mapstructure:"start" yaml:"start"`     // beginning | end: where files begin that were there before the first start
}

// Validate reports every fault of c, each with its key and a cure. A file that is
// missing is none: it may appear later.
func (c Config) Validate() error {
	var fs fault.List
	if c.Name == "" {
		fs.AddFix("name", "give the source a short name, it becomes the label \"source\"", "empty")
	}
	if len(c.Files) == 0 {
		fs.AddFix("files", "give a path or a glob such as /var/log/licence-proxy/*.log", "empty")
	}
	for i, p := range c.Files {
		switch {
		case strings.TrimSpace(p) == "":
			fs.AddFix(fmt.Sprintf("files[%d]", i), "give a path or a glob, or remove it", "empty")
		case !doublestar.ValidatePathPattern(p) && !logfs.IsFile(p): // which may be called so
			fs.Add(fmt.Sprintf("files[%d]", i), "%q is not a glob: an opened [ or { needs its end, or a \\ before it", p)
		}
	}
	for i, p := range c.Exclude {
		if p == "" || !doublestar.ValidatePathPattern(p) {
			fs.Add(fmt.Sprintf("exclude[%d]", i), "%q is not a glob: an opened [ or { needs its end, or a \\ before it", p)
		}
	}
	switch c.Start {
	case "", "beginning", "end":
	default:
		fs.AddFix("start", "use beginning or end", "%q is unknown", c.Start)
	}
	return fs.Err()
}

// Match returns the paths c would follow now, sorted. The error names what could
// not be looked at; the paths are right for the rest.
func (c Config) Match() ([]string, error) {
	var errs []error
	found := map[string]bool{}
	t := logfs.NewTree()
	for _, p := range c.Files {
		path := filepath.Clean(p)
		if logfs.HasMeta(p) && logfs.IsFile(path) {
			found[path] = true // it is called like a glob
		}
		if !logfs.HasMeta(p) {
			if _, err := logfs.Stat(path); err == nil {
				found[path] = true
			} else if !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, fmt.Errorf("look at %q: %w", path, err))
			}
			continue
		}
		paths, err := t.Glob(p)
		if err != nil {
			errs = append(errs, err)
		}
		for _, path := range paths {
			found[path] = true
		}
	}
	var paths []string
	for path := range found {
		if !c.excludes(path) {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	return paths, errors.Join(errs...)
}

// matches reports whether path, which need not exist, is one of c's.
func (c Config) matches(path string) bool {
	if c.excludes(path) {
		return false
	}
	for _, p := range c.Files {
		if matchesPattern(p, path) {
			return true
		}
	}
	return false
}

// matchesPattern reports whether the configured path or glob pattern is path's.
func matchesPattern(pattern, path string) bool {
	pattern = filepath.Clean(pattern)
	return pattern == path || logfs.HasMeta(pattern) && doublestar.PathMatchUnvalidated(pattern, path)
}

func (c Config) excludes(path string) bool {
	for _, p := range c.Exclude {
		if doublestar.PathMatchUnvalidated(p, path) {
			return true
		}
	}
	return false
}
