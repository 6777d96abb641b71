package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wvwatch/deploy/prometheus"
)

// yamlBlock is a block of YAML in a page that begins with the name of its file.
var yamlBlock = regexp.MustCompile("(?s)```yaml\n# (config|prometheus)\\.ya?ml\n(.*?)```")

// TestDeployDocs checks what docs/fleet.md and docs/kubernetes.md have to copy: the
// daemon's configuration, alone and with the rules that are left to Prometheus, and
// that of Prometheus.
func TestDeployDocs(t *testing.T) {
	marked, err := os.ReadFile("../../deploy/prometheus/codes.alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]int{}
	for _, page := range []string{"fleet.md", "kubernetes.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
			checked[block[1]]++
			dir := t.TempDir()
			if block[1] == "config" {
				for _, config := range []string{block[2], block[2] + string(marked)} {
					var out, errs strings.Builder
					if status := run(t.Context(), []string{"check", write(t, dir, "config.yaml", config)}, strings.NewReader(""), &out, &errs); status != exitFine {
						t.Errorf("%s: status %d: %s%s", page, status, errs.String(), out.String())
					}
				}
				continue
			}
			promtool := need(t, "promtool")
			for _, name := range []string{"wvwatch-daemon.rules.yml", "wvwatch-codes.rules.yml"} {
				write(t, dir, name, "groups: []\n")
			}
			// Debian builds Prometheus without the discovery of Kubernetes.
			text := strings.NewReplacer("/etc/prometheus/", dir+"/", "kubernetes_sd_configs: [{role: pod}]", "static_configs: []").Replace(block[2])
			file := write(t, dir, "prometheus.yml", text)
			if out, err := exec.Command(promtool, "check", "config", file).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", page, err, out)
			}
		}
	}
	if checked["config"] != 1 || checked["prometheus"] != 2 {
		t.Errorf("blocks found: %v", checked)
	}
}

// docs/kafka.md scrapes a group as deploy/prometheus does it: members are found otherwise,
// but their series have the same labels.
func TestKafkaScrape(t *testing.T) {
	text, err := os.ReadFile("../../docs/kafka.md")
	if err != nil {
		t.Fatal(err)
	}
	_, relabelings, found := strings.Cut(prometheus.KafkaScrape, "    metric_relabel_configs:\n")
	if !found || !strings.Contains(string(text), "    metric_relabel_configs:\n"+relabelings+"```\n") {
		t.Errorf("docs/kafka.md lacks the metric_relabel_configs of deploy/prometheus/kafka.scrape.yml:\n%s", relabelings)
	}
}
