package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	File    string // or the environment variable or flag; empty where neither is to blame
	Line    int    // in File, from 1; 0 where it is not known
	Path    string // "sources[1].regex"; empty where the file as a whole is meant
	Message string // what is wrong, and the cure
}

// Error returns the fault as one line, the place first.
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		b.WriteString(": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	return b.String()
}

// Faults is everything wrong with a configuration: never empty where it is
// returned as an error.
type Faults []Fault

// Error returns one line per fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As the single faults.
func (fs Faults) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f
	}
	return errs
}

func (fs *Faults) add(path, format string, args ...any) {
	*fs = append(*fs, Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// err returns fs in the order of the file as an error, or nil where it is empty.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	slices.SortStableFunc(fs, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return fs
}

// under takes over what a package's Validate said about the part of the
// configuration at path. Joined errors become one fault each, and the path with
// which they begin ("alertmanager.urls[0]: not a URL") is laid on path.
func (fs *Faults) under(path string, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			fs.under(path, e)
		}
		return
	}
	message := err.Error()
	if below, rest, ok := strings.Cut(message, ": "); ok && inSchema(join(path, below)) {
		path, message = join(path, below), rest
	}
	fs.add(path, "%s", message)
}

// join appends key to path, which may be empty.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// within reports whether path is parent or lies below it.
func within(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || parent == "" || rest[0] == '.' || rest[0] == '[')
}
