package web

import (
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapeErrors counts what goes wrong in scrapes, and logs it once a minute.
type scrapeErrors struct {
	log   *slog.Logger
	total prometheus.Counter

	mu   sync.Mutex
	last time.Time
}

func newScrapeErrors(registerer prometheus.Registerer, log *slog.Logger) *scrapeErrors {
	e := &scrapeErrors{log: log, total: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "wvwatch_scrape_errors_total",
		Help: "Scrapes of /metrics that ended with an error.",
	})}
	if registerer != nil {
		registerer.MustRegister(e.total)
	}
	return e
}

func (e *scrapeErrors) note(err error) {
	e.total.Inc()
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); e.last.IsZero() || now.Sub(e.last) >= time.Minute {
		e.last = now
		e.log.Warn("scrape ended with an error", "err", err)
	}
}
