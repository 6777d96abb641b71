package parser

import (
	"regexp"
	"slices"

	"wvwatch/internal/parser/evaluate"
	"wvwatch/internal/parser/lex"
)

// automatic are labels that need no configuration: servers of the operator, by the
// names under which nginx, HAProxy, Envoy, Fluent Bit, Vector and the kubelet write
// them. The names of upstream servers may hold network addresses, which are no
// client's; they are never a metric's label.
var automatic = []struct {
	name string
	last bool
	file string   // of the path
	keys []string // dotted, of JSON and key=value
}{
	{name: "upstream", last: true, keys: []string{"upstream_addr", "upstream", "upstream_host", "upstream_server", "UPSTREAM_HOST", "backend", "backend_name"}},
	{name: "host", keys: []string{"hostname", "host.name", "kubernetes.host", "kubernetes.node_name", "node"}},
	{name: "pod", file: `/pods/[^_/]+_([^_/]+)_[^/]+/`, keys: []string{"kubernetes.pod_name", "kubernetes.pod.name", "pod"}},
	{name: "namespace", file: `/pods/([^_/]+)_[^_/]+_[^/]+/`, keys: []string{"kubernetes.namespace_name", "kubernetes.namespace", "namespace"}},
	{name: "container", file: `/pods/[^/]+/([^/]+)/[^/]+$`, keys: []string{"kubernetes.container_name", "kubernetes.container.name", "container"}},
}

// Automatic returns the names of the labels that are read without configuration.
func Automatic() (names []string) {
	for _, a := range automatic {
		names = append(names, a.name)
	}
	return names
}

// compileAutomatic adds the automatic labels that c asks for and has none of the name.
func (f *format) compileAutomatic(c Config) {
	if !c.Automatic {
		return
	}
	for _, a := range automatic {
		if slices.Contains(f.labelNames, a.name) {
			continue
		}
		l := evaluate.Label{Last: a.last, Automatic: true}
		if a.file != "" {
			l.File = regexp.MustCompile(a.file)
		}
		for _, key := range a.keys {
			one := evaluate.Label{}
			if c.Format != "json" {
				one.Key = key + "="
			}
			if c.Format != "logfmt" {
				one.Path = lex.PlainPath(key)
			}
			l.Others = append(l.Others, one)
		}
		f.labelNames, f.automatic = append(f.labelNames, a.name), f.automatic+1
		f.evaluate.Labels = append(f.evaluate.Labels, l)
	}
}
