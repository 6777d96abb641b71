package old

import "bytes"

// maxObjects bounds how many objects of one record a label's path is followed
// through.
const maxObjects = 8

// label gives e the values of the configured labels. Only a record that reports
// a code is asked for them.
func (s *scan) label(e *Event) {
	f := &s.p.format
	if len(f.labels) == 0 {
		return
	}
	first := len(s.p.values)
	for i := range f.labels {
		l := &f.labels[i]
		v := s.labelValue(l, s.raw)
		if l.tenant {
			if v != nil {
				e.Tenant = s.keep(v)
			}
			continue
		}
		s.p.values = append(s.p.values, s.keep(v))
	}
	e.Labels = s.p.values[first:len(s.p.values):len(s.p.values)]
}

// labelValue returns the value of l in t, or nil.
func (s *scan) labelValue(l *label, t []byte) []byte {
	var v []byte
	if l.regex != nil {
		if m := l.regex.FindSubmatchIndex(t); m != nil && m[2*l.group] >= 0 {
			v = t[m[2*l.group]:m[2*l.group+1]]
		}
	}
	if l.path != "" {
		v = s.scalarOf(t, l.path)
	}
	if v == nil && l.key != "" {
		v, _ = logfmtValue(t, l.key)
	}
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return v[:min(len(v), MaxLabelValue+1)]
}

// scalarOf returns the scalar at the path in the first of the record's objects
// that has one, or in the array that the record is.
func (s *scan) scalarOf(t []byte, path string) []byte {
	if len(t) > 0 && t[0] == '[' {
		if v := s.follow(t, 0, path, 0); v != nil {
			return v
		}
	}
	for i, n := 0, 0; n < maxObjects; n++ {
		o := bytes.IndexByte(t[i:], '{')
		if o < 0 {
			return nil
		}
		i += o
		if v := s.follow(t, i, path, 0); v != nil {
			return v
		}
		i = max(skipValue(t, i), i+1)
	}
	return nil
}
