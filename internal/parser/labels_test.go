package parser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wvwatch/internal/parser/result"
)

// labelled reads lines as a source with labels and renders its events as
// "code tenant|label|label".
func labelled(t *testing.T, c Config, lines string) []string {
	t.Helper()
	p, err := New(c, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	var r result.Result
	p.Parse(&r, []byte(lines), len(lines))
	var out []string
	for _, e := range r.Events {
		if len(e.Labels) != len(r.Labels) {
			t.Errorf("%d values of the labels %q", len(e.Labels), r.Labels)
		}
		out = append(out, fmt.Sprintf("%d %s|%s", e.Code, e.Tenant, strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", e.Labels), "[]"), " ", "|")))
	}
	return out
}

func TestLabelValues(t *testing.T) {
	body := func(code int) string { return fmt.Sprintf(`{\"errorCode\":%d,\"message\":\"m\"}`, code) }
	platform, version := LabelConfig{Name: "platform", Path: "client.os"}, LabelConfig{Name: "app_version"}
	auto := Config{Labels: []LabelConfig{platform, version}}
	for _, tt := range []struct {
		name, lines string
		c           Config
		want        []string
	}{
		{"JSON", `{"client":{"os":"tvos"},"app_version":"4.2","body":"` + body(4025) + `"}`, auto, []string{`4025 |"tvos"|"4.2"`}},
		{"a key with dots, a number", `{"client.os":"tvos","app_version":42,"body":"` + body(4025) + `"}`, auto, []string{`4025 |"tvos"|"42"`}},
		{"none, null, empty", `{"client":{"os":null},"app_version":"","body":"` + body(4025) + `"}`, auto, []string{`4025 |""|""`}},
		{"an object is no value", `{"client":{"os":{"name":"tvos"}},"body":"` + body(4025) + `"}`, auto, []string{`4025 |""|""`}},
		{"Docker around it", `{"log":"{\"client\":{\"os\":\"tvos\"},\"extra\":4025}\n","stream":"stdout","time":"2026-11-23T08:27:32.699123456Z"}`, auto, []string{`4025 |"tvos"|""`}},
		{"a string that holds JSON", `{"message":"{\"client\":{\"os\":\"tvos\"},\"extra\":4025}"}`, Config{Labels: []LabelConfig{{Name: "platform", Path: "message.client.os"}}}, []string{`4025 |"tvos"`}},
		{"text in front", `2026-11-23 08:28:19,815 WARN refused {"client":{"os":"tvos"},"extra":4025}`, auto, []string{`4025 |"tvos"|""`}},
		{"the second object", `{"a":1} {"client":{"os":"tvos"},"extra":4025}`, auto, []string{`4025 |"tvos"|""`}},
		{"logfmt", `level=warn client.os=tvos app_version="4.2" extra=4025`, auto, []string{`4025 |"tvos"|"4.2"`}},
		{"one of another name is none", `level=warn xclient.os=tvos my_app_version=1 extra=4025`, auto, []string{`4025 |""|""`}},
		{"an escape", `{"client":{"os":"tv\u00f6s"},"extra":4025}`, auto, []string{`4025 |"tvös"|""`}},
		{"two codes", `{"client":{"os":"tvos"},"extra":4025,"body":"` + body(4006) + `"}`, auto, []string{`4006 |"tvos"|""`, `4025 |"tvos"|""`}},
		{"several records in a line", `{"logEvents":[{"client":{"os":"a"},"extra":4025},{"extra":4006},{"client":{"os":"c"},"message":"{\"extra\":4015}"}]}`, auto,
			[]string{`4006 |""|""`, `4015 |"c"|""`, `4025 |"a"|""`}},
		{"regex", `[tvos/4.2] extra=4025`, Config{Labels: []LabelConfig{{Name: "platform", Regex: `^\[(\w+)/`}, {Name: "app_version", Regex: `/([\d.]+)\]`}}}, []string{`4025 |"tvos"|"4.2"`}},
		{"format json", `{"os":"tvos","c":4025} app_version=1`, Config{Format: "json", JSON: &FieldsConfig{Code: []string{"c"}}, Labels: []LabelConfig{{Name: "os"}, version}},
			[]string{`4025 |"tvos"|""`}},
		{"format logfmt", `os=tvos c=4025 {"app_version":"1"}`, Config{Format: "logfmt", Logfmt: &FieldsConfig{Code: []string{"c"}}, Labels: []LabelConfig{{Name: "os"}, version}},
			[]string{`4025 |"tvos"|""`}},
		{"format regex", `refused 4025 on tvos v7`, Config{Format: "regex", Regex: `refused (?P<code>\d+) on (?P<os>\w+)`, Labels: []LabelConfig{{Name: "platform", Path: "os"}, {Name: "app_version", Regex: `v(\d+)`}}},
			[]string{`4025 |"tvos"|"7"`}},
		{"the tenant found", `{"tenant":"acme","extra":4025}`, Config{Labels: []LabelConfig{{Name: "tenant", Path: "operator.id"}}}, []string{`4025 acme|`}},
		{"the tenant named", `{"tenant":"acme","operator":{"id":"beta tv"},"extra":4025}`, Config{Labels: []LabelConfig{{Name: "tenant", Path: "operator.id"}, {Name: "os"}}}, []string{`4025 beta tv|""`}},
		{"too long", `{"app_version":"` + strings.Repeat("x", 1000) + `","extra":4025}`, auto, []string{`4025 |""|"` + strings.Repeat("x", MaxLabelValue+1) + `"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := labelled(t, tt.c, tt.lines+"\n")
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Values from the path of the file, and those that are always the same. A file that
// the pattern does not match has no value.
func TestLabelsOfTheFile(t *testing.T) {
	c := Config{Labels: []LabelConfig{
		{Name: "namespace", File: `/pods/([^_/]+)_`}, {Name: "cluster", Value: "fra1"}, {Name: "tenant", File: `/tenants/(\w+)/`}, {Name: "os"},
	}}
	p, err := New(c, mustCatalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(`{"tenant":"acme","os":"tvos","extra":4025}` + "\n")
	for _, tt := range []struct{ file, want string }{
		{"/var/log/pods/drm_proxy-0_1/proxy/0.log", `acme ["drm" "fra1" "tvos"]`},
		{"/logs/tenants/beta/a.log", `beta ["" "fra1" "tvos"]`},
		{"", `acme ["" "fra1" "tvos"]`},
		{"/var/log/pods/cdn_edge-1_2/proxy/0.log", `acme ["cdn" "fra1" "tvos"]`},
		{"/pods/" + strings.Repeat("x", 1000) + "_", `acme ["` + strings.Repeat("x", MaxLabelValue+1) + `" "fra1" "tvos"]`},
	} {
		p.SetFile(tt.file)
		for range 2 {
			var r result.Result
			p.Parse(&r, line, len(line))
			if len(r.Events) != 1 || !slices.Equal(r.Labels, []string{"namespace", "cluster", "os"}) {
				t.Fatalf("%s: events %v, labels %q", tt.file, r.Events, r.Labels)
			}
			if got := fmt.Sprintf("%s %q", r.Events[0].Tenant, r.Events[0].Labels); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.file, got, tt.want)
			}
		}
	}
}

// Labels cost no allocation, neither where a record reports a code nor where it
// reports none.
func TestLabelsAllocateNothing(t *testing.T) {
	allocations := func(c Config, line string) float64 {
		p, err := New(c, mustCatalogue(t))
		if err != nil {
			t.Fatal(err)
		}
		block := []byte(strings.Repeat(line+"\n", 100))
		p.SetFile("/var/log/pods/drm_proxy-0_1/proxy/0.log")
		var r result.Result
		p.Parse(&r, block, len(block))
		return testing.AllocsPerRun(10, func() { p.Parse(&r, block, len(block)) })
	}
	labels := []LabelConfig{{Name: "platform", Path: "req.headers.os"}, {Name: "method", Path: "req.method"}, {Name: "cluster", Value: "fra1"}, {Name: "namespace", File: "/pods/([^_/]+)_"}}
	for name, line := range benchLines {
		if with, without := allocations(Config{Labels: labels}, line), allocations(Config{}, line); with != without {
			t.Errorf("%s: %v allocations in 100 lines, without labels %v", name, with, without)
		}
	}
}
