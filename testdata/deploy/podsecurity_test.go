package deploy

import (
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// The pods pass the level of Pod Security that docs/kubernetes.md names, as the
// admission plugin of the API server judges them: sidecar and receiver
// "restricted", the DaemonSet "privileged", and that for its hostPath volumes alone.
func TestPodSecurity(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	forbidden := func(level api.Level, pod *core.PodTemplateSpec) string {
		var reasons []string
		for _, r := range evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec) {
			if !r.Allowed {
				reasons = append(reasons, r.ForbiddenReason)
			}
		}
		slices.Sort(reasons)
		return strings.Join(reasons, ", ")
	}
	judged := 0
	for name, list := range shapes(t) {
		for _, o := range list {
			pod := podOf(o)
			if pod == nil {
				continue
			}
			judged++
			kind := o.GetObjectKind().GroupVersionKind().Kind
			want := map[api.Level]string{api.LevelPrivileged: "", api.LevelBaseline: "", api.LevelRestricted: ""}
			if _, ok := o.(*apps.DaemonSet); ok {
				want[api.LevelBaseline] = "hostPath volumes"
				if name == "daemonset" { // ci/ sets what SELinux needs
					want[api.LevelBaseline] = "hostPath volumes, seLinuxOptions"
				}
				delete(want, api.LevelRestricted) // which is above baseline
			}
			for level, reasons := range want {
				if got := forbidden(level, pod); got != reasons {
					t.Errorf("%s %s: level %s forbids %q, want %q", name, kind, level, got, reasons)
				}
			}
		}
	}
	if judged < 10 {
		t.Errorf("only %d pods were judged", judged)
	}
}

// Every container drops all capabilities, can gain none, and sees no token of the
// API; the daemon that reads the node's logs is user 65532 in group 0.
func TestNoPrivileges(t *testing.T) {
	for name, list := range shapes(t) {
		for _, o := range list {
			pod := podOf(o)
			if pod == nil {
				continue
			}
			s := pod.Spec
			if s.AutomountServiceAccountToken == nil || *s.AutomountServiceAccountToken || s.HostNetwork || s.HostPID || s.HostIPC {
				t.Errorf("%s %s: a token of the API, or a namespace of the host", name, o.GetName())
			}
			for _, c := range containers(pod) {
				sc := c.SecurityContext
				if sc == nil || sc.Capabilities == nil || !slices.Equal(sc.Capabilities.Drop, []core.Capability{"ALL"}) || len(sc.Capabilities.Add) > 0 ||
					sc.AllowPrivilegeEscalation == nil || *sc.AllowPrivilegeEscalation || sc.Privileged != nil {
					t.Errorf("%s %s: container %s may do more than it needs: %+v", name, o.GetName(), c.Name, sc)
				}
				if _, ok := o.(*apps.DaemonSet); ok && c.Name == "wvwatch" && (*sc.RunAsUser != 65532 || *sc.RunAsGroup != 0) {
					t.Errorf("%s: user %d, group %d", name, *sc.RunAsUser, *sc.RunAsGroup)
				}
			}
			for _, v := range s.Volumes {
				if v.HostPath != nil && v.Name != "state" && !readOnly(pod, v.Name) {
					t.Errorf("%s: %s of the node is writable", name, v.HostPath.Path)
				}
			}
		}
	}
}

func readOnly(pod *core.PodTemplateSpec, volume string) bool {
	for _, c := range containers(pod) {
		for _, m := range c.VolumeMounts {
			if m.Name == volume && !m.ReadOnly {
				return false
			}
		}
	}
	return true
}
