// Package deploy tests what the folder deploy/ ships for Kubernetes, registries and Grafana, with the libraries of Helm, Kubernetes, the
// Prometheus operator and jsonnet. It is a module of its own, so that go.mod of wvwatch stays small.
package deploy

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/yaml"
)

const (
	chartDir  = "../../deploy/helm/wvwatch"
	release   = "watch"
	namespace = "drm"
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
	files, err := filepath.Glob(filepath.Join(chartDir, "ci", "*-values.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files in ci/: %v", len(files), err)
	}
	all := make(map[string]map[string]any)
	for _, file := range files {
		v, err := chartutil.ReadValuesFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = v
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

// render returns the manifests of a chart, by template, as `helm template` does.
func render(c *chart.Chart, v map[string]any) (map[string]string, error) {
	if err := chartutil.ProcessDependenciesWithMerge(c, v); err != nil {
		return nil, err
	}
	all, err := chartutil.ToRenderValues(c, v, chartutil.ReleaseOptions{Name: release, Namespace: namespace, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, all)
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
		for document := range strings.SplitSeq(manifests[name], "\n---") {
			if empty(document) {
				continue
			}
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

// empty reports whether a document has nothing but comments.
func empty(document string) bool {
	for line := range strings.Lines(document) {
		if line = strings.TrimSpace(line); line != "" && line != "---" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

// shapes returns the objects of everything that is shipped for Kubernetes, by
// name: the chart with each file of ci/, the chart as a dependency of another one, and the manifest.
func shapes(t *testing.T) map[string][]object {
	t.Helper()
	all := make(map[string][]object)
	for name, v := range ciValues(t) {
		manifests, err := render(loadChart(t, chartDir), v)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = objects(t, manifests)
	}
	manifests, err := render(proxyChart(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	all["library"] = objects(t, manifests)
	text, err := os.ReadFile("../../deploy/kubernetes-sidecar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all["manifest"] = objects(t, map[string]string{"kubernetes-sidecar.yaml": string(bytes.TrimSpace(text))})
	return all
}

// proxyChart returns the chart of a licence proxy that has this one as a dependency.
func proxyChart(t *testing.T) *chart.Chart {
	t.Helper()
	c := loadChart(t, "licence-proxy")
	c.AddDependency(loadChart(t, chartDir))
	return c
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
