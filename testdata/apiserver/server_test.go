// Package apiserver has a real API server of Kubernetes judge what deploy/ ships.
package apiserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil" // keeps the module, which has the definitions, in go.mod
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	etcd "k8s.io/apiserver/pkg/storage/etcd3/testserver"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app/testing"
	"sigs.k8s.io/yaml"

	"wvwatch/testdata/deploy/shapes"
)

// levels are those of Pod Security, each the name of a namespace that enforces it.
var levels = []string{"restricted", "baseline", "privileged"}

// TestDryRun applies all that is shipped for Kubernetes with --dry-run=server, in
// namespaces of each level of Pod Security: every object is valid to the field, and the
// pods are admitted where docs/kubernetes.md admits them.
func TestDryRun(t *testing.T) {
	c := newCluster(t)
	all, err := shapes.All("../..")
	if err != nil {
		t.Fatal(err)
	}
	objects, pods := 0, 0
	for shape, manifests := range all {
		for name, manifest := range manifests {
			if strings.HasSuffix(name, ".txt") {
				continue
			}
			for _, document := range shapes.Documents(manifest) {
				for _, level := range levels {
					where := fmt.Sprintf("%s: %s in %s", shape, name, level)
					o := parse(t, document)
					o.SetNamespace(level)
					pod := podOf(t, o)
					forbidden := pod != nil && o.GetKind() == "DaemonSet" && level != "privileged"
					if err := c.apply(t.Context(), o); err != nil {
						t.Errorf("%s: %v", where, err)
					}
					objects++
					if pod == nil {
						continue
					}
					pod.SetNamespace(level)
					err := c.apply(t.Context(), pod)
					pods++
					switch {
					case forbidden && (err == nil || !errors.IsForbidden(err) || !strings.Contains(err.Error(), "hostPath")):
						t.Errorf("%s: the pod is admitted, or for another reason not: %v", where, err)
					case !forbidden && err != nil:
						t.Errorf("%s: pod: %v", where, err)
					}
				}
			}
		}
	}
	t.Logf("%d objects and %d pods of %d shapes were judged", objects, pods, len(all))
	if objects < 100 || pods < 15 {
		t.Errorf("%d objects, %d pods", objects, pods)
	}
}

// What is broken is rejected: a typo in a field, a field that is missing, a pod that may do too much.
func TestBroken(t *testing.T) {
	c := newCluster(t)
	for _, document := range []string{
		"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, datum: {b: c}}",
		"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {a: b}, ports: []}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}",
		"{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: a}, spec: {selector: {}, podMetricsEndpoints: [{prot: wvwatch}]}}",
	} {
		o := parse(t, document)
		o.SetNamespace("restricted")
		if err := c.apply(t.Context(), o); err == nil {
			t.Errorf("accepted: %s", document)
		}
	}
}

// cluster is an API server with the definitions of the Prometheus operator.
type cluster struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	storage := storagebackend.NewDefaultConfig("/registry", nil)
	storage.Transport.ServerList = etcd.RunEtcd(t, nil).Endpoints()
	server := apiserver.StartTestServerOrDie(t, nil, nil, storage)
	t.Cleanup(server.TearDownFn)
	config := rest.CopyConfig(server.ClientConfig)
	config.QPS, config.Burst = 1000, 1000
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	discovered, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{client, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovered))}
	for _, level := range levels {
		c.create(t, fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {pod-security.kubernetes.io/enforce: %[1]s}}}", level))
		for _, account := range []string{"default", "watch-wvwatch"} {
			c.create(t, fmt.Sprintf("{apiVersion: v1, kind: ServiceAccount, metadata: {name: %s, namespace: %s}}", account, level))
		}
	}
	for _, kind := range []string{"podmonitors", "servicemonitors", "prometheusrules"} {
		c.create(t, definition(t, kind))
	}
	return c
}

// definition returns the definition of a kind of the Prometheus operator.
func definition(t *testing.T, kind string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/prometheus-operator/prometheus-operator").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "example/prometheus-operator-crd/monitoring.coreos.com_"+kind+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t *testing.T, document string) *unstructured.Unstructured {
	t.Helper()
	var o unstructured.Unstructured
	if err := yaml.UnmarshalStrict([]byte(document), &o.Object); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return &o
}

// resource returns the client of o's kind; a definition is served a moment after it was made.
func (c *cluster) resource(ctx context.Context, o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	var found *apimeta.RESTMapping
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		var err error
		if found, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			c.mapper.Reset()
		}
		return err == nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s is not served: %w", kind, err)
	}
	if found.Scope.Name() == apimeta.RESTScopeNameRoot {
		return c.client.Resource(found.Resource), nil
	}
	return c.client.Resource(found.Resource).Namespace(o.GetNamespace()), nil
}

// create makes an object that others need.
func (c *cluster) create(t *testing.T, document string) {
	t.Helper()
	o := parse(t, document)
	r, err := c.resource(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Create(t.Context(), o, meta.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// apply does what kubectl apply --server-side --dry-run=server does.
func (c *cluster) apply(ctx context.Context, o *unstructured.Unstructured) error {
	r, err := c.resource(ctx, o)
	if err != nil {
		return err
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = r.Patch(ctx, o.GetName(), types.ApplyPatchType, text,
		meta.PatchOptions{FieldManager: "wvwatch", DryRun: []string{meta.DryRunAll}, FieldValidation: meta.FieldValidationStrict})
	return err
}

// podOf returns the pod that the controller of o makes; nil where o has no pods.
func podOf(t *testing.T, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	if !slices.Contains([]string{"DaemonSet", "StatefulSet", "Deployment"}, o.GetKind()) {
		return nil
	}
	var w struct {
		Spec struct {
			Template             core.PodTemplateSpec         `json:"template"`
			VolumeClaimTemplates []core.PersistentVolumeClaim `json:"volumeClaimTemplates"`
		} `json:"spec"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &w); err != nil {
		t.Fatal(err)
	}
	pod := core.Pod{ObjectMeta: w.Spec.Template.ObjectMeta, Spec: w.Spec.Template.Spec}
	for _, claim := range w.Spec.VolumeClaimTemplates {
		pod.Spec.Volumes = append(pod.Spec.Volumes, core.Volume{Name: claim.Name, VolumeSource: core.VolumeSource{
			PersistentVolumeClaim: &core.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name}}})
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&pod)
	if err != nil {
		t.Fatal(err)
	}
	made := &unstructured.Unstructured{Object: content}
	made.SetAPIVersion("v1")
	made.SetKind("Pod")
	made.SetName(o.GetName() + "-0")
	unstructured.RemoveNestedField(made.Object, "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(made.Object, "status")
	return made
}
