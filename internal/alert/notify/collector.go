package notify

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/series"
)

// counts are what has become of one receiver's alerts.
type counts struct {
	integration, name string
	created           time.Time

	mu       sync.Mutex
	outcomes outcomes
}

// outcomes count what became of alerts.
type outcomes struct {
	sent, failed, rejected, dropped uint64
	lastSuccess                     time.Time
	failing                         bool // the last attempt failed
}

func newCounts(integration, name string) *counts {
	return &counts{integration: integration, name: name, created: time.Now()}
}

func (c *counts) sent(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes.sent += uint64(n)
	c.outcomes.lastSuccess = time.Now()
	c.outcomes.failing = false
}

func (c *counts) failed(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes.failed += uint64(n)
	c.outcomes.failing = true
}

func (c *counts) rejected(n int) { c.add(&c.outcomes.rejected, n) }
func (c *counts) dropped(n int)  { c.add(&c.outcomes.dropped, n) }

func (c *counts) add(to *uint64, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*to += uint64(n)
}

func (c *counts) get() outcomes {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outcomes
}

// delivery is what is exported of a receiver, of one moment.
type delivery struct {
	*counts
	outcomes
	waiting int
}

// families is the table of all that a notifier exports of each receiver.
func families() []series.Row[delivery] {
	row := func(kind series.Kind, name, help string, value func(delivery) float64) series.Row[delivery] {
		return series.Row[delivery]{
			Family: series.Family{Group: series.Daemon, Name: name, Kind: kind, Help: help, Labels: []string{"integration", "target"}},
			Write:  func(d delivery, add series.Add) { add(value(d), d.integration, d.name) },
		}
	}
	return []series.Row[delivery]{
		{
			Family: series.Family{
				Group: series.Daemon, Name: "wvwatch_notifications_total", Kind: series.Counter,
				Help:   "Alerts in attempts to send them, by outcome: sent; failed, to be tried again; rejected by the receiver for good.",
				Labels: []string{"integration", "outcome", "target"},
			},
			Write: writeOutcomes,
		},
		row(series.Counter, "wvwatch_notifications_dropped_total", "Alerts dropped because the queue of a receiver was full.",
			func(d delivery) float64 { return float64(d.outcomes.dropped) }),
		row(series.Gauge, "wvwatch_notifications_queue_length", "Alerts that wait to be sent.", func(d delivery) float64 { return float64(d.waiting) }),
		row(series.Gauge, "wvwatch_notifications_queue_capacity", "Alerts that can wait to be sent.", func(delivery) float64 { return capacity }),
		row(series.Gauge, "wvwatch_notifications_last_success_timestamp_seconds", "When a receiver last took alerts; 0 for never.",
			func(d delivery) float64 { return series.Seconds(d.lastSuccess) }),
	}
}

func writeOutcomes(d delivery, add series.Add) {
	add(float64(d.outcomes.sent), d.integration, "sent", d.name)
	add(float64(d.outcomes.failed), d.integration, "failed", d.name)
	add(float64(d.outcomes.rejected), d.integration, "rejected", d.name)
}

// newTable returns the collector of a notifier. A receiver has its series from the
// start, as zeros, and for as long as it is configured.
func newTable(n *Notifier) prometheus.Collector {
	return series.NewTable(families(), n.deliveries, func(d delivery) time.Time { return d.created })
}

func (n *Notifier) deliveries() []delivery {
	n.mu.Lock()
	targets := n.targets
	n.mu.Unlock()
	list := make([]delivery, len(targets))
	for i, t := range targets {
		list[i] = delivery{t.counts, t.counts.get(), t.queue.len()}
	}
	return list
}
