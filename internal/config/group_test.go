package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func loadText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, nil)
}

// Where the checkpoint is in Kafka, all sources read one cluster as one group.
func TestGroup(t *testing.T) {
	const a = `{name: a, kafka: {brokers: ["k:1"], topics: [one, two], group: g}}`
	for _, tt := range []struct {
		name, text, want string // empty: valid
	}{
		{"one", `{sources: [` + a + `], state: {kafka: true}}`, ""},
		{"two", `{sources: [` + a + `, {name: b, kafka: {brokers: ["k:1"], topics: [three], group: g}}], state: {kafka: true}}`, ""},
		{"in a directory", `{sources: [` + a + `, {name: b, files: [/x]}]}`, ""},
		{"files", `{sources: [` + a + `, {name: b, files: [/x]}], state: {kafka: true}}`, "sources[1]: only this machine has what the source reads"},
		{"other group", `{sources: [` + a + `, {name: b, kafka: {brokers: ["k:1"], topics: [three], group: h}}], state: {kafka: true}}`, "sources[1].kafka.group: "},
		{"other cluster", `{sources: [` + a + `, {name: b, kafka: {brokers: ["l:1"], topics: [three], group: g}}], state: {kafka: true}}`, "sources[1].kafka.brokers: "},
		{"no topic of that name", `{sources: [{name: a, kafka: {brokers: ["k:1"], topics: [one], group: "a b"}}], state: {kafka: true}}`, "sources[0].kafka.group: "},
		{"directory, too", `{sources: [` + a + `], state: {kafka: true, directory: /x}}`, "state.directory: the checkpoint is in Kafka already"},
	} {
		c, err := loadText(t, tt.text)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.want)
		}
		if tt.name != "two" || err != nil {
			continue
		}
		g, ok := c.Group()
		if !ok || !slices.Equal(g.Topics, []string{"one", "two", "three"}) || g.Group != "g" {
			t.Errorf("the group is %+v, %v", g, ok)
		}
		if got := c.ExternalLabels["instance"]; got != "g" {
			t.Errorf("alerts are of instance %q", got)
		}
	}
	c, err := loadText(t, `{sources: [`+a+`], state: {kafka: true}, external_labels: {instance: mine}}`)
	if err != nil || c.ExternalLabels["instance"] != "mine" {
		t.Errorf("%v, %v", c, err)
	}
	if c, err = loadText(t, `{sources: [`+a+`]}`); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Group(); ok || c.ExternalLabels["instance"] != "" {
		t.Error("a checkpoint in a directory has a group")
	}
}
