package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	rendered "wvwatch/testdata/deploy/shapes"
)

// `helm lint` reports only that the chart has no icon.
func TestLint(t *testing.T) {
	for name, v := range ciValues(t) {
		for _, m := range lint.All(chartDir, v, namespace, true).Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %v", name, m)
			}
		}
	}
}

// Each shape has the objects that belong to it, and no field that Kubernetes or
// the Prometheus operator does not know.
func TestObjects(t *testing.T) {
	want := map[string]string{
		"defaults":  "ConfigMap DaemonSet Pod Service ServiceAccount",
		"daemonset": "ConfigMap ConfigMap ConfigMap DaemonSet NetworkPolicy Pod PodMonitor PrometheusRule PrometheusRule Service ServiceAccount",
		"receiver":  "ConfigMap NetworkPolicy Pod PodDisruptionBudget PrometheusRule Service Service ServiceAccount ServiceMonitor StatefulSet",
		"kafka":     "ConfigMap NetworkPolicy Pod PodDisruptionBudget PodMonitor Service ServiceAccount StatefulSet",
		"sidecar":   "ConfigMap ConfigMap ConfigMap Pod PodMonitor PrometheusRule",
		"library":   "ConfigMap Deployment Pod PodMonitor",
		"manifest":  "ConfigMap Service StatefulSet",
	}
	all := shapes(t)
	for name, list := range all {
		var kinds []string
		seen := make(map[string]bool)
		for _, o := range list {
			kind := o.GetObjectKind().GroupVersionKind().Kind
			kinds = append(kinds, kind)
			if key := kind + "/" + o.GetName(); seen[key] {
				t.Errorf("%s: %s twice", name, key)
			} else {
				seen[key] = true
			}
		}
		slices.Sort(kinds)
		if got := strings.Join(kinds, " "); got != want[name] {
			t.Errorf("%s: %s\nwant %s", name, got, want[name])
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d shapes, %d expected", len(all), len(want))
	}
}

// What an object refers to by name is there.
func TestReferences(t *testing.T) {
	for name, list := range shapes(t) {
		configs, services := map[string]bool{"ca": true}, map[string]bool{} // ca is the user's, in ci/
		var pods []*core.PodTemplateSpec
		for _, o := range list {
			switch o.(type) {
			case *core.ConfigMap:
				configs[o.GetName()] = true
			case *core.Service:
				services[o.GetName()] = true
			}
			if pod := podOf(o); pod != nil {
				pods = append(pods, pod)
			}
		}
		for _, o := range list {
			where := fmt.Sprintf("%s: %s %s", name, o.GetObjectKind().GroupVersionKind().Kind, o.GetName())
			for _, fault := range references(o, pods, configs, services) {
				t.Errorf("%s: %s", where, fault)
			}
		}
	}
}

// references returns what an object refers to and is not there.
func references(o object, pods []*core.PodTemplateSpec, configs, services map[string]bool) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if pod := podOf(o); pod != nil {
		volumes := map[string]bool{}
		for _, v := range pod.Spec.Volumes {
			volumes[v.Name] = true
			if v.ConfigMap != nil && !configs[v.ConfigMap.Name] {
				fault("no ConfigMap %s", v.ConfigMap.Name)
			}
		}
		if s, ok := o.(*apps.StatefulSet); ok {
			for _, claim := range s.Spec.VolumeClaimTemplates {
				volumes[claim.Name] = true
			}
			if !services[s.Spec.ServiceName] {
				fault("no Service %s", s.Spec.ServiceName)
			}
		}
		for _, c := range containers(pod) {
			for _, m := range c.VolumeMounts {
				if !volumes[m.Name] {
					fault("container %s mounts %s, which is no volume", c.Name, m.Name)
				}
			}
			if _, tag, ok := strings.Cut(c.Image[strings.LastIndex(c.Image, "/")+1:], ":"); !ok || tag == "latest" {
				fault("image %q has neither tag nor digest", c.Image)
			}
			if c.LivenessProbe != nil && !hasPort(pod, c.LivenessProbe.HTTPGet.Port.StrVal) {
				fault("no port %s for the probe", c.LivenessProbe.HTTPGet.Port.StrVal)
			}
		}
	}
	// selects checks that the pods have the labels, and these ports by name.
	selects := func(selector map[string]string, ports ...string) {
		for _, pod := range pods {
			if !labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
				continue
			}
			for _, p := range ports {
				if p != "" && !hasPort(pod, p) {
					fault("the pods have no port %s", p)
				}
			}
			return
		}
		fault("selects no pod: %v", selector)
	}
	switch o := o.(type) {
	case *apps.DaemonSet:
		selects(o.Spec.Selector.MatchLabels)
	case *apps.StatefulSet:
		selects(o.Spec.Selector.MatchLabels)
	case *core.Service:
		var ports []string
		if len(o.Spec.Ports) == 0 {
			fault("no ports, which the API server rejects")
		}
		for _, p := range o.Spec.Ports {
			ports = append(ports, p.TargetPort.StrVal)
		}
		selects(o.Spec.Selector, ports...)
	case *networking.NetworkPolicy:
		var ports []string
		for _, rule := range o.Spec.Ingress {
			if len(rule.Ports) == 0 {
				fault("a rule without ports allows all of them")
			}
			for _, p := range rule.Ports {
				ports = append(ports, p.Port.StrVal)
			}
		}
		selects(o.Spec.PodSelector.MatchLabels, ports...)
	case *monitoring.PodMonitor:
		if o.Labels["app.kubernetes.io/component"] != "sidecar" || len(pods) > 1 { // else its pods are in another chart
			selects(o.Spec.Selector.MatchLabels, *o.Spec.PodMetricsEndpoints[0].Port)
		}
	}
	return faults
}

func hasPort(pod *core.PodTemplateSpec, name string) bool {
	for _, c := range containers(pod) {
		for _, p := range c.Ports {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

// A ServiceMonitor selects the headless Service, and only that one.
func TestServiceMonitor(t *testing.T) {
	list := shapes(t)["receiver"]
	var monitor *monitoring.ServiceMonitor
	for _, o := range list {
		if m, ok := o.(*monitoring.ServiceMonitor); ok {
			monitor = m
		}
	}
	selector, err := meta.LabelSelectorAsSelector(&monitor.Spec.Selector)
	if err != nil {
		t.Fatal(err)
	}
	var selected []string
	for _, o := range list {
		if s, ok := o.(*core.Service); ok && selector.Matches(labels.Set(s.Labels)) {
			selected = append(selected, s.Name+":"+s.Spec.Ports[0].Name)
		}
	}
	if got := strings.Join(selected, " "); got != "watch-wvwatch-headless:"+monitor.Spec.Endpoints[0].Port {
		t.Errorf("selects %s", got)
	}
}

// The pods of a group have no state of their own, and their counts are those of one
// instance, whichever of them leads: as deploy/prometheus and docs/kafka.md scrape them.
func TestKafkaGroup(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus/kafka.scrape.yml")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		ScrapeConfigs []struct {
			Relabelings []struct {
				SourceLabels []string `json:"source_labels"`
				TargetLabel  string   `json:"target_label"`
				Regex        *string
				Replacement  *string
				Action       string
			} `json:"metric_relabel_configs"`
		} `json:"scrape_configs"`
	}
	if err := yaml.Unmarshal(text, &shipped); err != nil {
		t.Fatal(err)
	}
	var want []monitoring.RelabelConfig
	for _, r := range shipped.ScrapeConfigs[0].Relabelings {
		c := monitoring.RelabelConfig{TargetLabel: r.TargetLabel, Replacement: r.Replacement, Action: r.Action}
		if r.Regex != nil {
			c.Regex = *r.Regex
		}
		for _, l := range r.SourceLabels {
			c.SourceLabels = append(c.SourceLabels, monitoring.LabelName(l))
		}
		want = append(want, c)
	}
	want = append(want, monitoring.RelabelConfig{SourceLabels: []monitoring.LabelName{"__name__"}, Regex: "go_gc_.*", Action: "drop"}) // of ci/
	for _, o := range shapes(t)["kafka"] {
		switch o := o.(type) {
		case *apps.StatefulSet:
			if claims := o.Spec.VolumeClaimTemplates; len(claims) > 0 {
				t.Errorf("a claim: %v", claims)
			}
			for _, e := range o.Spec.Template.Spec.Containers[0].Env {
				if e.Name == "WVWATCH_STATE_DIRECTORY" {
					t.Error("the checkpoint is in Kafka, and a directory is set, too")
				}
			}
		case *core.ConfigMap:
			if strings.Contains(o.Data["config.yaml"], "POD_NAME") {
				t.Errorf("alerts would have another instance with each leader:\n%s", o.Data["config.yaml"])
			}
		case *monitoring.PodMonitor:
			end := o.Spec.PodMetricsEndpoints[0]
			if !reflect.DeepEqual(end.MetricRelabelConfigs, want) {
				t.Errorf("metricRelabelings: %s\nwant %s", show(t, end.MetricRelabelConfigs), show(t, want))
			}
			group := "wvwatch-prod"
			if r := end.RelabelConfigs[1]; r.TargetLabel != "instance" || len(r.SourceLabels) > 0 || r.Replacement == nil || *r.Replacement != group {
				t.Errorf("relabelings: %s", show(t, end.RelabelConfigs))
			}
			if r := end.RelabelConfigs[3]; r.Action != "labeldrop" || strings.Contains(r.Regex, "pod") {
				t.Errorf("the members can not be distinguished: %s", show(t, end.RelabelConfigs))
			}
		}
	}
}

// show returns v as YAML.
func show(t *testing.T, v any) string {
	t.Helper()
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The sidecar never takes the proxy out of its Service, nor keeps it from starting.
func TestSidecarKeepsOutOfTheWay(t *testing.T) {
	all := shapes(t)
	for _, name := range []string{"library", "manifest"} {
		found := false
		for _, o := range all[name] {
			pod := podOf(o)
			if _, test := o.(*core.Pod); pod == nil || test {
				continue
			}
			for _, c := range pod.Spec.InitContainers {
				if c.Name != "wvwatch" {
					continue
				}
				found = true
				if c.ReadinessProbe != nil || c.StartupProbe != nil || c.LivenessProbe == nil {
					t.Errorf("%s: probes: readiness %v, startup %v, liveness %v", name, c.ReadinessProbe, c.StartupProbe, c.LivenessProbe)
				}
				if c.RestartPolicy == nil || *c.RestartPolicy != core.ContainerRestartPolicyAlways {
					t.Errorf("%s: no native sidecar", name)
				}
			}
			for _, c := range pod.Spec.Containers {
				if c.Name == "wvwatch" {
					t.Errorf("%s: an ordinary container, which stops before the proxy has written its last lines", name)
				}
			}
			// Logs and state live equally long: both of one volume, or both an emptyDir.
			kinds := map[string]bool{}
			for _, c := range pod.Spec.InitContainers {
				for _, m := range c.VolumeMounts {
					if m.MountPath == "/logs" || m.MountPath == "/var/lib/wvwatch" {
						kinds[lifetime(pod, m.Name)] = true
					}
				}
			}
			if len(kinds) != 1 {
				t.Errorf("%s: logs and state are in volumes of different lifetimes: %v", name, slices.Collect(maps.Keys(kinds)))
			}
		}
		if !found {
			t.Errorf("%s: no container wvwatch", name)
		}
	}
}

// lifetime names how long a volume lives: as the pod, or as a claim.
func lifetime(pod *core.PodTemplateSpec, volume string) string {
	for _, v := range pod.Spec.Volumes {
		if v.Name == volume && v.EmptyDir != nil {
			return "pod"
		}
	}
	return "claim " + volume
}

// Values that a person may mistype, or that contradict each other, are rejected.
func TestValuesAreChecked(t *testing.T) {
	const ok = "image: {registry: registry.example.com}\n"
	for _, tt := range []struct{ values, want string }{
		{"", "image.registry: set it to"},
		{ok + "mode: deamonset", "mode"},
		{ok + "daemonSet: {}", "daemonSet"},
		{ok + "tolerationz: []", "tolerationz"},
		{"image: {registry: registry.example.com, tags: 1}", "tags"},
		{"image: {registry: registry.example.com, tag: 1.2}", "tag"}, // a number: 1.10 would become 1.1
		{"image: {registry: registry.example.com, digest: abc}", "digest"},
		{"image: {registry: https://registry.example.com}", "registry"},
		{ok + "podMonitor: {enable: true}", "enable"},
		{ok + "podMonitor: {enabled: \"yes\"}", "enabled"},
		{ok + "podMonitor: {interval: 30}", "interval"},
		{ok + "terminationGracePeriodSeconds: 2", "terminationGracePeriodSeconds"},
		{ok + "daemonset: {state: var/lib}", "state"},
		{ok + "mode: receiver\nreceiver: {ports: [{name: http, port: 0}]}", "port"},
		{ok + "mode: receiver\nreceiver: {ports: [{port: 9478}]}", "name"},
		{ok + "prometheusRule: {enabled: true}", "runbookUrl: set it to"},
		{ok + "runbookUrl: docs/runbooks", "runbookUrl"},
		{ok + "prometheusRule: {evaluateCodes: true}", "set prometheusRule.enabled too"},
		{ok + "podMonitor: {enabled: true}\nserviceMonitor: {enabled: true}", "scraped twice"},
		{ok + "mode: sidecar\nserviceMonitor: {enabled: true}", "no Service in mode sidecar"},
		{ok + "mode: sidecar\npodMonitor: {enabled: true}", "sidecar.selector: set it to"},
		{ok + "config: {state: {kafka: true}}", "set mode: receiver"},
		{ok + "mode: receiver\nconfig: {state: {kafka: true}}", "name the group"},
		{ok + "mode: sidecar\nnetworkPolicy: {enabled: true}", "that of the proxy's pod"},
	} {
		_, err := rendered.Render(loadChart(t, chartDir), values(t, tt.values))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: want %q, got %v", tt.values, tt.want, err)
		}
	}
}

// A change of the configuration restarts the pods, another change does not.
func TestChecksum(t *testing.T) {
	sum := func(text string) string {
		manifests, err := rendered.Render(loadChart(t, chartDir), values(t, "image: {registry: registry.example.com}\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects(t, manifests) {
			if d, ok := o.(*apps.DaemonSet); ok {
				return d.Spec.Template.Annotations["checksum/config"]
			}
		}
		return ""
	}
	plain := sum("")
	if len(plain) != 64 || sum("priorityClassName: high") != plain || sum("config: {log: {level: debug}}") == plain {
		t.Errorf("checksums %q, %q, %q", plain, sum("priorityClassName: high"), sum("config: {log: {level: debug}}"))
	}
}

// Dashboards are JSON that Grafana's sidecar finds, with links to the runbooks of the values.
func TestDashboards(t *testing.T) {
	found := 0
	for _, o := range shapes(t)["daemonset"] {
		c, ok := o.(*core.ConfigMap)
		if !ok || c.Labels["grafana_dashboard"] != "1" {
			continue
		}
		for name, text := range c.Data {
			found++
			var d struct{ UID string }
			if err := json.Unmarshal([]byte(text), &d); err != nil || d.UID == "" {
				t.Errorf("%s: uid %q, %v", name, d.UID, err)
			}
			if strings.Contains(text, "/public/runbooks") || !strings.Contains(text, `"https://wvwatch.example.com/runbooks"`) {
				t.Errorf("%s links to no runbooks", name)
			}
			if len(text) > 1<<19 { // a ConfigMap has room for 1 MiB
				t.Errorf("%s: %d bytes", name, len(text))
			}
		}
	}
	if found != 2 {
		t.Errorf("%d dashboards", found)
	}
}

// The rules have the links and the job of the values, and promtool takes them.
func TestRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool in the path: install Debian's package prometheus to run this test")
	}
	v := ciValues(t)["daemonset"]
	v["jobName"] = "drm/wvwatch"
	manifests, err := rendered.Render(loadChart(t, chartDir), v)
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, o := range objects(t, manifests) {
		r, ok := o.(*monitoring.PrometheusRule)
		if !ok {
			continue
		}
		text, err := yaml.Marshal(r.Spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"wvwatch:9477", `job="wvwatch"`} {
			if strings.Contains(string(text), wrong) {
				t.Errorf("%s has %s", r.Name, wrong)
			}
		}
		alerts += strings.Count(string(text), "runbook_url: https://wvwatch.example.com/runbooks/")
		file := filepath.Join(t.TempDir(), "rules.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(promtool, "check", "rules", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", r.Name, err, out)
		}
	}
	if alerts < 35 {
		t.Errorf("%d links to runbooks", alerts)
	}
}

// The daemon takes every configuration that the chart and the manifest write.
func TestConfigurations(t *testing.T) {
	binary := buildProgram(t)
	for name, list := range shapes(t) {
		for _, o := range list {
			c, ok := o.(*core.ConfigMap)
			if !ok || c.Data["config.yaml"] == "" {
				continue
			}
			text := strings.ReplaceAll(c.Data["config.yaml"], "/etc/wvwatch-tokens/tokens", secret(t))
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			check := exec.Command(binary, "check", file)
			check.Env = append(os.Environ(), "NODE_NAME=node-1", "POD_NAME=pod-1", "POD_NAMESPACE=drm", "WVWATCH_WEB_LISTEN=:9477", "WVWATCH_WEB_HEALTH_LISTEN=:9479")
			if name != "kafka" {
				check.Env = append(check.Env, "WVWATCH_STATE_DIRECTORY="+t.TempDir())
			}
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", name, err, out, text)
			}
		}
	}
}

// secret returns a file with a token.
func secret(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("correct-horse-battery-staple-0123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Where Prometheus evaluates the rules on codes, no daemon sends their alerts: never both.
func TestEvaluateCodes(t *testing.T) {
	for _, o := range shapes(t)["daemonset"] {
		c, ok := o.(*core.ConfigMap)
		if !ok || c.Data["config.yaml"] == "" {
			continue
		}
		var config struct {
			Alerts []struct{ Name, Evaluate string }
		}
		if err := yaml.Unmarshal([]byte(c.Data["config.yaml"]), &config); err != nil {
			t.Fatal(err)
		}
		if len(config.Alerts) < 15 {
			t.Errorf("%d rules", len(config.Alerts))
		}
		for _, a := range config.Alerts {
			if a.Evaluate != "prometheus" {
				t.Errorf("%s is evaluated by the daemons, too", a.Name)
			}
		}
	}
}

// The values in docs/kubernetes.md install what they promise.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/kubernetes.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n# values.yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 3 {
		t.Errorf("%d blocks of values", len(blocks))
	}
	for _, block := range blocks {
		manifests, err := rendered.Render(loadChart(t, chartDir), values(t, block[1]))
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		pods := 0
		for _, o := range objects(t, manifests) {
			if podOf(o) != nil {
				pods++
			}
		}
		if pods != 2 { // and that of the test
			t.Errorf("%d objects with pods\n%s", pods, block[1])
		}
	}
	// The values that the page names are in the chart.
	for _, m := range regexp.MustCompile("`((?:prometheusRule|dashboards|networkPolicy|podMonitor|daemonset|image)\\.\\w+)").FindAllStringSubmatch(string(text), -1) {
		var value any = loadChart(t, chartDir).Values
		for part := range strings.SplitSeq(m[1], ".") {
			table, _ := value.(map[string]any)
			if value = table[part]; value == nil {
				t.Errorf("docs/kubernetes.md names %s, which the chart does not have", m[1])
				break
			}
		}
	}
}
