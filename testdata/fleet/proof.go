package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wvwatch/deploy/grafana"
	"wvwatch/deploy/prometheus"
	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
)

// proof is one run.
type proof struct {
	daemons, failing int
	pace             time.Duration // between two plays of a daemon
	interval         time.Duration // of scrapes and rules
	calm, patience   time.Duration // before the outage, and until the alert
}

// findings is what a run has found.
type findings struct {
	proof
	series      int           // of one daemon
	early       []string      // alerts on codes that fired before the outage
	fired       time.Duration // after the outage began, by the time of the evaluation; 0 for never
	seen        time.Duration // when the API showed the alert: the evaluation itself takes its time, too
	summary     string        // of the alert
	alone       time.Duration // after it, when the first daemon's own alert would have fired; 0 for not within an hour
	queries     []query       // the slowest first
	group       string        // of rules, the slowest
	evaluations float64       // seconds that it took last
	memory      float64       // bytes of Prometheus
}

// query is one of a dashboard, and how long it took.
type query struct {
	panel string
	took  time.Duration
}

func (p *proof) run(ctx context.Context, dir string) (*findings, error) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		return nil, err
	}
	static := staticSeries(cat)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	daemons, targets, err := p.serve(ctx, static)
	if err != nil {
		return nil, err
	}
	prom, err := p.startPrometheus(ctx, dir, cat, targets)
	if err != nil {
		return nil, err
	}
	out := &findings{proof: *p, series: strings.Count(string(static), "\n") + 19}
	if err := sleep(ctx, p.calm); err != nil {
		return nil, err
	}
	firing, err := prom.firing(ctx)
	if err != nil {
		return nil, err
	}
	out.early = slices.Sorted(maps.Keys(firing))
	// The last play before it is granted: the first failed one comes within a pace.
	began := time.Now()
	for _, d := range daemons[:p.failing] {
		d.fail(began)
	}
	for time.Since(began) < p.patience && out.fired == 0 {
		if firing, err = prom.firing(ctx); err != nil {
			return nil, err
		}
		if a, ok := firing[failingRule]; ok {
			out.fired, out.seen, out.summary = a.ActiveAt.Sub(began), time.Since(began), a.Annotations["summary"]
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, err
		}
	}
	if err := prom.measure(ctx, out, time.Now()); err != nil {
		return nil, err
	}
	for _, d := range daemons {
		if at := d.firesAlone(began.Add(time.Hour)); !at.IsZero() && (out.alone == 0 || at.Sub(began) < out.alone) {
			out.alone = at.Sub(began)
		}
	}
	return out, nil
}

// serve starts the daemons, and returns their addresses.
func (p *proof) serve(ctx context.Context, static []byte) (daemons []*daemon, targets []string, err error) {
	now := time.Now()
	for i := range p.daemons {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		d := newDaemon(i, p.pace, static, now)
		s := &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second}
		go func() { _ = s.Serve(l) }() // until it is closed
		context.AfterFunc(ctx, func() { _ = s.Close() })
		daemons, targets = append(daemons, d), append(targets, fmt.Sprintf("%q", l.Addr()))
	}
	return daemons, targets, nil
}

// server is a running Prometheus.
type server struct{ address string }

// startPrometheus starts one that scrapes the targets, with all shipped rules, and
// returns once it is ready.
func (p *proof) startPrometheus(ctx context.Context, dir string, cat *codes.Catalogue, targets []string) (*server, error) {
	onCodes, err := alert.RulesYAML(alert.DefaultRules(), cat, prometheus.ShippedRunbooks)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{address: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	interval := "interval: " + p.interval.String()
	for name, text := range map[string]string{
		"codes.yml":  strings.ReplaceAll(string(onCodes), "interval: 15s", interval),
		"daemon.yml": strings.ReplaceAll(prometheus.DaemonRules(""), "interval: 15s", interval),
		"prometheus.yml": fmt.Sprintf("global: {scrape_interval: %s, scrape_timeout: %[1]s, evaluation_interval: %[1]s}\nrule_files: [codes.yml, daemon.yml]\n"+
			"scrape_configs:\n- job_name: wvwatch\n  static_configs: [{targets: [%s], labels: {cluster: fra1}}]\n- job_name: prometheus\n  static_configs: [{targets: [%q]}]\n",
			p.interval, strings.Join(targets, ", "), s.address),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(dir, "prometheus.log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+s.address)
	cmd.Stderr = log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // it ends with the context
	for range 100 {
		if resp, err := http.Get("http://" + s.address + "/-/ready"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
	text, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("prometheus is not ready: %s", text)
}

// get decodes the data of an answer of the API.
func (s *server) get(ctx context.Context, path string, data any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: %s", path, answer.Error)
	}
	return nil
}

// promAlert is an alert of Prometheus's API.
type promAlert struct {
	State               string
	Labels, Annotations map[string]string
	ActiveAt            time.Time // of the evaluation
}

// firing returns the alerts on codes that fire, by name.
func (s *server) firing(ctx context.Context) (map[string]promAlert, error) {
	var data struct{ Alerts []promAlert }
	if err := s.get(ctx, "/api/v1/alerts", &data); err != nil {
		return nil, err
	}
	firing := make(map[string]promAlert)
	for _, a := range data.Alerts {
		if a.State == "firing" && a.Labels["category"] != "" {
			firing[a.Labels["alertname"]] = a
		}
	}
	return firing, nil
}

// value returns the value of a query with one result, and its label rule_group; 0 for none.
func (s *server) value(ctx context.Context, expr string) (group string, n float64, err error) {
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	if err := s.get(ctx, "/api/v1/query?query="+url.QueryEscape(expr), &data); err != nil {
		return "", 0, err
	}
	for _, r := range data.Result {
		_, group, _ = strings.Cut(r.Metric["rule_group"], ";") // FILE;NAME
		_, err = fmt.Sscan(fmt.Sprint(r.Value[1]), &n)
	}
	return group, n, err
}

// measure times every query of the dashboards over what was recorded until now, as
// Grafana asks it: a range in 240 steps or an instant, twice, of which the second
// time counts.
func (s *server) measure(ctx context.Context, out *findings, now time.Time) (err error) {
	if out.group, out.evaluations, err = s.value(ctx, `topk(1, prometheus_rule_group_last_duration_seconds)`); err != nil {
		return err
	}
	if _, out.memory, err = s.value(ctx, `process_resident_memory_bytes{job="prometheus"}`); err != nil {
		return err
	}
	variables := strings.NewReplacer("$__rate_interval", max(4*out.interval, time.Minute).String(), "$job", ".+", "$cluster", ".*", "$instance", ".+", "$source", ".+", "$drm", ".+", "$tenant", ".*")
	for _, name := range grafana.Names() {
		targets, err := dashboardTargets(name)
		if err != nil {
			return err
		}
		for _, t := range targets {
			ask := url.Values{"query": {variables.Replace(t.Expr)}}
			path := "/api/v1/query?"
			if !t.Instant {
				path = "/api/v1/query_range?"
				ask.Set("start", fmt.Sprint(now.Add(-time.Hour).Unix()))
				ask.Set("end", fmt.Sprint(now.Unix()))
				ask.Set("step", "15")
			}
			var took time.Duration
			for range 2 {
				began := time.Now()
				if err := s.get(ctx, path+ask.Encode(), new(json.RawMessage)); err != nil {
					return err
				}
				took = time.Since(began)
			}
			out.queries = append(out.queries, query{name + ": " + t.panel, took})
		}
	}
	slices.SortFunc(out.queries, func(a, b query) int { return int(b.took - a.took) })
	return nil
}

// target is a query of a panel.
type target struct {
	panel   string
	Expr    string
	Instant bool
}

// dashboardTargets returns the queries of a shipped dashboard.
func dashboardTargets(name string) (list []target, err error) {
	text, err := grafana.Dashboard(name)
	if err != nil {
		return nil, err
	}
	type panel struct {
		Title   string
		Targets []target
	}
	var d struct {
		Panels []struct {
			panel
			Panels []panel
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, err
	}
	for _, p := range d.Panels {
		for _, p := range append([]panel{p.panel}, p.Panels...) {
			for _, t := range p.Targets {
				t.panel = p.Title
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// print writes the findings as Markdown.
func (f *findings) print(w io.Writer) {
	fmt.Fprintf(w, "| %d daemons of %d series, a play in %s each, scraped and judged every %s | |\n|---|---|\n", f.daemons, f.series, f.pace, f.interval)
	fmt.Fprintf(w, "| alerts on codes in %s before | %d %s |\n", f.calm, len(f.early), strings.Join(f.early, " "))
	fmt.Fprintf(w, "| all plays of %d daemons fail: the fleet rule fires in the evaluation after | %s, seen after %s |\n", f.failing, orNever(f.fired), orNever(f.seen))
	fmt.Fprintf(w, "| the first daemon alone would have fired after | %s |\n", orNever(f.alone))
	fmt.Fprintf(w, "| summary | %s |\n", f.summary)
	over := 0
	for _, q := range f.queries {
		if q.took > 300*time.Millisecond {
			over++
		}
	}
	fmt.Fprintf(w, "| queries of the dashboards over %s of data | %d, %d above 300 ms |\n", (f.calm + f.fired).Round(time.Second), len(f.queries), over)
	for _, q := range f.queries[:min(5, len(f.queries))] {
		fmt.Fprintf(w, "| slowest: %s | %d ms |\n", q.panel, q.took.Milliseconds())
	}
	fmt.Fprintf(w, "| slowest group of rules | %s, %.2f s |\n| memory of Prometheus | %.0f MB |\n", f.group, f.evaluations, f.memory/1e6)
}

func orNever(d time.Duration) string {
	if d == 0 {
		return "never"
	}
	return d.Round(time.Second).String()
}

// fault returns what the run did not prove. The time of queries is that of the
// machine: it is shown and not judged.
func (f *findings) fault() error {
	switch {
	case len(f.early) > 0:
		return fmt.Errorf("fires while nothing happens: %v", f.early)
	case f.fired == 0:
		return errors.New("the fleet rule did not fire")
	case f.alone != 0 && f.alone <= f.fired:
		return fmt.Errorf("a daemon alone fires after %s, the fleet after %s", f.alone, f.fired)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
