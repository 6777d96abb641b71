package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var (
	kubeletTime = flag.Duration("kubelet", 8*time.Second, "how long TestKubelet writes and rotates")
	kubeletPods = flag.Int("pods", 30, "how many pods TestKubelet runs at a time")
)

// TestKubelet follows the pods of a node while a kubelet rotates their logs, containers
// restart, and pods come and go; once the daemon is killed. Every record is counted
// once, by the right namespace, workload and container. Run it for long with
// -run TestKubelet -kubelet 10m -pods 500.
func TestKubelet(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the daemon and runs it for a while")
	}
	t.Parallel()
	dir, address := t.TempDir(), freePort(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := &kubelet{age: max(3*time.Second, time.Duration(*kubeletPods)*100*time.Millisecond), root: filepath.Join(dir, "pods"), r: rand.New(rand.NewPCG(seed, 0)), truth: map[containerKey]int{}}
	for range *kubeletPods {
		k.begin(t)
	}
	config := write(t, dir, "config.yaml", fmt.Sprintf(`
sources: [{name: pods, kubernetes: {root: %q, namespaces: ["drm*"], exclude: ["*/*/istio-proxy"]}}]
metrics: {label_limit: 1000}
state: {directory: %q, interval: 1s}
web: {listen: [%q]}
`, k.root, filepath.Join(dir, "state"), address))
	binary := buildBinary(t, dir)
	p := start(t, dir, "wvwatch", binary, "run", "--config", config)
	waitReady(t, address)
	began, killed := time.Now(), false
	for time.Since(began) < *kubeletTime {
		k.pass(t)
		if !killed && time.Since(began) > *kubeletTime/2 {
			killed = true
			k.keep = true // what is deleted before it is in a checkpoint is lost with a kill
			eventually(t, "every count before the kill", func() error { return k.counted(address) })
			for range 10 {
				k.pass(t)
			}
			stop(t, p, syscall.SIGKILL)
			for _, c := range k.containers() { // no file is deleted meanwhile: it would be lost
				k.write(t, c)
			}
			p = start(t, dir, "wvwatch", binary, "run", "--config", config)
			waitReady(t, address)
			k.keep = false
		}
	}
	eventually(t, "every count", func() error { return k.counted(address) })
	for _, name := range []string{"wvwatch_lost_bytes_total", "wvwatch_lost_files_total"} {
		if lost, err := metric(address, name); err != nil || lost > 0 {
			t.Errorf("%s %v, %v", name, lost, err)
		}
	}
	stop(t, p, syscall.SIGTERM)
	records := 0
	for _, n := range k.truth {
		records += n
	}
	t.Logf("%d records of %d pods exact; %d rotations, %d packed, %d restarts, %d pods came and went", records, *kubeletPods, k.rotations, k.packed, k.restarts, k.gone)
}

// containerKey holds the labels that a record is counted by.
type containerKey struct{ namespace, workload, container, code string }

// kubelet keeps the logs of pods as the kubelet does: pkg/kubelet/logs and
// pkg/kubelet/kuberuntime of Kubernetes.
type kubelet struct {
	root string
	age  time.Duration // of a file before it is rotated or deleted: it was found by then, and the more pods, the rarer
	r    *rand.Rand
	pods []*pod
	made int
	keep bool // nothing is deleted

	truth                             map[containerKey]int
	rotations, packed, restarts, gone int
}

type pod struct {
	dir                 string
	namespace, workload string
	since               time.Time
	containers          []*container
}

type container struct {
	pod      *pod
	name     string
	restarts int
	file     *os.File
	since    time.Time // the file was made or rotated
}

// counted returns what a daemon's counts differ in.
func (k *kubelet) counted(address string) error {
	got, err := scrapeContainers(address)
	if err != nil {
		return err
	}
	return sameContainers(k.truth, got)
}

// begin makes a pod of any kind of controller.
func (k *kubelet) begin(t *testing.T) {
	t.Helper()
	random := func(alphabet string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[k.r.IntN(len(alphabet))]
		}
		return string(b)
	}
	const safe = "bcdfghjklmnpqrstvwxz2456789"
	k.made++
	workload := []string{"licence-proxy", "proxy-https", "key-import", "edge-2"}[k.r.IntN(4)]
	name := workload + []string{
		"-" + random("456789bcdf", 8+k.r.IntN(3)) + "-" + random(safe, 5), // Deployment
		fmt.Sprintf("-%d", k.made),                                        // StatefulSet
		"-" + random(safe, 5),                                             // DaemonSet, Job
		fmt.Sprintf("-%d-%s", 29_400_000+k.made, random(safe, 5)),         // CronJob
	}[k.r.IntN(4)]
	p := &pod{namespace: []string{"drm", "drm-eu", "kube-system"}[k.r.IntN(3)], workload: workload, since: time.Now()}
	p.dir = filepath.Join(k.root, fmt.Sprintf("%s_%s_%08x-0000-4000-8000-%012x", p.namespace, name, k.made, k.made))
	for _, c := range []string{"proxy", "istio-proxy"}[:1+k.r.IntN(2)] {
		made := &container{pod: p, name: c}
		if err := os.MkdirAll(filepath.Join(p.dir, c), 0o755); err != nil {
			t.Fatal(err)
		}
		made.open(t)
		p.containers = append(p.containers, made)
	}
	k.pods = append(k.pods, p)
}

func (k *kubelet) containers() (all []*container) {
	for _, p := range k.pods {
		all = append(all, p.containers...)
	}
	return all
}

// pass lets something happen to a few containers, and now and then a pod end and
// another begin.
func (k *kubelet) pass(t *testing.T) {
	t.Helper()
	all := k.containers()
	for range 10 {
		c := all[k.r.IntN(len(all))]
		k.write(t, c)
		switch old := time.Since(c.since) > k.age; {
		case old && k.r.IntN(4) == 0:
			k.rotate(t, c)
		case old && !k.keep && k.r.IntN(8) == 0:
			k.restart(t, c)
		}
	}
	for i, p := range k.pods {
		if !k.keep && k.r.IntN(3*len(k.pods)) == 0 && !slices.ContainsFunc(p.containers, func(c *container) bool { return time.Since(c.since) < k.age }) {
			k.end(t, i)
			k.begin(t)
			break
		}
	}
	time.Sleep(20 * time.Millisecond)
}

// write writes records as containerd does.
func (k *kubelet) write(t *testing.T, c *container) {
	t.Helper()
	var b strings.Builder
	for range 1 + k.r.IntN(5) {
		code := []string{"4025", "4006", "6007"}[k.r.IntN(3)]
		now := time.Now().UTC().Format(time.RFC3339Nano)
		fmt.Fprintf(&b, "%s stdout F {\"@timestamp\":%q,\"tenant\":\"acme\",\"extra\":%s}\n", now, now, code)
		fmt.Fprintf(&b, "%s stdout F {\"@timestamp\":%q,\"status\":200}\n", now, now)
		if c.pod.namespace != "kube-system" && c.name != "istio-proxy" {
			k.truth[containerKey{c.pod.namespace, c.pod.workload, c.name, code}]++
		}
	}
	if _, err := c.file.WriteString(b.String()); err != nil {
		t.Fatal(err)
	}
}

func (c *container) path() string {
	return filepath.Join(c.pod.dir, c.name, fmt.Sprintf("%d.log", c.restarts))
}

func (c *container) open(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(c.path(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // most are closed already
	c.file, c.since = f, time.Now()
}

// rotate keeps five files of a log, packs those that were rotated before, gives the
// live one the time as its name, and has it opened again: until then the container
// writes on.
func (k *kubelet) rotate(t *testing.T, c *container) {
	t.Helper()
	rotated, err := filepath.Glob(c.path() + ".*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rotated)
	for len(rotated) > 3 && !k.keep {
		k.remove(t, rotated[0])
		rotated = rotated[1:]
	}
	for _, name := range rotated {
		if !strings.HasSuffix(name, ".gz") {
			k.pack(t, name)
		}
	}
	if err := os.Rename(c.path(), c.path()+"."+time.Now().Format("20060102-150405")); err != nil {
		t.Fatal(err)
	}
	k.write(t, c)
	old := c.file
	c.open(t)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	k.rotations++
}

// pack compresses a file under a name that is not a log's before it takes its place.
func (k *kubelet) pack(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(text)
	if err = cmp.Or(err, w.Close(), os.WriteFile(name+".tmp", packed.Bytes(), 0o640), os.Rename(name+".tmp", name+".gz")); err != nil {
		t.Fatal(err)
	}
	k.remove(t, name)
	k.packed++
}

// restart ends a container and starts it again: of the logs before, those of the last
// run stay.
func (k *kubelet) restart(t *testing.T, c *container) {
	t.Helper()
	old := c.file
	before := *c
	before.restarts--
	c.restarts++
	c.open(t)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(before.path() + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		k.remove(t, name)
	}
	k.restarts++
}

// end deletes a pod with all its logs.
func (k *kubelet) end(t *testing.T, i int) {
	t.Helper()
	for _, c := range k.pods[i].containers {
		if err := c.file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(k.pods[i].dir); err != nil {
		t.Fatal(err)
	}
	k.pods = slices.Delete(k.pods, i, i+1)
	k.gone++
}

func (k *kubelet) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// scrapeContainers returns the counts above 0.
func scrapeContainers(address string) (map[containerKey]int, error) {
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return nil, err
	}
	got := map[containerKey]int{}
	for _, m := range families["drm_extras_total"].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		if v := int(m.GetCounter().GetValue()); v > 0 {
			got[containerKey{labels["namespace"], labels["workload"], labels["container"], labels["code"]}] += v
		}
	}
	return got, nil
}

func sameContainers(want, got map[containerKey]int) error {
	var wrong []error
	for k, n := range want {
		if got[k] != n {
			wrong = append(wrong, fmt.Errorf("%v: counted %d, written %d", k, got[k], n))
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			wrong = append(wrong, fmt.Errorf("%v: counted %d, never written", k, n))
		}
	}
	return errors.Join(wrong...)
}

// A daemon that is no user of the system and has no capability, but the group root, reads
// the logs of a node, which are root:root 0640.
func TestReadsAsGroupRoot(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root on Linux can change to another user")
	}
	setpriv := need(t, "setpriv")
	dir, address := t.TempDir(), freePort(t)
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	logs, state := filepath.Join(dir, "pods", "drm_proxy-0_1", "proxy"), filepath.Join(dir, "state")
	if err := cmp.Or(os.MkdirAll(logs, 0o755), os.Mkdir(state, 0o700), os.Chown(state, 65532, 0)); err != nil {
		t.Fatal(err)
	}
	config := write(t, dir, "config.yaml", fmt.Sprintf(`
sources: [{name: pods, kubernetes: {root: %q}}]
state: {directory: %q}
web: {listen: [%q]}
`, filepath.Join(dir, "pods"), state, address))
	log := filepath.Join(logs, "0.log")
	if err := cmp.Or(os.WriteFile(log, nil, 0o640), os.Chown(log, 0, 0), os.Chmod(log, 0o640), os.Chmod(config, 0o644)); err != nil {
		t.Fatal(err)
	}
	start(t, dir, "wvwatch", setpriv, "--reuid=65532", "--regid=0", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
		buildBinary(t, dir), "run", "--config", config)
	waitReady(t, address)
	appendFile(t, log, time.Now().UTC().Format(time.RFC3339Nano)+" stdout F {\"extra\":4025}\n")
	eventually(t, "the record", func() error {
		got, err := scrapeContainers(address)
		if err != nil {
			return err
		}
		return sameContainers(map[containerKey]int{{"drm", "proxy", "proxy", "4025"}: 1}, got)
	})
	if n, err := metric(address, "wvwatch_open_errors_total"); err != nil || n > 0 {
		t.Errorf("%v files could not be opened, %v", n, err)
	}
}
