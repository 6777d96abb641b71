package web

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// scrapeErrors counts what goes wrong in scrapes, and logs it once a minute.
type scrapeErrors struct {
	log   *slog.Logger
	total prometheus.Counter
	warn  rate.Sometimes
}

func newScrapeErrors(registerer prometheus.Registerer, log *slog.Logger) *scrapeErrors {
	e := &scrapeErrors{log: log, warn: rate.Sometimes{Interval: time.Minute}, total: prometheus.NewCounter(prometheus.CounterOpts{
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
	e.warn.Do(func() { e.log.Warn("scrape ended with an error", "err", err) })
}
