// Package deploy tests what the folder deploy/ ships for Kubernetes, registries and Grafana, with the libraries of Helm, Kubernetes, the
// Prometheus operator and jsonnet. It is a module of its own, so that go.mod of wvwatch stays small.
package deploy

import (
	"maps"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/yaml"

	rendered "wvwatch/testdata/deploy/shapes"
)

const (
	chartDir  = "../../deploy/helm/wvwatch"
	namespace = rendered.Namespace
)

// loadChart loads a chart for one rendering, which changes it.
func loadChart(t *testing.T, dir string) *chart.Chart {
	t.Helper()
	c, err := loader.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ciValues returns the values of each file in ci/, by the file's name.
func ciValues(t *testing.T) map[string]map[string]any {
	t.Helper()
	all, err := rendered.Values(chartDir)
	if err != nil || len(all) < 5 {
		t.Fatalf("%d files in ci/: %v", len(all), err)
	}
	return all
}

// values parses YAML.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// decoder decodes strictly: an unknown or repeated field is an error.
func decoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{core.AddToScheme, apps.AddToScheme, networking.AddToScheme, policy.AddToScheme, monitoring.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// object is any object of Kubernetes.
type object interface {
	runtime.Object
	meta.Object
}

// objects decodes manifests in the order of their templates.
func objects(t *testing.T, manifests map[string]string) (list []object) {
	t.Helper()
	d := decoder(t)
	for _, name := range slices.Sorted(maps.Keys(manifests)) {
		if strings.HasSuffix(name, ".txt") {
			continue
		}
		for _, document := range rendered.Documents(manifests[name]) {
			o, _, err := d.Decode([]byte(document), nil, nil)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, document)
				continue
			}
			list = append(list, o.(object))
		}
	}
	return list
}

// shapes returns the objects of everything that is shipped for Kubernetes, by
// name: the chart with each file of ci/, the chart as a dependency of another one, and the manifest.
func shapes(t *testing.T) map[string][]object {
	t.Helper()
	manifests, err := rendered.All("../..")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]object)
	for name, m := range manifests {
		all[name] = objects(t, m)
	}
	return all
}

// podOf returns the pod template of an object; nil for an object without pods.
func podOf(o object) *core.PodTemplateSpec {
	switch o := o.(type) {
	case *apps.DaemonSet:
		return &o.Spec.Template
	case *apps.StatefulSet:
		return &o.Spec.Template
	case *apps.Deployment:
		return &o.Spec.Template
	case *core.Pod:
		return &core.PodTemplateSpec{ObjectMeta: o.ObjectMeta, Spec: o.Spec}
	}
	return nil
}

// containers returns those of a pod, the initial ones first.
func containers(pod *core.PodTemplateSpec) []core.Container {
	return append(slices.Clone(pod.Spec.InitContainers), pod.Spec.Containers...)
}
