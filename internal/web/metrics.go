package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxScrapes is how many scrapes may run at once; further ones answer 503.
const maxScrapes = 16

// newMetrics returns the handler of /metrics.
func newMetrics(deps Deps, log *slog.Logger) http.Handler {
	errs := &scrapeErrors{log: log, total: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "wvwatch_scrape_errors_total",
		Help: "Scrapes of /metrics that ended with an error.",
	})}
	if deps.Registerer != nil {
		deps.Registerer.MustRegister(errs.total)
	}
	return promhttp.HandlerFor(deps.Gatherer, promhttp.HandlerOpts{
		ErrorLog:            errs,
		ErrorHandling:       promhttp.HTTPErrorOnError, // half an exposition would look like vanished series
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: maxScrapes,
	})
}

// scrapeErrors counts what goes wrong in scrapes, and logs it once a minute.
type scrapeErrors struct {
	log   *slog.Logger
	total prometheus.Counter

	mu   sync.Mutex
	last time.Time
}

// Println implements promhttp.Logger.
func (e *scrapeErrors) Println(v ...any) {
	e.total.Inc()
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); e.last.IsZero() || now.Sub(e.last) >= time.Minute {
		e.last = now
		e.log.Warn("scrape ended with an error", "err", strings.TrimSuffix(fmt.Sprintln(v...), "\n"))
	}
}
