package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strings"
)

// newHandler wires the routes and what guards all of them.
func newHandler(cfg Config, deps Deps, events *streams, log *slog.Logger) http.Handler {
	h := &handlers{deps: deps, log: log}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.metrics(log))
	h.routeProbes(mux)
	mux.Handle("GET /{$}", newPage(h.deps))
	routeAssets(mux)
	routeRunbooks(mux)
	(&api{feed: events.feed, streams: events}).route(mux)
	if cfg.EnableReload && deps.Reload != nil {
		mux.HandleFunc("POST /-/reload", h.reload)
	} else {
		mux.HandleFunc("POST /-/reload", refuseReload)
	}
	if cfg.EnableAccept && deps.Accept != nil {
		mux.HandleFunc("POST /api/v1/alerts/{rule}/accept", h.accept)
	} else {
		mux.HandleFunc("POST /api/v1/alerts/{rule}/accept", refuseAccept)
	}
	if cfg.EnablePprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	// A page of another site that the operator's browser has open must not be
	// able to reload this daemon, nor to read what it shows.
	guarded := newHosts(cfg).guard(http.NewCrossOriginProtection().Handler(unknownRoutes(mux)))
	return secure(http.MaxBytesHandler(guarded, maxBodyBytes))
}

// newProbes returns what web.health_listen answers: the probes and nothing else.
func newProbes(deps Deps, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	(&handlers{deps: deps, log: log}).routeProbes(mux)
	return secure(http.MaxBytesHandler(mux, maxBodyBytes))
}

func (h *handlers) routeProbes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+healthyPath, h.healthy)
	ready := h.whenReady(http.HandlerFunc(h.ready))
	mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, r *http.Request) {
		if h.deps.Standby != nil && h.deps.Standby() {
			say(w, "standby")
			return
		}
		ready.ServeHTTP(w, r)
	})
}

// unknownRoutes answers for mux, in JSON, what it has no route for under /api/: 405
// with the methods that there are, or 404.
func unknownRoutes(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" || !strings.HasPrefix(r.URL.Path, "/api/") {
			mux.ServeHTTP(w, r)
			return
		}
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			refuse(w, http.StatusNotFound, fmt.Errorf("no %s %s: docs/api.md and /api/v1/openapi.json list what there is", r.Method, r.URL.Path))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		refuse(w, http.StatusMethodNotAllowed, fmt.Errorf("%s: the method is %s", r.URL.Path, strings.Join(allowed, " or ")))
	})
}

// secure sets the headers that every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, kv := range [...][2]string{
			{"Content-Security-Policy", "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
			{"Referrer-Policy", "no-referrer"},
			{"X-Content-Type-Options", "nosniff"},
			{"X-Frame-Options", "DENY"},
		} {
			if h.Get(kv[0]) == "" { // the web configuration file may have set its own
				h.Set(kv[0], kv[1])
			}
		}
		next.ServeHTTP(w, r)
	})
}

// route puts the API's routes into mux.
func (a *api) route(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/status", answer(nil, a.status))
	mux.HandleFunc("GET /api/v1/codes", answer([]string{"source", "drm", "category", "label", "value"}, a.codes))
	mux.HandleFunc("GET /api/v1/series", answer([]string{"source", "drm", "over"}, a.series))
	mux.HandleFunc("GET /api/v1/alerts", answer(nil, a.alerts))
	mux.HandleFunc("GET /api/v1/verdict", answer([]string{"alert", "by"}, a.verdict))
	mux.HandleFunc("GET /api/v1/breakdown", answer([]string{"code", "category", "over", "dimension"}, a.breakdown))
	mux.HandleFunc("GET /api/v1/sources", answer(nil, a.sources))
	mux.HandleFunc("GET /api/v1/samples", answer([]string{"source", "drm", "code", "reason"}, a.samples))
	mux.HandleFunc("GET /api/v1/catalogue", a.catalogue)
	mux.HandleFunc("GET /api/v1/events", a.streams.serve)
	description, err := apiFiles.ReadFile("api/openapi.json")
	if err != nil {
		panic(err) // it is embedded
	}
	mux.Handle("GET /api/v1/openapi.json", newBody("application/json", description))
}
