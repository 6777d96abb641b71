package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestAlertmanagerFails runs the daemon with two real Alertmanagers, of which
// one falls ill. The other one learns at once of an alert that begins meanwhile
// and of one that ends; the ill one does when it is well again. Both know the
// same of them then.
func TestAlertmanagerFails(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for half a minute")
	}
	binary := buildBinary(t, t.TempDir())
	for _, illness := range []struct {
		name   string
		fall   func(*patient)
		heal   func(*patient)
		answer time.Duration // it does answer, so late
		proxy  bool
	}{
		{name: "is stopped", fall: (*patient).kill, heal: (*patient).start},
		{name: "hangs", fall: func(p *patient) { p.signal(syscall.SIGSTOP) }, heal: func(p *patient) { p.signal(syscall.SIGCONT) }},
		{name: "answers 500", proxy: true, fall: func(p *patient) { p.status.Store(500) }, heal: func(p *patient) { p.status.Store(0) }},
		{name: "is slow", proxy: true, answer: 4 * time.Second, fall: func(p *patient) { p.delay.Store(int64(4 * time.Second)) }, heal: func(p *patient) { p.delay.Store(0) }},
	} {
		t.Run(illness.name, func(t *testing.T) {
			t.Parallel()
			ill, sound := newPatient(t), newPatient(t)
			if illness.proxy {
				ill.proxied()
			}
			w := newWatched(t, binary, `
alerts:
  - {name: Short, match: {codes: [4006]}, when: {per_minute: 6, over: 20s}, keep_firing_for: 0s}
  - {name: Long, match: {codes: [6007]}, when: {per_minute: 0.1, over: 10m}}
`, ill, sound)
			w.run()
			w.write("acme", 4006, 3)
			eventually(t, "Short at both", func() error { return both(ill, sound, "Short") })

			illness.fall(ill)
			began := time.Now()
			w.write("acme", 6007, 3)
			eventually(t, "Long at the sound one", func() error { return sound.has("Long") })
			if took := time.Since(began); illness.answer > 0 && took >= illness.answer {
				t.Errorf("the sound one was told after %s: it was held up", took)
			}
			eventually(t, "the end of Short at the sound one", func() error { return sound.hasNot("Short") })
			if illness.answer == 0 {
				eventually(t, "failures counted, and what waits shown", func() error {
					if n := w.metric("wvwatch_notifications_total", ill, `outcome="failed"`); n < 2 {
						return fmt.Errorf("%v failed", n)
					}
					if n := w.metric("wvwatch_notifications_queue_length", ill); n != 2 {
						return fmt.Errorf("%v wait", n)
					}
					return nil
				})
				var status struct {
					Undelivered []struct {
						Receiver string
						Waiting  int
					}
				}
				if err := getJSON("http://"+w.address+"/api/v1/status", &status); err != nil || len(status.Undelivered) != 1 || status.Undelivered[0].Receiver != ill.url {
					t.Errorf("the page is told of %+v, %v", status.Undelivered, err)
				}
				if n := w.metric("wvwatch_notifications_queue_length", sound); n != 0 {
					t.Errorf("%v wait for the sound one", n)
				}
			}

			illness.heal(ill)
			eventually(t, "Long at the healed one", func() error { return ill.has("Long") })
			eventually(t, "the end of Short at the healed one", func() error { return ill.hasNot("Short") })
			eventually(t, "nothing waits", func() error {
				if n := w.metric("wvwatch_notifications_queue_length", ill); n != 0 {
					return fmt.Errorf("%v wait", n)
				}
				return nil
			})
			if a, b := ill.alerts()["Long"], sound.alerts()["Long"]; !a.StartsAt.Equal(b.StartsAt) {
				t.Errorf("Long began at %s for the healed one, at %s for the other", a.StartsAt, b.StartsAt)
			}
			if n := w.metric("wvwatch_notifications_total", sound, `outcome="failed"`); n != 0 {
				t.Errorf("%v attempts at the sound one failed", n)
			}
			if n := w.metric("wvwatch_notifications_dropped_total", ill); n != 0 {
				t.Errorf("%v dropped", n)
			}
		})
	}
}

// TestAlertmanagerQueueIsBounded lets more alerts fire than a queue holds, while
// one of two Alertmanagers refuses them: the oldest are dropped and counted.
func TestAlertmanagerQueueIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for some seconds")
	}
	t.Parallel()
	const rules, tenants = 11, 99
	var alerts strings.Builder
	alerts.WriteString("metrics: {labels: [tenant], label_limit: 200}\nalerts:\n") // half of the slots are given at once
	for n := range rules {
		fmt.Fprintf(&alerts, "  - {name: Rule%d, match: {codes: [6007]}, when: {per_minute: 0.1, over: 10m}, by: [tenant]}\n", n)
	}
	ill, sound := newPatient(t), newPatient(t)
	ill.proxied()
	w := newWatched(t, buildBinary(t, t.TempDir()), alerts.String(), ill, sound)
	ill.status.Store(500)
	w.run()
	for n := range tenants { // in three parts, each of which a queue holds
		w.write(fmt.Sprint("tenant", n), 6007, 1)
		if n%(tenants/3) == tenants/3-1 {
			eventually(t, "all at the sound one", func() error { return sound.holds(rules * (n + 1)) })
		}
	}
	eventually(t, "a full queue", func() error {
		waiting, dropped := w.metric("wvwatch_notifications_queue_length", ill), w.metric("wvwatch_notifications_dropped_total", ill)
		if waiting != w.metric("wvwatch_notifications_queue_capacity", ill) || dropped < rules*tenants-waiting {
			return fmt.Errorf("%v wait, %v dropped", waiting, dropped)
		}
		return nil
	})
	ill.status.Store(0)
	eventually(t, "what was kept, at the healed one", func() error { return ill.holds(1000) })
}

// patient is a real Alertmanager, reached through a proxy of the test where the
// proxy is to delay requests, or to answer with an error in its place.
type patient struct {
	t       *testing.T
	program string
	dir     string
	config  string // of the Alertmanager
	real    string // the address of the Alertmanager itself
	url     string // that the daemon sends to
	process *exec.Cmd
	status  atomic.Int64 // of the proxy's answers; 0 for the Alertmanager's
	delay   atomic.Int64 // nanoseconds
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t: t, program: needAlertmanager(t), dir: t.TempDir(), real: freePort(t),
		config: "route: {receiver: none}\nreceivers: [{name: none}]\n"}
	p.url = "http://" + p.real
	p.start()
	return p
}

func (p *patient) proxied() {
	real := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: p.real})
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := p.status.Load(); status != 0 {
			http.Error(w, "ill", int(status))
			return
		}
		time.Sleep(time.Duration(p.delay.Load())) // the delay is what is tested
		real.ServeHTTP(w, r)
	}))
	p.t.Cleanup(proxy.Close)
	p.url = proxy.URL
}

// needAlertmanager finds the program by Debian's name or its own, or skips.
func needAlertmanager(t *testing.T) string {
	t.Helper()
	if program, err := exec.LookPath("alertmanager"); err == nil {
		return program
	}
	return need(t, "prometheus-alertmanager")
}

// start starts the Alertmanager and waits until it answers.
func (p *patient) start() {
	p.t.Helper()
	p.process = start(p.t, p.dir, "alertmanager", p.program,
		"--config.file="+write(p.t, p.dir, "am.yml", p.config),
		"--storage.path="+filepath.Join(p.dir, "data"), "--web.listen-address="+p.real, "--cluster.listen-address=")
	waitReady(p.t, p.real)
}

func (p *patient) kill() { stop(p.t, p.process, syscall.SIGKILL) }

func (p *patient) signal(s syscall.Signal) {
	if err := p.process.Process.Signal(s); err != nil {
		p.t.Error(err)
	}
}

// received is an active alert as an Alertmanager has it.
type received struct {
	Labels      map[string]string
	Annotations map[string]string
	StartsAt    time.Time
}

// alerts asks the Alertmanager itself, past the proxy, for the active alerts:
// by name, and value of the label tenant where there is one.
func (p *patient) alerts() map[string]received {
	var list []received
	if err := getJSON("http://"+p.real+"/api/v2/alerts", &list); err != nil {
		return nil
	}
	byName := make(map[string]received, len(list))
	for _, a := range list {
		byName[strings.TrimSpace(a.Labels["alertname"]+" "+a.Labels["tenant"])] = a
	}
	return byName
}

func (p *patient) has(name string) error {
	if alerts := p.alerts(); alerts[name].Labels == nil {
		return fmt.Errorf("only %v", alerts)
	}
	return nil
}

func (p *patient) hasNot(name string) error {
	if alerts := p.alerts(); alerts == nil || alerts[name].Labels != nil {
		return fmt.Errorf("still %v", alerts)
	}
	return nil
}

func (p *patient) holds(n int) error {
	if got := len(p.alerts()); got < n {
		return fmt.Errorf("%d of %d alerts", got, n)
	}
	return nil
}

func both(a, b *patient, name string) error {
	if err := a.has(name); err != nil {
		return err
	}
	return b.has(name)
}

// watched is a daemon that follows one log, or several.
type watched struct {
	t                            *testing.T
	binary, config, log, address string
	sources                      []string
	settings                     string // the rest of the configuration
	process                      *exec.Cmd
	lines                        int
}

func newWatched(t *testing.T, binary, alerts string, receivers ...*patient) *watched {
	t.Helper()
	dir := t.TempDir()
	w := &watched{t: t, binary: binary, config: filepath.Join(dir, "config.yaml"), log: filepath.Join(dir, "proxy.log"), address: freePort(t)}
	urls := make([]string, len(receivers))
	for i, r := range receivers {
		urls[i] = strconv.Quote(r.url)
	}
	w.settings = fmt.Sprintf("state: {directory: %q}\nweb: {listen: [%q], enable_reload: true}\nnotify: {alertmanager: {urls: [%s]}}\n%s",
		filepath.Join(dir, "state"), w.address, strings.Join(urls, ", "), alerts)
	w.follow("proxy", w.log)
	return w
}

// follow adds a source, and writes the configuration.
func (w *watched) follow(name, file string) {
	w.t.Helper()
	w.sources = append(w.sources, fmt.Sprintf("{name: %s, files: [%q]}", name, file))
	write(w.t, filepath.Dir(w.config), filepath.Base(w.config), fmt.Sprintf("sources: [%s]\n%s", strings.Join(w.sources, ", "), w.settings))
}

// run starts the daemon, and waits until it has read what there is.
func (w *watched) run() {
	w.t.Helper()
	w.process = start(w.t, filepath.Dir(w.config), "wvwatch", w.binary, "run", "--config", w.config)
	waitReady(w.t, w.address)
}

// write logs so many refusals of a tenant's viewers now.
func (w *watched) write(tenant string, code, n int) {
	w.t.Helper()
	now := time.Now()
	var text strings.Builder
	for range n {
		w.lines++
		status, body := 400, fmt.Sprintf(`{"errorCode":%d}`, code)
		if code == 0 {
			status, body = 200, "{}"
		}
		fmt.Fprintf(&text, `{"@timestamp":"%s","request":"POST /%s/wvls/v1/licenses HTTP/1.1","status":%d,"correlation_id":"c%d","resp_body":%q}`+"\n",
			now.Format(time.RFC3339Nano), tenant, status, w.lines, body)
	}
	appendFile(w.t, w.log, text.String())
}

// metric returns the sum of a metric's samples about a receiver.
func (w *watched) metric(name string, about *patient, labels ...string) (sum float64) {
	w.t.Helper()
	line := regexp.MustCompile(`(?m)^` + name + `\{(.*)\} (\S+)$`)
	for _, m := range line.FindAllStringSubmatch(metricsText(w.t, w.address), -1) {
		wanted := strings.Contains(m[1], strconv.Quote(about.url))
		for _, l := range labels {
			wanted = wanted && strings.Contains(m[1], l)
		}
		if v, err := strconv.ParseFloat(m[2], 64); err == nil && wanted {
			sum += v
		}
	}
	return sum
}

func appendFile(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
