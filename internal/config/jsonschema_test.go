package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// A file that Load takes is right by the schema too; slips of names and types are not.
func TestJSONSchema(t *testing.T) {
	text, err := JSONSchema(func(path string) string { return "about " + path })
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("wvwatch.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("wvwatch.json")
	if err != nil {
		t.Fatal(err)
	}
	good, err := filepath.Glob("../../testdata/config/good*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(good, "../../config.example.yaml", "../../deploy/config.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(file, text, nil); err != nil {
			continue // it is no whole configuration
		}
		if err := schema.Validate(decoded(t, string(text))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, tt := range []struct {
		text string
		good bool
	}{
		{oneSource, true},
		{oneSource + "state: {interval: 1m30s}", true},
		{oneSource + "alerts: [{name: A, match: {codes: [6007]}, when: {per_minute: 1.5, over: 1m}, labels: {team: 7}}]", true},
		{"sources: [{name: 7, files: [/a.log], multiline: {first: x}}, {name: b, files: [/b.log], multiline: off}]", true},
		{oneSource + "spool: {max_bytes: '${BYTES}', sync: '${SYNC}'}", true},
		{"sources: [{name: a, file: [/a.log]}]", false},
		{"sources: [{name: a, files: /a.log}]", false},
		{"sources: {name: a, files: [/a.log]}", false},
		{"source: [{name: a, files: [/a.log]}]", false},
		{oneSource + "state: {interval: 5}", false},
		{oneSource + "state: {interval: 5 s}", false},
		{oneSource + "web: {listen: 9477}", false},
		{oneSource + "alerts: [{name: A, expr: x}]", false},
	} {
		if err := schema.Validate(decoded(t, tt.text)); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.text, err)
		}
	}
	if !strings.Contains(string(text), `"about sources[].json.code"`) {
		t.Error("the schema does not describe the keys of sources")
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExpand(t *testing.T) {
	t.Setenv("LOGS", "/srv/logs")
	t.Setenv("EMPTY", "")
	for text, want := range map[string]string{
		"${LOGS}/a.log":                 "/srv/logs/a.log",
		"${LOGS}${LOGS}":                "/srv/logs/srv/logs",
		"a${EMPTY}b":                    "ab",
		"$${LOGS}":                      "${LOGS}",
		"$LOGS and $ and ${ and ${1}":   "$LOGS and $ and ${ and ${1}",
		`^\$\{(?P<code>\d{4})\}$`:       `^\$\{(?P<code>\d{4})\}$`,
		"{{ .Where }} costs $5 ${LOGS}": "{{ .Where }} costs $5 /srv/logs",
	} {
		if got, err := expand(text); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	_, err := parse("config.yaml", []byte("sources: [{name: a, files: ['${WVWATCH_NOPE}/a.log']}]"), nil)
	if err == nil || !strings.Contains(err.Error(), "config.yaml:1: sources[0].files[0]: the environment variable WVWATCH_NOPE is not set") {
		t.Errorf("not set: %v", err)
	}
	t.Setenv("MB", "67108864")
	if c := load(t, oneSource+"spool: {max_bytes: '${MB}'}"); c.Spool.MaxBytes != 64<<20 {
		t.Errorf("a number: %d", c.Spool.MaxBytes)
	}
}
