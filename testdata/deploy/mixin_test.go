package deploy

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
)

const (
	mixinDir   = "../../deploy/mixin"
	grafanaDir = "../../deploy/grafana"
)

var update = flag.Bool("update", false, "write deploy/grafana/*.json")

// evaluate returns the JSON of an expression, in which mixin is the mixin.
func evaluate(t *testing.T, expression string) []byte {
	t.Helper()
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{mixinDir}})
	text, err := vm.EvaluateAnonymousSnippet("test", "local mixin = import 'mixin.libsonnet'; "+expression)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}

// The dashboards that are shipped as files are those of the mixin.
func TestDashboardFiles(t *testing.T) {
	for dir, field := range map[string]string{grafanaDir: "grafanaDashboards", filepath.Join(grafanaDir, "grafana.com"): "importableDashboards"} {
		var dashboards map[string]json.RawMessage
		if err := json.Unmarshal(evaluate(t, "mixin."+field), &dashboards); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || !*update && len(files) != len(dashboards) {
			t.Errorf("%s has %d files for %d dashboards: %v", dir, len(files), len(dashboards), err)
		}
		for name, raw := range dashboards {
			var text bytes.Buffer
			if err := json.Indent(&text, raw, "", "  "); err != nil {
				t.Fatal(err)
			}
			text.WriteByte('\n')
			file := filepath.Join(dir, name)
			if *update {
				if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, text.Bytes()) {
				t.Errorf("%s is not the mixin's (%v): go test -C testdata/deploy -run TestDashboardFiles . -update", file, err)
			}
		}
	}
}

// The form for grafana.com asks for its data source, and names no other.
func TestImportableDashboards(t *testing.T) {
	var dashboards map[string]struct {
		Inputs     []struct{ Name, Type, PluginID string } `json:"__inputs"`
		Requires   []struct{ Type, ID string }             `json:"__requires"`
		Templating struct{ List []struct{ Type string } }
	}
	text := evaluate(t, "mixin.importableDashboards")
	if err := json.Unmarshal(text, &dashboards); err != nil {
		t.Fatal(err)
	}
	for name, d := range dashboards {
		if len(d.Inputs) != 1 || d.Inputs[0].Name != "DS_PROMETHEUS" || d.Inputs[0].PluginID != "prometheus" || len(d.Requires) != 2 {
			t.Errorf("%s: %+v", name, d)
		}
		for _, v := range d.Templating.List {
			if v.Type == "datasource" {
				t.Errorf("%s: a variable for the data source besides the input", name)
			}
		}
	}
	if bytes.Contains(text, []byte("${datasource}")) || len(dashboards) != 2 {
		t.Errorf("%d dashboards", len(dashboards))
	}
}

// _config reaches rules and dashboards.
func TestMixinConfig(t *testing.T) {
	text := string(evaluate(t, `mixin + { _config+:: {
		selector: 'job="drm/wvwatch"', runbookURL: 'https://runbooks.example/drm/', evaluateCodes: true,
		dashboards+: { tags: ['mine'], refresh: '1m', runbooks: 'https://runbooks.example/drm', uids: { licences: 'a', daemon: 'b' } },
	} } + { all: [self.prometheusRules, self.prometheusAlerts, self.grafanaDashboards] }`))
	for want, n := range map[string]int{`job=\"drm/wvwatch\"`: 4, "https://runbooks.example/drm/": 35, `"value": "https://runbooks.example/drm"`: 2, `"uid": "b"`: 1, `"mine"`: 2, `"refresh": "1m"`: 2} {
		if got := strings.Count(text, want); got < n {
			t.Errorf("%s: %d times", want, got)
		}
	}
	for _, wrong := range []string{`job=\"wvwatch\"`, "wvwatch:9477", "/public/runbooks"} {
		if strings.Contains(text, wrong) {
			t.Errorf("%s is left", wrong)
		}
	}
}

// The rules of the mixin are those of the files, apart from what is recorded.
func TestMixinRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool in the path: install Debian's package prometheus to run this test")
	}
	shipped := 0
	for _, file := range []string{"daemon.rules.yml", "codes.rules.yml"} {
		text, err := os.ReadFile(filepath.Join("../../deploy/prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		shipped += strings.Count(string(text), "- alert: ") + strings.Count(string(text), "- record: ")
	}
	all := 0
	for _, field := range []string{"prometheusRules", "prometheusAlerts"} {
		text := evaluate(t, "(mixin + { _config+:: { evaluateCodes: true } })."+field)
		all += strings.Count(string(text), `"alert": "`) + strings.Count(string(text), `"record": "`)
		file := filepath.Join(t.TempDir(), "rules.yaml") // JSON is YAML
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(promtool, "check", "rules", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", field, err, out)
		}
	}
	if all != shipped {
		t.Errorf("%d rules, %d are shipped", all, shipped)
	}
	if plain := evaluate(t, "mixin.prometheusAlerts"); bytes.Contains(plain, []byte("KeyManagerFailing")) {
		t.Error("rules on codes without evaluateCodes: daemons and Prometheus would both send their alerts")
	}
}
