package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// deps returns dependencies with one series, ready.
func deps(t testing.TB) Deps {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "drm_test_total", Help: "Test."})
	reg.MustRegister(c)
	return Deps{Gatherer: reg, Registerer: reg, Version: "1.2.3 <b>"}
}

func handler(t *testing.T, cfg Config, d Deps) http.Handler {
	t.Helper()
	return New(&Listeners{cfg: cfg}, d, discard()).handler
}

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "localhost"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The page names its daemon by all external labels, as text.
func TestPageNamesTheDaemon(t *testing.T) {
	for _, tt := range []struct {
		labels map[string]string
		want   string
	}{
		{map[string]string{"region": "eu", "instance": "fra1-a", "cluster": "<b>"}, `<small id="instance" title="fra1-a, cluster &lt;b&gt;, region eu"><span class="hidden">instance </span>fra1-a, cluster &lt;b&gt;, region eu</small>`},
		{map[string]string{"instance": "fra1-a"}, `instance </span>fra1-a</small>`},
		{nil, "</small></h1>"},
	} {
		d := deps(t)
		d.ExternalLabels = func() map[string]string { return tt.labels }
		if got := ask(handler(t, Config{}, d), "GET", "/").Body.String(); !strings.Contains(got, tt.want) {
			t.Errorf("%v: no %s in the page", tt.labels, tt.want)
		}
	}
}

func TestRoutes(t *testing.T) {
	all := Config{EnableReload: true, EnablePprof: true}
	for _, test := range []struct {
		name         string
		cfg          Config
		method, path string
		status       int
		body         string // a part of it
	}{
		{"metrics", Config{}, "GET", "/metrics", 200, "drm_test_total 0"},
		{"metrics by HEAD", Config{}, "HEAD", "/metrics", 200, ""},
		{"metrics by POST", Config{}, "POST", "/metrics", 405, "Method Not Allowed"},
		{"healthy", Config{}, "GET", "/-/healthy", 200, "healthy\n"},
		{"ready", Config{}, "GET", "/-/ready", 200, "ready\n"},
		{"page", Config{}, "GET", "/", 200, `<a href="metrics">`},
		{"version is text on the page", Config{}, "GET", "/", 200, "version 1.2.3 &lt;b&gt;"},
		{"style", Config{}, "GET", "/page/style.css", 200, "color-scheme"},
		{"source of the page", Config{}, "GET", "/page/index.html", 404, ""},
		{"unknown path", Config{}, "GET", "/metricsx", 404, "not found"},
		{"path out of the tree", Config{}, "GET", "/page/../../etc/passwd", 307, ""},
		{"reload is off", Config{}, "POST", "/-/reload", 403, "web.enable_reload"},
		{"reload", all, "POST", "/-/reload", 200, "reloaded\n"},
		{"reload by GET", all, "GET", "/-/reload", 405, ""},
		{"pprof is off", Config{}, "GET", "/debug/pprof/", 404, ""},
		{"pprof heap is off", Config{}, "GET", "/debug/pprof/heap", 404, ""},
		{"pprof", all, "GET", "/debug/pprof/", 200, "goroutine"},
		{"pprof heap", all, "GET", "/debug/pprof/heap?debug=1", 200, "heap profile"},
		{"pprof cmdline", all, "GET", "/debug/pprof/cmdline", 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := deps(t)
			d.Reload = func(context.Context) error { return nil }
			w := ask(handler(t, test.cfg, d), test.method, test.path)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("%s %s: %d %q, want %d with %q", test.method, test.path, w.Code, w.Body, test.status, test.body)
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
				"X-Frame-Options":         "DENY",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestNotReady(t *testing.T) {
	d := deps(t)
	ready := false
	d.Ready = func() (bool, string) { return ready, "reading <again> what was read before the last stop" }
	h := handler(t, Config{}, d)
	for _, path := range []string{"/metrics", "/-/ready"} {
		w := ask(h, "GET", path)
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "not ready: reading") {
			t.Errorf("%s: %d %v %q", path, w.Code, w.Header(), w.Body)
		}
		if strings.Contains(w.Body.String(), "drm_test_total") {
			t.Errorf("%s shows a series before the counts are whole", path)
		}
	}
	if w := ask(h, "GET", "/-/healthy"); w.Code != 200 {
		t.Errorf("healthy: %d", w.Code)
	}
	if w := ask(h, "GET", "/"); !strings.Contains(w.Body.String(), "reading &lt;again&gt;") {
		t.Errorf("the page does not say why: %s", w.Body)
	}
	ready = true
	if w := ask(h, "GET", "/metrics"); w.Code != 200 {
		t.Errorf("metrics once ready: %d", w.Code)
	}
}

func TestReloadFails(t *testing.T) {
	d := deps(t)
	d.Reload = func(context.Context) error { return errors.New("config.yaml:3: sources: no source") }
	w := ask(handler(t, Config{EnableReload: true}, d), "POST", "/-/reload")
	if w.Code != 500 || !strings.Contains(w.Body.String(), "config.yaml:3: sources") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "text/plain") {
		t.Errorf("content type %q", ct)
	}
}

func TestReloadFromAnotherSite(t *testing.T) {
	d := deps(t)
	d.Reload = func(context.Context) error { t.Error("reloaded"); return nil }
	w := ask(handler(t, Config{EnableReload: true}, d), "POST", "/-/reload",
		"Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example")
	if w.Code != 403 {
		t.Errorf("status %d", w.Code)
	}
}

func TestReloadOutlivesItsCaller(t *testing.T) {
	d := deps(t)
	d.Reload = func(ctx context.Context) error { return ctx.Err() }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	handler(t, Config{EnableReload: true}, d).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "http://localhost/-/reload", nil))
	if w.Code != 200 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestOpenMetrics(t *testing.T) {
	w := ask(handler(t, Config{}, deps(t)), "GET", "/metrics", "Accept", "application/openmetrics-text;version=1.0.0")
	if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "application/openmetrics-text") {
		t.Errorf("content type %q", ct)
	}
	if !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("body: %q", w.Body)
	}
}

func TestCompression(t *testing.T) {
	w := ask(handler(t, Config{}, deps(t)), "GET", "/metrics", "Accept-Encoding", "gzip")
	if got := w.Header().Get("Content-Encoding"); got != "gzip" {
		t.Errorf("content encoding %q", got)
	}
}

// broken is a collector that cannot be collected.
type broken struct{}

func (broken) Describe(ch chan<- *prometheus.Desc) {
	ch <- prometheus.NewDesc("broken", "Broken.", nil, nil)
}

func (broken) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "Broken.", nil, nil), errors.New("no number"))
}

func TestScrapeErrorsAreCountedAndLoggedOnce(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	bad := broken{}
	reg.MustRegister(bad)
	var log bytes.Buffer
	h := New(&Listeners{cfg: Config{}}, Deps{Gatherer: reg, Registerer: reg}, slog.New(slog.NewTextHandler(&log, nil))).handler
	for range 3 {
		if w := ask(h, "GET", "/metrics"); w.Code != 500 {
			t.Errorf("status %d", w.Code)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d log lines, want 1: %s", n, log.String())
	}
	reg.Unregister(bad)
	if w := ask(h, "GET", "/metrics"); !strings.Contains(w.Body.String(), "wvwatch_scrape_errors_total 3") {
		t.Errorf("not counted: %s", w.Body)
	}
}
