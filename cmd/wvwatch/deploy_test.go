package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"wvwatch/deploy/prometheus"
	"wvwatch/docs/runbooks"
	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
)

var updateRules = flag.Bool("update-rules", false, "write deploy/prometheus/codes.rules.yml and its tests anew")

// TestShippedRules compares deploy/prometheus/codes.* with the default rules.
func TestShippedRules(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const name = "codes.rules.yml"
	rules, err := alert.RulesYAML(alert.DefaultRules(), cat, prometheus.ShippedRunbooks)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := alert.RulesTestsYAML(alert.DefaultRules(), cat, name, prometheus.ShippedRunbooks)
	if err != nil {
		t.Fatal(err)
	}
	// The same rules for the configurations of daemons that leave them to Prometheus.
	marked := alert.DefaultRules()
	for i := range marked {
		marked[i].Evaluate = "prometheus"
	}
	alerts, err := configRules(marked)
	if err != nil {
		t.Fatal(err)
	}
	alerts = append([]byte("# For the configuration of daemons where Prometheus loads codes.rules.yml: they export what it needs, and send no alerts.\n"), alerts...)
	for file, text := range map[string][]byte{name: rules, "codes.test.yml": tests, "codes.alerts.yml": alerts} {
		path := filepath.Join("../../deploy/prometheus", file)
		if *updateRules {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(text) {
			t.Errorf("%s is not what the default rules are (%v): go test ./cmd/wvwatch -run TestShippedRules -update-rules", path, err)
		}
	}
}

// TestPrometheusFiles asks promtool about all that is shipped for Prometheus.
func TestPrometheusFiles(t *testing.T) {
	promtool := need(t, "promtool")
	for pattern, ask := range map[string][]string{
		"prometheus.yml": {"check", "config"},
		"*.scrape.yml":   {"check", "config"},
		"*.rules.yml":    {"check", "rules"},
		"*.test.yml":     {"test", "rules"},
	} {
		files, err := filepath.Glob(filepath.Join("../../deploy/prometheus", pattern))
		if err != nil || len(files) == 0 {
			t.Errorf("no %s: %v", pattern, err)
		}
		for _, file := range files {
			if out, err := exec.Command(promtool, append(slices.Clone(ask), file)...).CombinedOutput(); err != nil {
				t.Errorf("promtool %s %s: %v\n%s", strings.Join(ask, " "), file, err, out)
			}
		}
	}
}

// Every alert of the shipped rules has a test in which it fires.
func TestDaemonRulesAreTested(t *testing.T) {
	rules, err := os.ReadFile("../../deploy/prometheus/daemon.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var tests string
	for _, file := range []string{"daemon.test.yml", "day.test.yml"} {
		text, err := os.ReadFile(filepath.Join("../../deploy/prometheus", file))
		if err != nil {
			t.Fatal(err)
		}
		tests += string(text)
	}
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(rules), -1)
	if len(alerts) < 10 {
		t.Errorf("only %d alerts", len(alerts))
	}
	for _, a := range alerts {
		if !strings.Contains(tests, "alertname: "+a[1]+"\n        exp_alerts:\n") {
			t.Errorf("%s: no test in which it fires", a[1])
		}
	}
}

// Every link of the shipped rules leads to a runbook, whatever address it is given.
func TestRunbookLinks(t *testing.T) {
	codesRules, err := os.ReadFile("../../deploy/prometheus/codes.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for base, text := range map[string]string{
		prometheus.ShippedRunbooks:   string(codesRules) + prometheus.DaemonRules(""),
		"https://watch.example/run/": prometheus.DaemonRules("https://watch.example/run"),
	} {
		links := regexp.MustCompile(`runbook_url: (.*)`).FindAllStringSubmatch(text, -1)
		if alerts := strings.Count(text, "- alert: "); len(links) != alerts || alerts < 15 {
			t.Errorf("%d alerts have %d links", alerts, len(links))
		}
		for _, l := range links {
			page, ok := strings.CutPrefix(l[1], base)
			if !ok {
				t.Errorf("%s does not begin with %s", l[1], base)
			} else if _, err := runbooks.Pages.Open(page); err != nil {
				t.Errorf("%s: %v", l[1], err)
			}
		}
	}
	// Each alert on the daemons has a line in its runbook.
	text, err := runbooks.Pages.ReadFile("daemon.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range regexp.MustCompile(`- alert: (Wvwatch\w+|LicencesGrantedShareOfInstance)`).FindAllStringSubmatch(prometheus.DaemonRules(""), -1) {
		if !strings.Contains(string(text), a[1]) {
			t.Errorf("docs/runbooks/daemon.md lacks %s", a[1])
		}
	}
}

func TestAlertmanagerFile(t *testing.T) {
	amtool := need(t, "amtool")
	if out, err := exec.Command(amtool, "check-config", "../../deploy/prometheus/alertmanager.yml").CombinedOutput(); err != nil {
		t.Errorf("amtool: %v\n%s", err, out)
	}
}

// composeFile is the part of the compose format that deploy/compose.yaml uses;
// an unknown key is an error.
type composeFile struct {
	Name     string
	Services map[string]struct {
		Build *struct {
			Context, Dockerfile string
		}
		Image           string
		Command         []string
		Environment     map[string]string
		GroupAdd        []string `yaml:"group_add"`
		Volumes         []string
		Ports           []string
		ReadOnly        bool     `yaml:"read_only"`
		CapDrop         []string `yaml:"cap_drop"`
		SecurityOpt     []string `yaml:"security_opt"`
		StopGracePeriod string   `yaml:"stop_grace_period"`
		Restart         string
		DependsOn       []string `yaml:"depends_on"`
	}
	Volumes map[string]struct{}
}

// TestCompose checks deploy/compose.yaml without an engine: its keys, that what
// it mounts is there, and that every name it uses is one it defines.
func TestCompose(t *testing.T) {
	const dir = "../../deploy"
	text, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var c composeFile
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(c.Services)); fmt.Sprint(got) != "[alertmanager grafana prometheus wvwatch]" {
		t.Errorf("services %v", got)
	}
	used := map[string]bool{}
	inside := map[string]string{} // service and path to what is mounted there
	for name, s := range c.Services {
		if b := s.Build; b != nil {
			if _, err := os.Stat(filepath.Join(dir, b.Context, b.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !regexp.MustCompile(`^docker\.io/[a-z/]+:v?\d+\.\d+\.\d+$`).MatchString(s.Image) {
			t.Errorf("%s: image %q has no registry or no version", name, s.Image)
		}
		for _, v := range s.Volumes {
			m := regexp.MustCompile(`^(\$\{[^}]*\}|[^:]+):(/[^:]+)(:ro)?$`).FindStringSubmatch(v)
			switch {
			case m == nil:
				t.Errorf("%s: %q is no mount", name, v)
			case strings.HasPrefix(m[1], "$"): // the user's
			case strings.HasPrefix(m[1], "."):
				inside[name+m[2]] = filepath.Join(dir, m[1])
				if _, err := os.Stat(filepath.Join(dir, m[1])); err != nil || m[3] == "" {
					t.Errorf("%s: mount %q: not there, or not read-only: %v", name, v, err)
				}
			default:
				used[m[1]] = true
				if _, ok := c.Volumes[m[1]]; !ok {
					t.Errorf("%s: volume %q is not defined", name, m[1])
				}
			}
		}
		for _, p := range s.Ports {
			if !regexp.MustCompile(`^127\.0\.0\.1:\d+:\d+$`).MatchString(p) {
				t.Errorf("%s: port %q is open to others", name, p)
			}
		}
		for _, other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is none", name, other)
			}
		}
	}
	for name := range c.Volumes {
		if !used[name] {
			t.Errorf("volume %q is not used", name)
		}
	}
	// The files in the programs' configurations are mounted, the hosts in them are services.
	for at, want := range map[string]string{
		"prometheus/etc/prometheus":                            dir + "/prometheus",
		"alertmanager/etc/alertmanager/alertmanager.yml":       dir + "/prometheus/alertmanager.yml",
		"grafana/etc/grafana/provisioning":                     dir + "/grafana/provisioning",
		"grafana/etc/grafana/dashboards/wvwatch-licences.json": dir + "/grafana/wvwatch-licences.json",
		"grafana/etc/grafana/dashboards/wvwatch-daemon.json":   dir + "/grafana/wvwatch-daemon.json",
	} {
		if inside[at] != filepath.Clean(want) {
			t.Errorf("%s is %q, not %s", at, inside[at], want)
		}
	}
	for _, file := range []string{"compose.yaml", "prometheus/prometheus.yml", "grafana/provisioning/datasources/prometheus.yaml"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:http://|targets: \[")([a-z]+):\d+`).FindAllStringSubmatch(string(text), -1) {
			if _, ok := c.Services[m[1]]; !ok && m[1] != "localhost" {
				t.Errorf("%s talks to %s, which is no service", file, m[1])
			}
		}
	}
}

// TestGrafanaProvisioning checks the keys that Grafana asks for, and that the
// dashboard is looked for where compose.yaml puts it.
func TestGrafanaProvisioning(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			Editable                     bool
			JSONData                     map[string]any `yaml:"jsonData"`
		}
	}
	var boards struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type            string
			DisableDeletion       bool `yaml:"disableDeletion"`
			AllowUIUpdates        bool `yaml:"allowUiUpdates"`
			UpdateIntervalSeconds int  `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string }
		}
	}
	for file, into := range map[string]any{"datasources/prometheus.yaml": &sources, "dashboards/wvwatch.yaml": &boards} {
		text, err := os.ReadFile(filepath.Join("../../deploy/grafana/provisioning", file))
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(strings.NewReader(string(text)))
		dec.KnownFields(true)
		if err := dec.Decode(into); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if sources.APIVersion != 1 || len(sources.Datasources) != 1 || sources.Datasources[0].Type != "prometheus" || sources.Datasources[0].URL == "" {
		t.Errorf("data sources: %+v", sources)
	}
	if boards.APIVersion != 1 || len(boards.Providers) != 1 || boards.Providers[0].Type != "file" || boards.Providers[0].Options.Path != "/etc/grafana/dashboards" {
		t.Errorf("dashboards: %+v", boards)
	}
}

// exposure is the level of `systemd-analyze security`, from 0 to 10.
var exposure = regexp.MustCompile(`Overall exposure level for wvwatch\.service: ([\d.]+)`)

// TestUnitExposure checks the exposure level that systemd reports for the unit, and
// for the unit with its drop-in.
func TestUnitExposure(t *testing.T) {
	analyze := need(t, "systemd-analyze")
	root := t.TempDir()
	units := filepath.Join(root, "etc/systemd/system")
	dropIns := filepath.Join(units, "wvwatch.service.d")
	if err := os.MkdirAll(dropIns, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, to, most string }{
		{"wvwatch.service", units, "1.2"},
		{"hardened.conf", dropIns, "1.0"},
	} {
		text, err := os.ReadFile(filepath.Join("../../deploy", c.file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.to, c.file), text, 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(analyze, "security", "--no-pager", "--offline=true", "--root="+root, "wvwatch.service").CombinedOutput()
		m := exposure.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("systemd-analyze: %v\n%s", err, out)
		}
		if got := string(m[1]); got > c.most {
			t.Errorf("with %s the exposure is %s, not %s or less:\n%s", c.file, got, c.most, out)
		}
	}
}

// TestInstalledConfig checks the configuration that the packages install.
func TestInstalledConfig(t *testing.T) {
	var out, errs strings.Builder
	if status := run(t.Context(), []string{"check", "../../deploy/config.yaml"}, strings.NewReader(""), &out, &errs); status != exitFine {
		t.Errorf("status %d: %s%s", status, errs.String(), out.String())
	}
	text, err := os.ReadFile("../../deploy/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "\nalerts:") {
		t.Error("deploy/config.yaml has rules: better default rules of a later version would never arrive")
	}
}

// TestManualPages writes the pages of a release, by the build that can.
func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "-tags", "man", ".", "man", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for page, want := range map[string]string{"wvwatch.1": "wvwatch-run(1)", "wvwatch-run.1": "--config"} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil || !strings.Contains(strings.ReplaceAll(string(text), `\-`, "-"), want) {
			t.Errorf("%s lacks %q: %v", page, want, err)
		}
	}
}
