package web

import (
	"context"
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

// The paths of the probes.
const (
	healthyPath = "/-/healthy"
	readyPath   = "/-/ready"
)

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

// handlers answers the routes under /-/.
type handlers struct {
	deps Deps
	log  *slog.Logger
}

// whenReady answers 503 in next's place while the counts are not whole: a
// scraper that saw them now would take the rest for new events later.
func (h *handlers) whenReady(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ok, why := h.deps.Ready(); !ok {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "not ready: "+why, http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// metrics answers with the series of the daemon, or of a standby.
func (h *handlers) metrics(log *slog.Logger) http.Handler {
	errs := newScrapeErrors(h.deps.Registerer, log)
	all := h.whenReady(newExposition(h.deps.Gatherer, h.deps.Series, errs))
	if h.deps.Standby == nil {
		return all
	}
	own := newExposition(h.deps.Own, nil, errs)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.deps.Standby() {
			own.ServeHTTP(w, r)
			return
		}
		all.ServeHTTP(w, r)
	})
}

func (h *handlers) healthy(w http.ResponseWriter, _ *http.Request) { say(w, "healthy") }

func (h *handlers) ready(w http.ResponseWriter, _ *http.Request) { say(w, "ready") }

func (h *handlers) reload(w http.ResponseWriter, r *http.Request) {
	// Whoever asked may go away; half a reload must not be what is left.
	if err := h.deps.Reload(context.WithoutCancel(r.Context())); err != nil {
		http.Error(w, "the old configuration stays:\n"+err.Error(), http.StatusInternalServerError)
		return
	}
	say(w, "reloaded")
}

func refuseReload(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "reload over HTTP is off: set web.enable_reload: true, or send SIGHUP", http.StatusForbidden)
}

func say(w http.ResponseWriter, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(word + "\n")) // a client that went away needs no answer
}
