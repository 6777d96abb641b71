package web

import (
	"context"
	"log/slog"
	"net/http"
)

// The paths of the probes.
const (
	healthyPath = "/-/healthy"
	readyPath   = "/-/ready"
)

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
