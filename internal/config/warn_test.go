package config

import (
	"strings"
	"testing"
)

func TestWarnLinks(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		warned     bool
	}{
		{"no receiver", "", false},
		{"default address", `notify: {alertmanager: {urls: ["http://am:9093"]}}`, true},
		{"webhook", `notify: {webhook: {urls: ["https://hooks.example/x?token=1"]}}`, true},
		{"Alertmanager on this host", `notify: {alertmanager: {urls: ["http://localhost:9093", "http://[::1]:9093"]}}`, false},
		{"one of two elsewhere", `notify: {alertmanager: {urls: ["http://127.0.0.1:9093", "http://10.0.0.7:9093"]}}`, true},
		{"every interface", `
web: {listen: [":9477"]}
notify: {alertmanager: {urls: ["http://am:9093"]}}`, false},
		{"an address", `
web: {listen: ["10.0.0.1:9477"]}
notify: {alertmanager: {urls: ["http://am:9093"]}}`, false},
		{"external URL", `
web: {external_url: "https://wvwatch.example"}
notify: {alertmanager: {urls: ["http://am:9093"]}}`, false},
		{"external URL on loopback", `
web: {listen: [":9477"], external_url: "http://127.0.0.9:9477"}
notify: {alertmanager: {urls: ["http://am:9093"]}}`, true},
		{"localhost", `
web: {listen: ["localhost:9477"]}
notify: {alertmanager: {urls: ["http://am:9093"]}}`, true},
	} {
		c, err := parse("", []byte("sources: [{name: a, files: [/tmp/a.log]}]\n"+tt.text), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		warnings := c.Warnings().Error()
		if got := strings.Contains(warnings, "set web.external_url"); got != tt.warned {
			t.Errorf("%s: warned: %v\n%s", tt.name, got, warnings)
		}
		if strings.Contains(warnings, "token") {
			t.Errorf("%s: shows a secret: %s", tt.name, warnings)
		}
	}
}

func TestExternalLabels(t *testing.T) {
	for text, want := range map[string]string{
		`external_labels: {instance: fra1-a, cluster: fra1}`: "",
		`external_labels: {instance: ""}`:                    "external_labels.instance: empty",
		`external_labels: {severity: page}`:                  "external_labels.severity: is set by the daemon",
		`external_labels: {my-label: x}`:                     "external_labels.my-label: not a label name",
		`external_labels: {cluster: "{{ .Host }}"}`:          "external_labels.cluster: holds a template",
		`external_labels: {cluster: [a]}`:                    "external_labels.cluster",
	} {
		c, err := parse("", []byte("sources: [{name: a, files: [/tmp/a.log]}]\n"+text), nil)
		switch {
		case want == "" && (err != nil || c.ExternalLabels["cluster"] != "fra1" || c.ExternalLabels["instance"] != "fra1-a"):
			t.Errorf("%s: %v, %v", text, c, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	c, err := parse("", []byte(`
sources: [{name: a, files: [/tmp/a.log]}]
alerts: [{name: Mine, match: {codes: [6007]}, when: {per_minute: 6}, labels: {instance: x}}]`), nil)
	if err != nil || !strings.Contains(c.Warnings().Error(), "alert Mine sets the label instance itself") {
		t.Errorf("%v", err)
	}
}
