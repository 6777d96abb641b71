package web

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Listen: []string{"127.0.0.1:9477", "Watch.internal:80"}, ExternalURL: "https://wv.example.com/x", AllowedHosts: []string{"alias.example", "Other"}}
	everywhere := Config{Listen: []string{":9477"}}
	for _, tt := range []struct {
		cfg  Config
		host string
		want bool
	}{
		{cfg, "localhost", true}, {cfg, "localhost:9477", true}, {cfg, "LOCALHOST.", true}, {cfg, "wv.localhost:1", true},
		{cfg, "127.0.0.1:9477", true}, {cfg, "10.4.3.2", true}, {cfg, "[::1]:9477", true}, {cfg, "[fe80::1]", true},
		{cfg, "watch.internal", true}, {cfg, "wv.example.com:443", true}, {cfg, "alias.example", true}, {cfg, "other:80", true},
		{cfg, "example.com", false}, {cfg, "evil.example", false}, {cfg, "wv.example.com.evil.example", false}, {cfg, "localhost.evil.example", false},
		{cfg, "", false}, {cfg, ":9477", false}, {cfg, "127.0.0.1.evil.example", false}, {cfg, name, false},
		{everywhere, name, true}, {everywhere, "evil.example", false}, {Config{Listen: []string{"[::]:9477"}}, strings.ToUpper(name), true},
	} {
		if got := newHosts(tt.cfg).has(tt.host); got != tt.want {
			t.Errorf("%v: %q is known: %t", tt.cfg.Listen, tt.host, got)
		}
	}
}

// A page of another site that makes its name lead here reads and changes nothing.
func TestRebinding(t *testing.T) {
	h := handler(t, Config{EnableReload: true, EnablePprof: true}, deps(t))
	for _, tt := range []struct {
		method, path, host, origin string
		want                       int
	}{
		{"GET", "/", "evil.example", "", 421},
		{"GET", "/api/v1/samples", "evil.example:9477", "", 421},
		{"GET", "/api/v1/events", "evil.example", "", 421},
		{"GET", "/debug/pprof/", "evil.example", "", 421},
		{"GET", "/runbooks/", "evil.example", "", 421},
		{"POST", "/-/reload", "evil.example", "http://evil.example", 421},
		{"POST", "/-/reload", "localhost", "http://evil.example", 403},
		{"POST", "/-/reload", "localhost", "null", 403},
		{"POST", "/api/v1/alerts/A/accept", "localhost", "http://evil.example", 403},
		{"GET", "/metrics", "wvwatch", "", 200}, // Prometheus has names of its own
		{"GET", "/-/healthy", "pod-1", "", 200},
		{"GET", "/-/ready", "pod-1", "", 200},
		{"GET", "/api/v1/status", "localhost", "", 200},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Host = tt.host
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s %s of %q from %q: %d %s, want %d", tt.method, tt.path, tt.host, tt.origin, w.Code, w.Body, tt.want)
		}
		if tt.want == 421 && (!strings.Contains(w.Body.String(), "web.allowed_hosts") || strings.HasPrefix(tt.path, "/api/") != strings.HasPrefix(w.Body.String(), "{")) {
			t.Errorf("%s: %s", tt.path, w.Body)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	h := handler(t, Config{}, deps(t))
	for _, path := range []string{"status", "codes", "series", "alerts", "sources", "samples", "catalogue", "events", "openapi.json"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			w := ask(h, method, "/api/v1/"+path)
			if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s %s: %d, Allow %q, %s", method, path, w.Code, w.Header().Get("Allow"), w.Body)
			}
		}
	}
	if w := ask(h, "GET", "/api/v1/alerts/A/accept"); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET accept: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if w := ask(h, "POST", "/api/v1/nothing"); w.Code != 404 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("no such route: %d %s", w.Code, w.Body)
	}
}
