// Package shapes renders everything that is shipped for Kubernetes, as `helm template`
// does it.
package shapes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// Release is the name of the release, Namespace its namespace.
const (
	Release   = "watch"
	Namespace = "drm"
)

// Values returns the values of each file in the chart's folder ci, by the file's name.
func Values(chartDir string) (map[string]map[string]any, error) {
	files, err := filepath.Glob(filepath.Join(chartDir, "ci", "*-values.yaml"))
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]any)
	for _, file := range files {
		v, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), "-values.yaml")] = v
	}
	return all, nil
}

// Render returns the manifests of a chart by template. It changes the chart.
func Render(c *chart.Chart, v map[string]any) (map[string]string, error) {
	if err := chartutil.ProcessDependenciesWithMerge(c, v); err != nil {
		return nil, err
	}
	all, err := chartutil.ToRenderValues(c, v, chartutil.ReleaseOptions{Name: Release, Namespace: Namespace, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, all)
}

// All returns the manifests by shape and template: the chart with each file of ci, the
// chart as a dependency of that of a licence proxy, and the manifest to copy from. root
// is the checkout.
func All(root string) (map[string]map[string]string, error) {
	dir := filepath.Join(root, "deploy", "helm", "wvwatch")
	values, err := Values(dir)
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]string)
	for name, v := range values {
		c, err := loader.Load(dir)
		if err != nil {
			return nil, err
		}
		if all[name], err = Render(c, v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	proxy, err := loader.Load(filepath.Join(root, "testdata", "deploy", "licence-proxy"))
	if err != nil {
		return nil, err
	}
	dependency, err := loader.Load(dir)
	if err != nil {
		return nil, err
	}
	proxy.AddDependency(dependency)
	if all["library"], err = Render(proxy, nil); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "deploy", "kubernetes-sidecar.yaml"))
	if err != nil {
		return nil, err
	}
	all["manifest"] = map[string]string{"kubernetes-sidecar.yaml": string(text)}
	return all, nil
}

// Documents returns the documents of a manifest that are not empty.
func Documents(manifest string) (documents []string) {
	for document := range strings.SplitSeq(manifest, "\n---") {
		if !empty(document) {
			documents = append(documents, document)
		}
	}
	return documents
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
