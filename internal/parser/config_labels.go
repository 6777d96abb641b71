package parser

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"wvwatch/internal/fault"
	"wvwatch/internal/parser/evaluate"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/privacy"
)

// LabelConfig names a further label of a source's codes and where its value comes
// from: from the record at Path, a dotted JSON path or the key of a key=value text
// (format regex: a named group), or in the first group of Regex; from the path of
// the file, in the first group of File; or it is always Value. Without any of them,
// Path is the label's own name. The label "tenant" is found without configuration;
// what is named here goes before what is found.
type LabelConfig struct {
	Name  string `mapstructure:"name" yaml:"name"`
	Path  string `mapstructure:"path" yaml:"path,omitempty"`
	Regex string `mapstructure:"regex" yaml:"regex,omitempty"`
	File  string `mapstructure:"file" yaml:"file,omitempty"`
	Value string `mapstructure:"value" yaml:"value,omitempty"`
}

// InRecord reports whether the value is read from each record.
func (l LabelConfig) InRecord() bool { return l.File == "" && l.Value == "" }

// MaxLabelValue bounds a label's value, in bytes. A longer one is cut off one byte after
// the bound, so that its reader sees that it is too long.
const MaxLabelValue = privacy.MaxLabel

// reserved are labels that the series have already, that a scrape or an alert
// adds, or that only a histogram may have.
var reserved = []string{
	"category", "code", "drm", "severity", "source", "description", "owner", "outcome", "reason", "window",
	"job", "instance", "le", "quantile", "alert", "alertname", "alertstate",
}

var labelName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// CheckLabel returns why a label may not have this name; nil where it may.
func CheckLabel(name string) error {
	switch {
	case !labelName.MatchString(name):
		return fmt.Errorf("%q is no label name: lower-case letters, digits and _, a letter first", name)
	case slices.Contains(reserved, name):
		return fmt.Errorf("%q is set by the daemon, by Prometheus or by an alert: choose another name", name)
	}
	return privacy.CheckName([]string{name})
}

// compileLabels reads the labels of c; own is the pattern of format regex.
func (f *format) compileLabels(c Config, own *regexp.Regexp, errs *fault.List) {
	seen := make(map[string]bool)
	for i, l := range c.Labels {
		at := fmt.Sprintf("labels[%d]", i)
		if err := CheckLabel(l.Name); err != nil {
			errs.Add(at+".name", "%v", err)
		} else if seen[l.Name] {
			errs.AddFix(at+".name", "remove one", "%q is listed twice", l.Name)
		}
		seen[l.Name] = true
		compiled, field, err := l.compile(c, own)
		if err != nil {
			errs.Add(at+"."+field, "%v", err)
		}
		if compiled.Tenant = l.Name == "tenant"; !compiled.Tenant {
			f.labelNames = append(f.labelNames, l.Name)
		}
		f.evaluate.Labels = append(f.evaluate.Labels, compiled)
	}
	f.checkTenant(c, own, errs)
}

// compile returns l, or what is wrong with one of its fields.
func (l LabelConfig) compile(c Config, own *regexp.Regexp) (compiled evaluate.Label, field string, err error) {
	if first, second := l.origins(); second != "" {
		return compiled, second, fmt.Errorf("%s is set too: a value comes from one place, remove one of them", first)
	}
	switch {
	case l.Regex != "":
		re, err := compileGroup(l.Regex, `platform=(\w+)`)
		return evaluate.Label{Regex: re, Group: 1}, "regex", err
	case l.File != "":
		re, err := compileGroup(l.File, `/pods/([^_/]+)_`)
		return evaluate.Label{File: re}, "file", err
	case l.Value != "":
		return evaluate.Label{Value: []byte(l.Value)}, "value", checkValue(l.Value)
	}
	path, field := l.Path, "path"
	if path == "" {
		path, field = l.Name, "name"
	}
	if own != nil {
		group := own.SubexpIndex(path)
		if group < 0 {
			return compiled, field, fmt.Errorf("the source's regex has no group named %q: add (?P<%s>...) to it, or give the label a regex of its own", path, path)
		}
		return evaluate.Label{Regex: own, Group: group}, field, privacy.CheckName(namesBefore(own, group))
	}
	if field == "path" {
		err = privacy.CheckName(pathMembers(path))
	}
	if c.Format != "json" {
		compiled.Key = path + "="
	}
	if c.Format != "logfmt" {
		compiled.Path = lex.PlainPath(path)
		if syntax := lex.CheckPath(path); syntax != nil {
			err = fmt.Errorf("%q: %w", path, syntax)
		}
	}
	return compiled, field, err
}

// origins returns the first two keys that name where the value comes from, each
// empty where there is none.
func (l LabelConfig) origins() (first, second string) {
	for _, o := range []struct{ key, text string }{{"path", l.Path}, {"regex", l.Regex}, {"file", l.File}, {"value", l.Value}} {
		switch {
		case o.text == "":
		case first == "":
			first = o.key
		case second == "":
			second = o.key
		}
	}
	return first, second
}

// compileGroup compiles a pattern with the value of a label as its first group.
func compileGroup(pattern, example string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%w (the syntax is RE2)", err)
	}
	if re.NumSubexp() == 0 {
		return nil, fmt.Errorf("no group: write parentheses around the value, such as %s", example)
	}
	return re, privacy.CheckName(namesBefore(re, 1))
}

// checkValue returns why every record of a source would have the value other instead
// of this one; nil where it would not.
func checkValue(value string) error {
	switch {
	case len(value) > MaxLabelValue:
		return fmt.Errorf("%d bytes: %d at most", len(value), MaxLabelValue)
	case !utf8.ValidString(value):
		return errors.New("not UTF-8")
	case !privacy.LabelValue([]byte(value)):
		return fmt.Errorf("%q has the form of an address, a date, an id or a token, which is counted as other: choose a name", value)
	}
	return nil
}

// checkTenant looks at what the configured formats take for the tenant.
func (f *format) checkTenant(c Config, own *regexp.Regexp, errs *fault.List) {
	if f.read.Fields != nil && f.read.Fields.Tenant != "" {
		if err := privacy.CheckName(pathMembers(f.read.Fields.Tenant)); err != nil {
			errs.Add(c.Format+".tenant", "%v", err)
		}
	}
	if own != nil {
		if group := own.SubexpIndex("tenant"); group > 0 {
			if err := privacy.CheckName(namesBefore(own, group)); err != nil {
				errs.Add("regex", "%v", err)
			}
		}
	}
}

// pathMembers splits a path.
func pathMembers(path string) []string { return strings.Split(lex.PlainPath(path), ".") }

var names = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// namesBefore returns the words that a pattern has right before one of its
// groups, in the order of the text: those of the key of its value.
func namesBefore(re *regexp.Regexp, group int) []string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return nil
	}
	var text strings.Builder
	textBefore(&text, parsed, group)
	all := names.FindAllString(text.String(), -1)
	return all[max(len(all)-2, 0):]
}

// textBefore writes the fixed text before a group, a space for what is not
// fixed, and reports whether it has met the group.
func textBefore(text *strings.Builder, re *syntax.Regexp, group int) bool {
	switch re.Op {
	case syntax.OpLiteral:
		text.WriteString(string(re.Rune))
	case syntax.OpCapture:
		if re.Cap == group {
			return true
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		text.WriteByte(' ')
	}
	for _, sub := range re.Sub {
		if textBefore(text, sub, group) {
			return true
		}
	}
	return false
}
