// Package fault reports what is wrong with an input that people write: a configuration,
// an overlay of codes, a file of tests.
//
// It promises that all faults of an input are reported at once, each with the place
// where it is, what is wrong and, where one is known, the fix. Paths are data: nothing
// is ever read back from the text of an error. The package that owns an input decides
// what is wrong with it.
package fault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Error is one thing wrong with an input.
type Error struct {
	File    string // or the environment variable or flag; empty where neither is to blame
	Line    int    // in File, from 1; 0 where it is not known
	Path    string // "sources[1].regex"; empty where the input as a whole is meant
	Message string // what is wrong
	Fix     string // what to do about it; empty where Message implies it
}

// Error returns the fault as one line, the place first.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Fix != "" {
		b.WriteString(": " + e.Fix)
	}
	return b.String()
}

// List is everything wrong with an input. The zero value is an empty list. As an error
// it is never empty: Err returns nil instead.
type List []*Error

// Error returns one line a fault.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As the single faults.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// Err returns the faults in the order of their lines as an error, or nil where there
// are none.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	slices.SortStableFunc(l, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return l
}

// Add adds a fault.
func (l *List) Add(path, format string, args ...any) {
	*l = append(*l, &Error{Path: path, Message: fmt.Sprintf(format, args...)})
}

// AddFix is Add for a fault with a fix of its own.
func (l *List) AddFix(path, fix, format string, args ...any) {
	*l = append(*l, &Error{Path: path, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// Under adds the faults in err, with their paths below path. Those of another file are
// added as messages, and so is any other error.
func (l *List) Under(path string, err error) {
	if err == nil {
		return
	}
	var list List
	if !errors.As(err, &list) {
		if e := (*Error)(nil); errors.As(err, &e) {
			list = List{e}
		} else {
			l.Add(path, "%v", err)
		}
	}
	for _, e := range list {
		if e.File != "" {
			l.Add(path, "%s", e)
			continue
		}
		l.AddFix(Join(path, e.Path), e.Fix, "%s", e.Message)
	}
}

// At returns the part of l below path.
func (l *List) At(path string) Scope { return Scope{l, path} }

// Scope adds faults below a path to a list.
type Scope struct {
	list *List
	path string
}

// Add adds a fault of the field below the scope's path, or of the path itself where
// field is empty.
func (s Scope) Add(field, format string, args ...any) {
	s.list.Add(Join(s.path, field), format, args...)
}

// AddFix is Add for a fault with a fix of its own.
func (s Scope) AddFix(field, fix, format string, args ...any) {
	s.list.AddFix(Join(s.path, field), fix, format, args...)
}

// At returns the scope of a field.
func (s Scope) At(field string) Scope { return Scope{s.list, Join(s.path, field)} }

// Len returns how many faults the whole list has.
func (s Scope) Len() int { return len(*s.list) }

// Join appends key to path; either may be empty.
func Join(path, key string) string {
	if path == "" || key == "" || key[0] == '[' {
		return path + key
	}
	return path + "." + key
}

// Quote returns text from an input as a message may hold it: quoted, and not longer than
// a line.
func Quote(s string) string {
	const longest = 60
	if len(s) > longest {
		s = s[:longest] + "..."
	}
	return strconv.Quote(s)
}
