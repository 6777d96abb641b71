package alert

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"text/template"
	"time"

	"wvwatch/internal/codes"
)

// maxAnnotation bounds the length of one rendered annotation, in bytes.
const maxAnnotation = 4 << 10

// defaultAnnotations are there unless the user writes others of that name.
func defaultAnnotations() map[string]string {
	return map[string]string{
		"summary": `{{ .Rule }}: {{ range $i, $c := .Codes }}{{ if not $i }}{{ .Count }} x {{ .DRM }} {{ .Code }}{{ end }}{{ end }}` +
			`{{ if or .More (gt (len .Codes) 1) }} and others{{ end }}{{ if .Codes }}, {{ end }}{{ .Because }}`,
		"description": `{{ .Sentence }}` +
			`{{ range .Codes }}{{ if .Hint }}` + "\n" + `{{ .DRM }} {{ .Code }} ({{ .Owner }}): {{ .Hint }}{{ end }}{{ end }}`,
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

// tryAnnotation renders a template with figures such as the rule could have.
func tryAnnotation(text string, c RuleConfig, cat *codes.Catalogue) error {
	t, err := parseAnnotation(text)
	if err != nil {
		return err
	}
	sample := codes.Entry{DRM: codes.Widevine, Code: 6007, Category: codes.CategoryUnlisted}
	sel := newSelector(c.Match, cat)
	if es := sel.examples(cat); len(es) > 0 {
		sample = es[0]
	}
	r := &rule{RuleConfig: c, labels: map[string]string{"drm": sample.DRM.String(), "category": sample.Category}}
	v := verdict{holds: true, value: 12, threshold: 6, tally: tally{
		total: 12, codes: []CodeCount{{sample, 12}}, sources: []string{"proxy"},
	}}
	now := time.Unix(0, 0)
	_, err = execute(t, newFacts(r, v, now, now))
	return err
}

// plain takes the template's own name out of its messages: the path of the
// configuration stands in front of them anyway.
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
