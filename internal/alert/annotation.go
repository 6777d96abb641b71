package alert

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/fault"
)

// maxAnnotation bounds the length of one rendered annotation, in bytes.
const maxAnnotation = 4 << 10

// defaultAnnotations are there unless the user writes others of that name.
func defaultAnnotations() map[string]string {
	return map[string]string{
		"summary": `{{ if not .End }}{{ with .Verdict.Sentence }}{{ if $.Changed }}Now: {{ end }}{{ . }}` + "\n" + `{{ end }}{{ end }}{{ .Summary }}`,
		"description": `{{ with .Where }}{{ . }}, {{ end }}{{ .Sentence }}` +
			`{{ if not .End }}{{ range .Codes }}{{ if .Hint }}` + "\n" + `{{ .DRM }} {{ .Code }} ({{ .Owner }}): {{ .Hint }}{{ end }}{{ end }}{{ end }}`,
	}
}

// annotations are the parsed templates of one rule, by name.
type annotations map[string]*template.Template

func parseAnnotations(c RuleConfig) (annotations, error) {
	texts := defaultAnnotations()
	maps.Copy(texts, c.Annotations)
	ts := make(annotations, len(texts)+1)
	var errs []error
	for name, text := range texts {
		t, err := parseAnnotation(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("annotation %q of rule %q: %w", name, c.Name, err))
			continue
		}
		ts[name] = t
	}
	return ts, errors.Join(errs...)
}

func parseAnnotation(text string) (*template.Template, error) {
	t, err := template.New("annotation").Option("missingkey=error").Parse(text)
	return t, plain(err)
}

// render fills the templates in. What Validate has tried does not fail here;
// should it all the same, the alert goes out with the error in that place.
func (a annotations) render(f Facts) map[string]string {
	texts := make(map[string]string, len(a))
	for name, t := range a {
		text, err := execute(t, f)
		if err != nil {
			text = fmt.Sprintf("(%v) %s", err, f.Sentence)
		}
		texts[name] = text
	}
	return texts
}

func execute(t *template.Template, f Facts) (string, error) {
	var b bounded
	if err := t.Execute(&b, f); err != nil {
		return "", plain(err)
	}
	return b.String(), nil
}

// tryAnnotation renders a template with figures such as the rule could have,
// while it fires and when it is over. external are the daemon's labels.
func tryAnnotation(text string, c RuleConfig, cat *codes.Catalogue, external map[string]string) error {
	t, err := parseAnnotation(text)
	if err != nil {
		return err
	}
	if len(asked(c.When)) != 1 {
		return nil // reported by check
	}
	c.Annotations = nil // each is tried on its own
	r, err := newRule(c, cat, "", Identity(external))
	if err != nil {
		return err
	}
	labels := maps.Clone(r.labels)
	if c.grouped() {
		labels[c.by()] = "example"
	}
	now := time.Unix(0, 0)
	s := Status{Rule: c.Name, Severity: c.Severity, Labels: labels, ActiveSince: now, LastHeld: now, Because: "12 per minute"}
	s.Account.Total = Sums{Since: now, Records: 12, Incidents: 12, Sources: []string{"proxy"}}
	if es := r.selector.examples(cat); len(es) > 0 && !r.kind.codeless {
		s.Account.Total.Codes = []CodeSum{{es[0].DRM, es[0].Code, 12}}
	}
	d := describer{cat: cat, external: external}
	for _, end := range []End{"", EndOver} {
		s.End = end
		if _, err := execute(t, d.facts(&s, c.by(), result{value: 12, threshold: 6}, now)); err != nil {
			return explained(err, r.kind.codeless, labels)
		}
	}
	return nil
}

var (
	unknownField = regexp.MustCompile(`^(.*?): executing .* at <(.*)>: can't evaluate field (\w+) in type \*?(?:\w+\.)?(\w+)$`)
	unknownLabel = regexp.MustCompile(`map has no entry for key "(.*)"$`)
	noSuchItem   = regexp.MustCompile(`index out of range`)
)

// explained adds to the error of a template what the template can use instead.
func explained(err error, codeless bool, labels map[string]string) error {
	text := err.Error()
	if m := unknownField.FindStringSubmatch(text); m != nil {
		names := fieldNames(m[4])
		if near := fault.Nearest(strings.ToLower(m[3]), lower(names)); near != "" {
			for _, name := range names {
				if strings.ToLower(name) == near {
					return fmt.Errorf("%s: no field .%s, did you mean .%s? There are .%s", m[1], m[3], name, strings.Join(names, ", ."))
				}
			}
		}
		return fmt.Errorf("%s: no field .%s: there are .%s", m[1], m[3], strings.Join(names, ", ."))
	}
	if m := unknownLabel.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("no label %s in .Labels: alerts of this rule have %s", m[1], strings.Join(slices.Sorted(maps.Keys(labels)), ", "))
	}
	if noSuchItem.MatchString(text) {
		if codeless {
			return errors.New("this rule has no codes, so .Codes is empty: use .Because or .Summary")
		}
		return errors.New("an alert may have a single code: use {{ range .Codes }} or {{ with .Codes }}")
	}
	return err
}

// fieldNames lists what a template can ask of a type.
func fieldNames(typ string) []string {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Facts](), reflect.TypeFor[CodeCount](), reflect.TypeFor[Sums](), reflect.TypeFor[codes.Entry](), reflect.TypeFor[CodeSum](), reflect.TypeFor[blame.Verdict](),
	} {
		if t.Name() != typ {
			continue
		}
		var names []string
		for _, f := range reflect.VisibleFields(t) {
			if !f.Anonymous {
				names = append(names, f.Name)
			}
		}
		for m := range t.Methods() {
			names = append(names, m.Name)
		}
		slices.Sort(names)
		return names
	}
	return nil
}

func lower(words []string) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = strings.ToLower(w)
	}
	return list
}

// plain takes the template's own name out of its messages: the path of the
// configuration precedes them anyway.
func plain(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), "template: annotation:"))
}

// bounded is a strings.Builder that refuses to grow without end.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxAnnotation {
		return 0, fmt.Errorf("longer than %d bytes: shorten it", maxAnnotation)
	}
	return b.Builder.Write(p)
}
