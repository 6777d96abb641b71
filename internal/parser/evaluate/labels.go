package evaluate

import (
	"regexp"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/privacy"
)

// Label is where the value of a label comes from: exactly one of Path, Key, Regex, File
// and Value is given, or Path and Key are.
type Label struct {
	Tenant bool   // the label is the tenant's
	Path   string // of a JSON object
	Key    string // with its =
	Regex  *regexp.Regexp
	Group  int            // of Regex
	File   *regexp.Regexp // on the path of the file; its first group is the value
	Value  []byte         // of every record
}

// File is the path of the file that the records are from, and the values that it gives
// to the labels, by their index.
type File struct {
	path   string
	values [][]byte // nil until a record asks for one
}

// Set sets the path of the file that the next records are from.
func (f *File) Set(path string) {
	if path != f.path {
		*f = File{path: path}
	}
}

// value returns the value that the path of the file gives to the label i of all.
func (f *File) value(all []Label, i int) []byte {
	if f.values == nil {
		f.values = make([][]byte, len(all))
		for j := range all {
			if re := all[j].File; re != nil {
				if m := re.FindStringSubmatch(f.path); m != nil && m[1] != "" {
					f.values[j] = []byte(m[1][:min(len(m[1]), privacy.MaxLabel+1)])
				}
			}
		}
	}
	return f.values[i]
}

// label gives e the values of the configured labels. Only a record that reports
// a code is asked for them.
func (s *Evaluator) label(e *result.Event) {
	if len(s.options.Labels) == 0 {
		return
	}
	first := len(s.values)
	for i := range s.options.Labels {
		l := &s.options.Labels[i]
		v := l.Value
		switch {
		case l.File != nil:
			v = s.File.value(s.options.Labels, i)
		case v == nil:
			v = s.labelValue(l, s.raw)
		}
		if l.Tenant {
			if v != nil {
				e.Tenant = s.keep(v)
			}
			continue
		}
		s.values = append(s.values, s.keep(v))
	}
	e.Labels = s.values[first:len(s.values):len(s.values)]
}

// labelValue returns the value of l in the text t of a record, or nil.
func (s *Evaluator) labelValue(l *Label, t []byte) []byte {
	var v []byte
	if l.Regex != nil {
		if m := l.Regex.FindSubmatchIndex(t); m != nil && m[2*l.Group] >= 0 {
			v = t[m[2*l.Group]:m[2*l.Group+1]]
		}
	}
	if l.Path != "" {
		v = s.labels.ScalarOf(t, l.Path)
	}
	if v == nil && l.Key != "" {
		v, _ = lex.LogfmtValue(t, l.Key)
	}
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return v[:min(len(v), privacy.MaxLabel+1)]
}
