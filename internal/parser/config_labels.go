package parser

import (
	"fmt"
	"regexp"
	"strings"
)

// LabelConfig names a further label of the codes and where its value stands: a
// dotted JSON path, a logfmt key, or (format regex) a named group. Without Path
// it is the label's own name. Values are text from logs: who exports them caps
// their number.
type LabelConfig struct {
	Name string `mapstructure:"name" yaml:"name"`
	Path string `mapstructure:"path" yaml:"path,omitempty"`
}

// label is a compiled LabelConfig.
type label struct {
	path  string
	group int // of the pattern; 0 where it is a path
}

// private are words of names whose values point to a person, a device or what
// was watched. They never become labels.
var private = [...]string{"device", "account", "content", "session", "subscriber", "user", "email", "token", "household", "correlation", "request_id", "requestid"}

// reserved are the labels that every series has.
var reserved = [...]string{"source", "drm", "code", "category", "severity", "tenant", "outcome", "owner", "reason", "job", "instance"}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func compileLabels(c Config, re *regexp.Regexp, errs *faults) (out []label) {
	seen := make(map[string]bool)
	for i, l := range c.Labels {
		at := fmt.Sprintf("labels[%d]", i)
		path := l.Path
		if path == "" {
			path = l.Name
		}
		switch lower := strings.ToLower(l.Name + " " + path); {
		case !labelName.MatchString(l.Name) || strings.HasPrefix(l.Name, "__"):
			errs.add(at+".name", "%q is no label name: a letter or _, then letters, digits and _", l.Name)
		case seen[l.Name]:
			errs.add(at+".name", "%q stands twice", l.Name)
		case isReserved(l.Name):
			errs.add(at+".name", "%q is a label of every series already: choose another name", l.Name)
		case privateWord(lower) != "":
			errs.add(at, "%q would make a label of a %s: such ids identify people or grow without bound, and never become labels; name what groups them, as platform or app_version",
				l.Name, privateWord(lower))
		}
		seen[l.Name] = true
		v := label{path: path}
		if re != nil {
			if v.group = re.SubexpIndex(path); v.group < 0 {
				errs.add(at+".path", "the pattern has no group named %q", path)
			}
		}
		out = append(out, v)
	}
	return out
}

func isReserved(name string) bool {
	for _, r := range reserved {
		if name == r {
			return true
		}
	}
	return false
}

// privateWord returns the private word that a name holds, or "". What only
// describes a device or a content is none.
func privateWord(name string) string {
	for _, harmless := range [...]string{"device_type", "devicetype", "device_model", "devicemodel", "device.model", "device.type", "device_class", "device_os", "content_type", "contenttype", "content-type", "user_agent_family"} {
		name = strings.ReplaceAll(name, harmless, "")
	}
	for _, p := range private {
		if strings.Contains(name, p) {
			return p + " id"
		}
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if word == "ip" {
			return "network address"
		}
	}
	return ""
}

// labelValues reads the values of the configured labels from the record.
func (s *scan) labelValues() [][]byte {
	labels := s.p.format.labels
	if len(labels) == 0 {
		return nil
	}
	first := len(s.p.values)
	for _, l := range labels {
		s.p.values = append(s.p.values, s.keep(s.labelValue(l)))
	}
	return s.p.values[first:len(s.p.values):len(s.p.values)]
}

func (s *scan) labelValue(l label) []byte {
	var v []byte
	if l.group > 0 {
		if m := s.p.format.regex.FindSubmatchIndex(s.raw); m != nil && m[2*l.group] >= 0 {
			v = s.raw[m[2*l.group]:m[2*l.group+1]]
		}
	} else if v = s.field(l.path); v == nil {
		v, _ = logfmtValue(s.raw, l.path+"=")
	}
	if len(v) > maxName {
		return nil
	}
	return v
}
