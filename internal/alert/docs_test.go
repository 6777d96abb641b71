package alert

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The reference lists every field that a template has, and no other, and its
// example is a valid template.
func TestTemplateFieldsAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "### Texts")
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, _ := strings.Cut(section, "| field | meaning |")
	known := make(map[string]bool)
	for _, typ := range []string{"Facts", "Sums", "CodeCount"} {
		for _, name := range fieldNames(typ) {
			known[name] = true
			if !strings.Contains(table, "."+name+"`") {
				t.Errorf("docs/configuration.md does not list .%s of %s", name, typ)
			}
		}
	}
	for _, m := range regexp.MustCompile("`\\.([A-Z][A-Za-z]*)`").FindAllStringSubmatch(table, -1) {
		if !known[m[1]] {
			t.Errorf("docs/configuration.md lists .%s, which is no field", m[1])
		}
	}
	_, example, _ := strings.Cut(section, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	r := keyManager(0, 0)
	r.By = []string{"tenant"}
	if err := yaml.Unmarshal([]byte(example), &r); err != nil || len(r.Annotations) != 3 {
		t.Fatalf("%d annotations, %v", len(r.Annotations), err)
	}
	if err := Validate([]RuleConfig{r}, catalogue(t), nil); err != nil {
		t.Error(err)
	}
}
