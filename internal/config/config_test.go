package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"wvwatch/internal/alert"
	"wvwatch/internal/fault"
	"wvwatch/internal/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the expected errors")

const testdata = "../../testdata/config"

// Every bad-NAME.yaml is refused with exactly the text of bad-NAME.txt.
func TestBadFiles(t *testing.T) {
	t.Chdir(testdata)
	files, err := filepath.Glob("bad-*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			_, err := Load(file, nil)
			if err == nil {
				t.Fatal("loaded")
			}
			if _, ok := errors.AsType[fault.List](err); !ok {
				t.Errorf("not fault.List but %T", err)
			}
			got, golden := err.Error()+"\n", strings.TrimSuffix(file, ".yaml")+".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

// The example shows every key with its default.
func TestExample(t *testing.T) {
	const file = "../../config.example.yaml"
	got, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	s := DefaultSource()
	s.Tail.Name = "proxy"
	s.Tail.Files = []string{"/var/log/licence-proxy/**/*.log"}
	s.Tail.Exclude = []string{"**/*.gz"}
	want.Sources = []Source{s}
	want.Metrics.Servers = want.servers()
	got.place, want.place = nil, nil // functions are not equal to themselves
	if !reflect.DeepEqual(normal(got), normal(want)) {
		t.Errorf("the example differs from the defaults:\n got %+v\nwant %+v", got, want)
	}
	if w := got.Warnings(); len(w) != 0 {
		t.Errorf("warnings: %q", w)
	}

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	uncommented := strings.ReplaceAll(string(text), "  # - name", "  - name")
	uncommented = strings.ReplaceAll(uncommented, "  #   ", "    ")
	full := filepath.Join(t.TempDir(), "full.yaml")
	if err := os.WriteFile(full, []byte(uncommented), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(full, nil)
	if err != nil {
		t.Errorf("the example with its comments taken off: %v", err)
	} else if len(c.Sources) != 11 {
		t.Errorf("%d sources in the example with its comments taken off, want 11", len(c.Sources))
	}
	for _, path := range everyKey(reflect.TypeFor[Config](), "") {
		key := path[strings.LastIndexByte(path, '.')+1:]
		if !regexp.MustCompile(`\b` + key + `:`).Match(text) {
			t.Errorf("the example does not show %s, not even in a comment", path)
		}
	}
}

func everyKey(t reflect.Type, path string) []string {
	var keys []string
	for t.Kind() == reflect.Slice {
		t = strictyaml.Elem(t.Elem())
	}
	if strictyaml.IsScalar(t) || t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range strictyaml.Fields(t) {
		p := fault.Join(path, f.Key)
		keys = append(append(keys, p), everyKey(f.Type, p)...)
	}
	return keys
}

// normal makes empty and absent lists and maps the same.
func normal(c *Config) Config {
	n := *c
	n.Sources = append([]Source(nil), c.Sources...)
	n.Alerts = append([]alert.RuleConfig(nil), c.Alerts...)
	empty(reflect.ValueOf(&n).Elem())
	n.warnings = nil
	return n
}

func empty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				empty(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			empty(v.Index(i))
		}
		if v.Len() == 0 {
			v.SetZero()
		}
	case reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
		}
	}
}

const oneSource = "sources: [{name: proxy, files: [/var/log/a.log]}]\n"

// load parses text as the file config.yaml, under flags.
func load(t *testing.T, text string, args ...string) *Config {
	t.Helper()
	c, err := parse("config.yaml", []byte(text), flags(t, args...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// flags returns the flags of AddFlags as args set them.
func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestAlertsKey(t *testing.T) {
	if c := load(t, oneSource); len(c.Alerts) != len(alert.DefaultRules()) {
		t.Errorf("without the key: %d rules", len(c.Alerts))
	}
	if c := load(t, oneSource+"alerts: []\n"); c.Alerts == nil || len(c.Alerts) != 0 {
		t.Errorf("alerts: []: %v", c.Alerts)
	}
}

// A shorter list replaces the default one; a rule does not inherit from the
// default rule at its place.
func TestListsReplace(t *testing.T) {
	c := load(t, oneSource+`
metrics: {windows: [10m]}
alerts:
  - name: Mine
    match: {codes: [6007]}
    when: {per_minute: 1}
`)
	if want := []time.Duration{10 * time.Minute}; !reflect.DeepEqual(c.Metrics.Windows, want) {
		t.Errorf("windows: %v", c.Metrics.Windows)
	}
	if len(c.Alerts) != 1 {
		t.Fatalf("alerts: %+v", c.Alerts)
	}
	if a := c.Alerts[0]; a.For != 0 || a.KeepFiringFor != 0 || len(a.Match.Categories) != 0 || a.Match.Codes[0] != 6007 {
		t.Errorf("alert: %+v", a)
	}
}

// viper lower-cases keys and splits them at dots; names that are the user's
// stay as they are.
func TestFreeKeysKeepTheirCase(t *testing.T) {
	c := load(t, oneSource+`
alerts:
  - name: Mine
    match: {codes: [6007]}
    when: {per_minute: 1}
    labels: {Team: Video, onCall: "007"}
    annotations: {dashboardURL: "https://g.example/d/1"}
`)
	if got, want := c.Alerts[0].Labels, map[string]string{"Team": "Video", "onCall": "007"}; !reflect.DeepEqual(got, want) {
		t.Errorf("labels: %v", got)
	}
	if got := c.Alerts[0].Annotations["dashboardURL"]; got != "https://g.example/d/1" {
		t.Errorf("annotations: %v", c.Alerts[0].Annotations)
	}
}

func TestAnchors(t *testing.T) {
	c := load(t, `
sources:
  - name: a
    files: &files [/var/log/a.log]
    format: json
    json: &json {code: [error.extra]}
  - {name: b, files: [/var/log/b.log], exclude: *files, format: json, json: *json}
`)
	if got := c.Sources[1]; got.Parse.JSON.Code[0] != "error.extra" || got.Tail.Exclude[0] != "/var/log/a.log" {
		t.Errorf("%+v", got)
	}
}

func TestForFiles(t *testing.T) {
	t.Setenv("WVWATCH_LOG_LEVEL", "debug")
	c, err := ForFiles([]string{"/var/log/*.log"}, flags(t, "--web.listen-address=127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultSource()
	want.Tail.Name, want.Tail.Files = FilesSource, []string{"/var/log/*.log"}
	if !reflect.DeepEqual(c.Sources, []Source{want}) {
		t.Errorf("sources: %+v", c.Sources)
	}
	if c.Log.Level != "debug" || c.Web.Listen[0] != "127.0.0.1:1" || len(c.Alerts) != len(alert.DefaultRules()) {
		t.Errorf("%+v", c)
	}
}

// A shell hands over the names of files, not patterns.
func TestForFilesTakesExistingNamesLiterally(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a[1].log", "a1.log"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := ForFiles([]string{"a[1].log"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Sources[0].Tail.Match(); err != nil || !reflect.DeepEqual(got, []string{"a[1].log"}) {
		t.Errorf("follows %q, %v", got, err)
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, make([]byte, maxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "no such file",
		dir:                             "is a directory",
		large:                           "is this a configuration?",
	} {
		_, err := Load(file, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Setenv("WVWATCH_LOG_LEVLE", "debug")
	t.Setenv("WVWATCH_PORT", "tcp://10.0.0.1:9477") // what Kubernetes sets for a service named wvwatch
	t.Setenv("WVWATCH_SERVICE_HOST", "10.0.0.1")
	c := load(t, `
sources:
  - {name: a, files: [/var/log/a.log, /var/log/both.log]}
  - {name: b, files: [/var/log/../log/both.log]}
`)
	got := c.Warnings()
	if len(got) != 2 || !strings.Contains(got[0].Error(), "did you mean WVWATCH_LOG_LEVEL?") || !strings.Contains(got[1].Error(), `sources a and b both follow "/var/log/both.log"`) {
		t.Errorf("warnings: %q", got)
	}
}
