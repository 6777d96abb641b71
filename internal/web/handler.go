package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
)

// newHandler wires the routes and what guards all of them.
func newHandler(cfg Config, deps Deps, events *streams, log *slog.Logger) http.Handler {
	h := &handlers{deps: deps, log: log}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.whenReady(newMetrics(deps, log)))
	mux.HandleFunc("GET /-/healthy", h.healthy)
	mux.Handle("GET /-/ready", h.whenReady(http.HandlerFunc(h.ready)))
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
	// able to reload this daemon.
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return secure(http.MaxBytesHandler(guarded, maxBodyBytes))
}

// secure sets the headers that every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, kv := range [...][2]string{
			{"Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
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
