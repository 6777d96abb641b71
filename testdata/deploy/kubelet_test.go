package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
)

// The DaemonSet's user reads what the kubelet writes, root:root 0640, and writes to
// the directory that its init container has prepared: by group 0, without any
// capability. Its own log is left out.
func TestReadsLogsOfTheKubelet(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root: no files of root can be made")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("no setpriv in the path: install Debian's package util-linux to run this test")
	}
	dir, err := os.MkdirTemp("/var/tmp", "wvwatch-pods-") // t.TempDir is for root only
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, pod := range []string{"drm_licence-proxy-7c9d8f6b5c-x2x4k_0b1c", "drm_watch-wvwatch-x2x4k_1c2d"} {
		container := filepath.Join(dir, "pods", pod, "proxy")
		if err := os.MkdirAll(container, 0o755); err != nil {
			t.Fatal(err)
		}
		const line = `2026-11-30T12:00:00.000000000Z stdout F {"errorCode":6007}` + "\n"
		if err := os.WriteFile(filepath.Join(container, "0.log"), []byte(line), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	var config string
	var user *syscall.Credential
	for _, o := range shapes(t)["defaults"] {
		switch o := o.(type) {
		case *core.ConfigMap:
			config = strings.Replace(o.Data["config.yaml"], "namespaces: []", "namespaces: []\n    root: "+dir+"/pods", 1)
		case *apps.DaemonSet:
			sc := o.Spec.Template.Spec.Containers[0].SecurityContext
			user = &syscall.Credential{Uid: uint32(*sc.RunAsUser), Gid: uint32(*sc.RunAsGroup)}
			// As the init container does it: as root, without any capability.
			state := filepath.Join(dir, "state")
			if err := os.Mkdir(state, 0o755); err != nil {
				t.Fatal(err)
			}
			command := o.Spec.Template.Spec.InitContainers[0].Command
			args := append([]string{"--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"}, command[:len(command)-1]...)
			if out, err := exec.Command(setpriv, append(args, state)...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	// A new series is 0 in its first scrape.
	text, _ := exposition(t, file, user, dir+"/state", `workload="licence-proxy"} 1`+"\n")
	var counted []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "drm_extras_total{") && !strings.HasSuffix(line, " 0\n") {
			counted = append(counted, line)
		}
	}
	if len(counted) != 1 || !strings.Contains(counted[0], `namespace="drm"`) || !strings.Contains(counted[0], `workload="licence-proxy"`) ||
		!strings.Contains(counted[0], `container="proxy"`) || !strings.HasSuffix(counted[0], " 1\n") {
		t.Errorf("counted: %q\n%s", counted, config)
	}
}
