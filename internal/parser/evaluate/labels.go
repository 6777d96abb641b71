package evaluate

import (
	"bytes"
	"regexp"

	"wvwatch/internal/parser/lex"
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
	Others []Label        // asked in order where it has no value
	Last   bool           // the value is the last of a list

	Automatic bool // read of a sample of the records
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

// label sets the values of the configured and automatic labels. Only a record that
// reports a code, or a request of the sample, is asked for them; the automatic ones
// cost more and are read of a sample.
func (s *Evaluator) label(tenant *[]byte, labels *[][]byte, automatic bool) {
	if len(s.options.Labels) == 0 {
		return
	}
	first := len(s.values)
	for i := range s.options.Labels {
		l := &s.options.Labels[i]
		v := l.Value
		switch {
		case l.Automatic && !automatic:
		case l.File != nil:
			v = s.File.value(s.options.Labels, i)
		case v == nil:
			v = s.labelValue(l, s.raw)
		}
		for j := 0; automatic && v == nil && j < len(l.Others); j++ {
			v = s.labelValue(&l.Others[j], s.raw)
		}
		if l.Last {
			v = lastOf(v)
		}
		if l.Tenant {
			if v != nil {
				*tenant = s.keep(v)
			}
			continue
		}
		s.values = append(s.values, s.keep(v))
	}
	*labels = s.values[first:len(s.values):len(s.values)]
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

// lastOf returns the last value of a list: of upstream servers, as nginx writes those
// that it tried, the one that answered. It is nil for a dash.
func lastOf(v []byte) []byte {
	if at := bytes.LastIndexAny(v, ", "); at >= 0 {
		v = v[at+1:]
	}
	if string(v) == "-" || len(v) == 0 {
		return nil
	}
	return v
}
