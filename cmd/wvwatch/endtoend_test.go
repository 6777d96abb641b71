package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestEndToEnd is the whole way of a byte with nothing faked: the real binary
// follows five sources in five shapes while they are written and rotated, is
// stopped, killed and started again, is scraped by a real Prometheus, and sends
// alerts to a real Alertmanager. Every count is compared with what was written.
func TestEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	prometheusBin := need(t, "prometheus")
	alertmanagerBin := need(t, "prometheus-alertmanager")
	dir := t.TempDir()
	binary := buildBinary(t, dir)
	am, prom, daemon := freePort(t), freePort(t), freePort(t)
	start(t, dir, "alertmanager", alertmanagerBin, "--config.file="+write(t, dir, "am.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n"),
		"--storage.path="+filepath.Join(dir, "am"), "--web.listen-address="+am, "--cluster.listen-address=")
	start(t, dir, "prometheus", prometheusBin, "--config.file="+write(t, dir, "prom.yml", fmt.Sprintf(
		"global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%q]}]\n", daemon)),
		"--storage.tsdb.path="+filepath.Join(dir, "prom"), "--web.listen-address="+prom)

	w := newWriters(t, dir)
	config := write(t, dir, "config.yaml", fmt.Sprintf(`%s
notify: {alertmanager: {urls: ["http://%s"]}}
state: {directory: %q, interval: 500ms}
web: {listen: [%q]}
`, w.sources(), am, filepath.Join(dir, "state"), daemon))
	run := func() *exec.Cmd { return start(t, dir, "wvwatch", binary, "run", "--config", config) }

	p := run()
	waitReady(t, daemon)
	w.write(400, usual)
	w.each(func(s *writer) { s.rename() })
	w.write(400, usual)
	stop(t, p, syscall.SIGTERM)
	w.write(300, usual) // while it is down, with a rotation in the middle
	w.each(func(s *writer) { s.rename() })
	w.write(300, usual)
	p = run()
	waitReady(t, daemon)
	w.write(300, usual)
	stop(t, p, syscall.SIGKILL)
	w.write(300, usual)
	w.each(func(s *writer) { s.rename() })
	w.write(200, usual)
	p = run()
	waitReady(t, daemon)

	outage := time.Now()
	w.write(300, outageCodes)
	eventually(t, "KeyManagerSpike in the Alertmanager", func() error {
		var alerts []struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		}
		if err := getJSON("http://"+am+"/api/v2/alerts", &alerts); err != nil {
			return err
		}
		for _, a := range alerts {
			if a.Labels["alertname"] == "KeyManagerSpike" {
				t.Logf("KeyManagerSpike arrived %.1f s after the first line: %s", time.Since(outage).Seconds(), a.Annotations["description"])
				if !strings.Contains(fmt.Sprint(a.Annotations), "6007") {
					return fmt.Errorf("the alert does not name the code: %v", a.Annotations)
				}
				return nil
			}
		}
		return fmt.Errorf("only %v", alerts)
	})

	want := w.truth()
	eventually(t, "every count on /metrics", func() error {
		got, err := scrapeExtras(daemon)
		if err != nil {
			return err
		}
		return sameCounts(want, got)
	})
	eventually(t, "every count in Prometheus", func() error {
		got, err := queryExtras(prom, "drm_extras_total > 0")
		if err != nil {
			return err
		}
		return sameCounts(want, got)
	})
	stop(t, p, syscall.SIGTERM)
	total := 0
	for _, n := range want {
		total += n
	}
	t.Logf("%d codes in %d series counted exactly, over 3 rotations of each of 5 files, a stop and a kill", total, len(want))
}

// seriesKey is source, drm and code.
type seriesKey struct{ source, drm, code string }

// writers write five logs in five shapes and count the codes in them.
type writers struct{ all []*writer }

type writer struct {
	t      *testing.T
	source string
	path   string
	file   *os.File
	n      int
	render func(w io.Writer, n, code int, now time.Time)
	counts map[seriesKey]int
	drm    string
}

var (
	usual       = []int{4006, 4025, 0, 4015, 0, 0, 4400, 0}
	outageCodes = []int{6007}
)

func newWriters(t *testing.T, dir string) *writers {
	body := func(code int) string { return fmt.Sprintf(`{"errorCode":%d,"message":"m"}`, code) }
	status := func(code int) int {
		if code == 0 {
			return 200
		}
		return 400
	}
	quoted := func(s string) string { return strconv.Quote(s) }
	w := &writers{}
	for _, s := range []struct {
		source, drm string
		render      func(w io.Writer, n, code int, now time.Time)
	}{
		{"nginx", "widevine", func(w io.Writer, n, code int, now time.Time) {
			fmt.Fprintf(w, `{"@timestamp":"%s","request":"POST /T/wvls/v1/licenses HTTP/1.1","status":%d,"resp_body":%s}`+"\n", now.Format(time.RFC3339Nano), status(code), quoted(body(code)))
		}},
		{"docker", "widevine", func(w io.Writer, n, code int, now time.Time) {
			line := fmt.Sprintf(`{"time":%d,"pid":6007,"ssp":%s,"msg":"n %d"}`+"\n", now.UnixMilli(), body(code), n)
			fmt.Fprintf(w, `{"log":%s,"stream":"stdout","time":"%s"}`+"\n", quoted(line), now.UTC().Format(time.RFC3339Nano))
		}},
		{"pods", "widevine", func(w io.Writer, n, code int, now time.Time) { // each line in two pieces
			at, line := now.UTC().Format("2006-01-02T15:04:05.000000000Z"), fmt.Sprintf(`level=warn n=%d body=%s`, n, quoted(body(code)))
			cut := len(line) / 2
			fmt.Fprintf(w, "%s stdout P %s\n%s stdout F %s\n", at, line[:cut], at, line[cut:])
		}},
		{"android", "widevine", func(w io.Writer, n, code int, now time.Time) {
			fmt.Fprintf(w, "%s  4006  4021 E Player: onError what=-1320 extra=%d n=%d\n", now.Format("01-02 15:04:05.000"), code, n)
		}},
		{"java", "playready", func(w io.Writer, n, code int, now time.Time) {
			fmt.Fprintf(w, "%s [request-%d] ERROR c.o.P - /T/prls/v1/licenses failed extra=%d\nx.DeniedException: errorCode=%d\n\tat P.main(P.java:6007)\nCaused by: y.HttpException: 400: %s\n\t... 4 more\n",
				now.Format("2006-01-02 15:04:05,000"), n, code, code, body(code))
		}},
	} {
		one := &writer{t: t, source: s.source, drm: s.drm, render: s.render, path: filepath.Join(dir, s.source+".log"), counts: map[seriesKey]int{}}
		one.open()
		w.all = append(w.all, one)
	}
	return w
}

func (w *writers) sources() string {
	var b strings.Builder
	b.WriteString("sources:\n")
	for _, s := range w.all {
		fmt.Fprintf(&b, "  - {name: %s, files: [%q]}\n", s.source, s.path)
	}
	return b.String()
}

func (w *writers) each(f func(*writer)) {
	var wait sync.WaitGroup
	for _, s := range w.all {
		wait.Go(func() { f(s) })
	}
	wait.Wait()
}

// write appends n records to every file, a few milliseconds apart.
func (w *writers) write(n int, codes []int) {
	w.each(func(s *writer) {
		for range n {
			s.record(codes[s.n%len(codes)])
			if s.n%10 == 0 {
				time.Sleep(5 * time.Millisecond) // the pace of a service, not a wait for anything
			}
		}
	})
}

func (w *writers) truth() map[seriesKey]int {
	all := map[seriesKey]int{}
	for _, s := range w.all {
		maps.Copy(all, s.counts)
	}
	return all
}

func (s *writer) open() {
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	s.file = f
}

func (s *writer) record(code int) {
	s.n++
	var b bytes.Buffer
	s.render(&b, s.n, code, time.Now())
	if _, err := s.file.Write(b.Bytes()); err != nil {
		s.t.Error(err)
	}
	if code != 0 {
		s.counts[seriesKey{s.source, s.drm, strconv.Itoa(code)}]++
	}
}

// rename rotates as logrotate's create does, keeping older generations.
func (s *writer) rename() {
	for n := 8; n >= 0; n-- {
		from := s.path
		if n > 0 {
			from = fmt.Sprintf("%s.%d", s.path, n)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", s.path, n+1)); err != nil && !os.IsNotExist(err) {
			s.t.Error(err)
		}
	}
	if err := s.file.Close(); err != nil {
		s.t.Error(err)
	}
	s.open()
}

func sameCounts(want, got map[seriesKey]int) error {
	for k, n := range want {
		if got[k] != n {
			return fmt.Errorf("%v: counted %d, written %d", k, got[k], n)
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			return fmt.Errorf("%v: counted %d, never written", k, n)
		}
	}
	return nil
}

func scrapeExtras(address string) (map[seriesKey]int, error) {
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
	got := map[seriesKey]int{}
	for _, m := range families["drm_extras_total"].GetMetric() {
		if v := int(m.GetCounter().GetValue()); v > 0 {
			got[keyOf(m.GetLabel())] = v
		}
	}
	return got, nil
}

func keyOf(labels []*dto.LabelPair) seriesKey {
	m := map[string]string{}
	for _, l := range labels {
		m[l.GetName()] = l.GetValue()
	}
	return seriesKey{m["source"], m["drm"], m["code"]}
}

// queryExtras asks Prometheus for whole numbers by source, drm and code.
func queryExtras(address, query string) (map[seriesKey]int, error) {
	values, err := queryFloats(address, query)
	got := make(map[seriesKey]int, len(values))
	for k, v := range values {
		got[k] = int(v)
	}
	return got, err
}

func queryFloats(address, query string) (map[seriesKey]float64, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := getJSON("http://"+address+"/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return nil, err
	}
	got := map[seriesKey]float64{}
	for _, r := range answer.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			return nil, err
		}
		got[seriesKey{r.Metric["source"], r.Metric["drm"], r.Metric["code"]}] = v
	}
	return got, nil
}

func getJSON(address string, into any) error {
	resp, err := http.Get(address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// buildBinary builds the binary as users do.
func buildBinary(t *testing.T, dir string) string {
	t.Helper()
	binary := filepath.Join(dir, "wvwatch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// need finds a program or skips the test with a clear word.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install %s", program, program)
	}
	return path
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs a program until the test ends, and shows its output if the test fails.
func start(t *testing.T, dir, name, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
	return cmd
}

func stop(t *testing.T, cmd *exec.Cmd, sig syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil && sig == syscall.SIGTERM {
		t.Fatalf("after SIGTERM: %v", err)
	}
}

func waitReady(t *testing.T, address string) {
	t.Helper()
	eventually(t, "ready", func() error {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b, _ := io.ReadAll(resp.Body)
			return fmt.Errorf("%s: %s", resp.Status, b)
		}
		return nil
	})
}

// eventually calls ask until it returns nil; the bound is far above what is usual,
// since it is there for a failure, not for a slow machine.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute: %v", what, err)
		case <-tick.C:
		}
	}
}
