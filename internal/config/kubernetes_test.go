package config

import (
	"slices"
	"testing"
)

// A source of pods follows their files and counts by their labels, besides those that
// are configured; a label of the source's own goes before one of the pods.
func TestKubernetes(t *testing.T) {
	c := load(t, `
sources:
  - name: pods
    kubernetes: {namespaces: [drm], exclude: [drm/debug]}
    exclude: ["**/9.log"]
    labels: [{name: cluster, value: fra1}, {name: container, value: proxy}]
  - name: all
    kubernetes: {labels: [pod], root: /pods}
  - name: none
    kubernetes: {labels: []}
metrics: {labels: [cluster, namespace]}
alerts: [{name: ByWorkload, match: {categories: [token]}, when: {per_minute: 6}, by: [workload]}]
`)
	for i, want := range []struct{ files, excluded, labels []string }{
		{[]string{"/var/log/pods/drm_*_*/*/*.log"}, []string{"**/9.log", "/var/log/pods/drm_debug_*/*/**"}, []string{"cluster", "container", "namespace", "workload"}},
		{[]string{"/pods/*_*_*/*/*.log"}, nil, []string{"pod"}},
		{[]string{"/var/log/pods/*_*_*/*/*.log"}, nil, nil},
	} {
		s := &c.Sources[i]
		var labels []string
		for _, l := range s.Parse.Labels {
			labels = append(labels, l.Name)
		}
		if !slices.Equal(s.Tail.Files, want.files) || !slices.Equal(s.Tail.Exclude, want.excluded) || !slices.Equal(labels, want.labels) {
			t.Errorf("source %s: files %q without %q, labels %q", s.Name(), s.Tail.Files, s.Tail.Exclude, labels)
		}
	}
	if want := []string{"cluster", "namespace", "workload", "container", "pod"}; !slices.Equal(c.Metrics.Labels, want) {
		t.Errorf("counted by %q, want %q", c.Metrics.Labels, want)
	}
	c = load(t, `
sources:
  - {name: pods, kubernetes: {labels: [namespace, pod]}, labels: [{name: tenant, value: acme}, {name: site, value: fra}]}
  - {name: files, files: [/var/log/a.log], labels: [{name: pod, path: k8s.pod}, {name: site, file: '/sites/(.)'}]}
metrics: {labels: [tenant, site]}
`)
	if want := []string{"site", "namespace"}; !slices.Equal(c.Metrics.PathLabels, want) {
		t.Errorf("never in a record: %q, want %q", c.Metrics.PathLabels, want)
	}
}
