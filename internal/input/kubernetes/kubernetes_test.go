package kubernetes

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wvwatch/internal/tailer"
)

// Names of pods as the controllers make them, and the workload of each.
func TestWorkload(t *testing.T) {
	long := strings.Repeat("licence-", 5) // 40 bytes
	for _, tt := range []struct{ what, pod, want string }{
		{"Deployment", "licence-proxy-5bf87f5f59-x2k4p", "licence-proxy"},
		{"Deployment, hash of nine", "licence-proxy-6799fc88d-bzw2q", "licence-proxy"},
		{"Deployment, hash of eight", "licence-proxy-78dd95bb-lmnpq", "licence-proxy"},
		{"Deployment with a name that ends in safe characters", "ingress-https-7d9f8b6c5d-x2k4p", "ingress-https"},
		{"Deployment of one letter", "a-7d9f8b6c5d-x2k4p", "a"},
		{"Deployment with a digit at its end", "proxy-2-7d9f8b6c5d-x2k4p", "proxy-2"},
		{"Deployment of 47 bytes", long + "proxy-x-7d9f8b6c5dx2k4p", long + "proxy-x"},
		{"Deployment of 50 bytes", long + "proxy-main-7d9f8b6x2k4p", long + "proxy-main"},
		{"Deployment of 57 bytes", long + "proxy-mainframe-a-x2k4p", long + "proxy-mainframe-a"},
		{"StatefulSet", "licence-proxy-0", "licence-proxy"},
		{"StatefulSet, many", "licence-proxy-123", "licence-proxy"},
		{"StatefulSet with a name that ends in a digit", "proxy-2-11", "proxy-2"},
		{"DaemonSet", "node-agent-7xk2p", "node-agent"},
		{"DaemonSet with a name that ends in safe characters", "proxy-https-7xk2p", "proxy-https"},
		{"DaemonSet with a number in its name", "proxy-2-7xk2p", "proxy-2"},
		{"Job", "key-import-qz8wv", "key-import"},
		{"CronJob", "key-import-29412345-qz8wv", "key-import"},
		{"CronJob before 1.21", "key-import-1764540000-qz8wv", "key-import"},
		{"CronJob, indexed", "key-import-29412345-3-qz8wv", "key-import"},
		{"CronJob of 52 bytes", long + "key-import-a-29412qz8wv", long + "key-import-a"},
		{"a pod of its own", "debug", "debug"},
		{"a pod of its own with hyphens", "licence-proxy", "licence-proxy"},
		{"a static pod", "kube-apiserver-control-plane", "kube-apiserver-control-plane"},
		{"a name with dots", "proxy.v2-5bf87f5f59-x2k4p", "proxy.v2"},
	} {
		if n := len(tt.pod); n > 63 {
			t.Fatalf("%s: a name of %d bytes", tt.what, n)
		}
		if got := labelsOf(t, Config{}, "/var/log/pods/drm_"+tt.pod+"_0a1b/c/0.log")["workload"]; got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.what, tt.pod, got, tt.want)
		}
	}
}

// labelsOf returns the values that a path gives to the labels of c.
func labelsOf(t *testing.T, c Config, path string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, l := range c.LabelConfigs() {
		if m := regexp.MustCompile(l.File).FindStringSubmatch(path); m != nil {
			values[l.Name] = m[1]
		}
	}
	return values
}

func TestLabels(t *testing.T) {
	const dir = "/data/p.ods/drm-eu_licence-proxy-5bf87f5f59-x2k4p_0a1b2c3d-0000-4000-8000-000000000000/"
	all := Config{Root: "/data/p.ods/", Labels: []string{"pod", "container", "namespace", "workload"}}
	got := labelsOf(t, all, dir+"proxy/12.log")
	for name, want := range map[string]string{"namespace": "drm-eu", "workload": "licence-proxy", "container": "proxy", "pod": "licence-proxy-5bf87f5f59-x2k4p"} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if got := labelsOf(t, Config{}, dir+"proxy/12.log"); len(got) > 0 {
		t.Errorf("below another root: %v", got)
	}
	if got := (Config{}).LabelNames(); !slices.Equal(got, []string{"namespace", "workload", "container"}) {
		t.Errorf("by default: %q", got)
	}
	if got := (Config{Labels: []string{}}).LabelNames(); len(got) > 0 {
		t.Errorf("none wanted: %q", got)
	}
}

// What is selected, in a tree of pods, by the globs as the tailer matches them.
func TestFiles(t *testing.T) {
	root := filepath.Join(t.TempDir(), "po[d]s")
	for _, f := range []string{
		"drm_proxy-0_1/proxy/0.log", "drm_proxy-0_1/proxy/1.log", "drm_proxy-0_1/istio-proxy/0.log", "drm_proxy-1_2/proxy/0.log",
		"drm_proxy-0_1/proxy/0.log.20261130-101112", "drm_proxy-0_1/proxy/0.log.20261130-101012.gz",
		"drm-eu_proxy-0_3/proxy/0.log", "kube-system_dns-abcde_4/dns/0.log", "cdn_edge-7xk2p_5/edge/3.log",
	} {
		path := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		c    Config
		want string
	}{
		{"all", Config{}, "cdn_edge-7xk2p_5/edge/3.log drm-eu_proxy-0_3/proxy/0.log drm_proxy-0_1/istio-proxy/0.log drm_proxy-0_1/proxy/0.log drm_proxy-0_1/proxy/1.log drm_proxy-1_2/proxy/0.log kube-system_dns-abcde_4/dns/0.log"},
		{"one namespace", Config{Namespaces: []string{"drm"}}, "drm_proxy-0_1/istio-proxy/0.log drm_proxy-0_1/proxy/0.log drm_proxy-0_1/proxy/1.log drm_proxy-1_2/proxy/0.log"},
		{"two, one container", Config{Namespaces: []string{"drm", "drm-eu"}, Containers: []string{"proxy"}}, "drm-eu_proxy-0_3/proxy/0.log drm_proxy-0_1/proxy/0.log drm_proxy-0_1/proxy/1.log drm_proxy-1_2/proxy/0.log"},
		{"by the begin", Config{Namespaces: []string{"drm*"}, Containers: []string{"istio*", "ed*"}}, "drm_proxy-0_1/istio-proxy/0.log"},
		{"without a namespace", Config{Exclude: []string{"kube-system", "drm"}}, "cdn_edge-7xk2p_5/edge/3.log drm-eu_proxy-0_3/proxy/0.log"},
		{"without a pod", Config{Namespaces: []string{"drm*"}, Exclude: []string{"drm/proxy-0"}}, "drm-eu_proxy-0_3/proxy/0.log drm_proxy-1_2/proxy/0.log"},
		{"without a container", Config{Namespaces: []string{"drm"}, Exclude: []string{"*/*/istio-proxy"}}, "drm_proxy-0_1/proxy/0.log drm_proxy-0_1/proxy/1.log drm_proxy-1_2/proxy/0.log"},
	} {
		tt.c.Root = root
		if err := tt.c.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		paths, err := tailer.Config{Files: tt.c.Files(), Exclude: tt.c.ExcludedFiles()}.Match()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		for i := range paths {
			paths[i] = strings.TrimPrefix(paths[i], root+"/")
		}
		if got := strings.Join(paths, " "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    Config
		want string
	}{
		{"a path", Config{Namespaces: []string{"drm", "/var/log"}}, `namespaces[1]: "/var/log" is not a name: lower-case letters, digits, - and ., with * for any characters`},
		{"upper case", Config{Containers: []string{"Proxy"}}, `containers[0]: "Proxy" is not a name: lower-case letters, digits, - and ., with * for any characters`},
		{"empty", Config{Namespaces: []string{""}}, `namespaces[0]: "" is not a name: lower-case letters, digits, - and ., with * for any characters`},
		{"an underscore", Config{Exclude: []string{"drm_proxy"}}, `exclude[0]: "drm_proxy": write a namespace, namespace/pod or namespace/pod/container, with * for any characters, such as */*/istio-proxy`},
		{"four parts", Config{Exclude: []string{"a/b/c/d"}}, `exclude[0]: "a/b/c/d": write a namespace, namespace/pod or namespace/pod/container, with * for any characters, such as */*/istio-proxy`},
		{"a label of its own", Config{Labels: []string{"namespace", "node", "namespace"}}, "labels[1]: \"node\": one of namespace, workload, container, pod\nlabels[2]: \"namespace\" is listed twice: remove one"},
		{"a relative root", Config{Root: "pods"}, `root: "pods" is relative: write the whole path, such as /var/log/pods`},
	} {
		got := ""
		if err := tt.c.Validate(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
