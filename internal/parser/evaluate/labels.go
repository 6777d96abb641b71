package evaluate

import (
	"regexp"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/result"
	"wvwatch/internal/privacy"
)

// Label is where the value of a label is: exactly one of Path, Key and Regex says so, or
// Path and Key do.
type Label struct {
	Tenant bool   // the label is the tenant's
	Path   string // of a JSON object
	Key    string // with its =
	Regex  *regexp.Regexp
	Group  int // of Regex
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
		v := s.labelValue(l, s.raw)
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

// labelValue returns the value of l in t, or nil.
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
