package parser

import (
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
)

// label gives e the values of the configured labels. Only a record that reports
// a code is asked for them.
func (s *scan) label(e *result.Event) {
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
		v = s.configuredPaths.ScalarOf(t, l.path)
	}
	if v == nil && l.key != "" {
		v, _ = lex.LogfmtValue(t, l.key)
	}
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return v[:min(len(v), MaxLabelValue+1)]
}
