package notify

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are what has become of one receiver's alerts.
type counts struct {
	integration, name string
	created           time.Time

	mu   sync.Mutex
	tell tell
}

// tell is a copy of the numbers of counts.
type tell struct {
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
	c.tell.sent += uint64(n)
	c.tell.lastSuccess = time.Now()
	c.tell.failing = false
}

func (c *counts) failed(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell.failed += uint64(n)
	c.tell.failing = true
}

func (c *counts) rejected(n int) { c.add(&c.tell.rejected, n) }
func (c *counts) dropped(n int)  { c.add(&c.tell.dropped, n) }

func (c *counts) add(to *uint64, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*to += uint64(n)
}

func (c *counts) get() tell {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tell
}

// descs describe the series of a notifier.
type descs struct {
	notifications, dropped, length, capacity, lastSuccess *prometheus.Desc
}

func newDescs() descs {
	receiver := []string{"integration", "target"}
	return descs{
		notifications: prometheus.NewDesc("wvwatch_notifications_total",
			"Alerts in attempts to send them, by outcome: sent; failed, to be tried again; rejected by the receiver for good.",
			append(receiver, "outcome"), nil),
		dropped: prometheus.NewDesc("wvwatch_notifications_dropped_total",
			"Alerts dropped because the queue of a receiver was full.", receiver, nil),
		length: prometheus.NewDesc("wvwatch_notifications_queue_length",
			"Alerts that wait to be sent.", receiver, nil),
		capacity: prometheus.NewDesc("wvwatch_notifications_queue_capacity",
			"Alerts that can wait to be sent.", receiver, nil),
		lastSuccess: prometheus.NewDesc("wvwatch_notifications_last_success_timestamp_seconds",
			"When a receiver last took alerts; 0 for never.", receiver, nil),
	}
}

// Describe implements prometheus.Collector.
func (n *Notifier) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{n.descs.notifications, n.descs.dropped, n.descs.length, n.descs.capacity, n.descs.lastSuccess} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. A receiver has its series from the
// start, as zeros, and for as long as it is configured.
func (n *Notifier) Collect(ch chan<- prometheus.Metric) {
	n.mu.Lock()
	targets := n.targets
	n.mu.Unlock()

	for _, t := range targets {
		c, now := t.counts, t.counts.get()
		counter := func(d *prometheus.Desc, value uint64, labels ...string) {
			labels = append([]string{c.integration, c.name}, labels...)
			ch <- prometheus.MustNewConstMetricWithCreatedTimestamp(d, prometheus.CounterValue, float64(value), c.created, labels...)
		}
		gauge := func(d *prometheus.Desc, value float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, c.integration, c.name)
		}
		counter(n.descs.notifications, now.sent, "sent")
		counter(n.descs.notifications, now.failed, "failed")
		counter(n.descs.notifications, now.rejected, "rejected")
		counter(n.descs.dropped, now.dropped)
		gauge(n.descs.length, float64(t.queue.len()))
		gauge(n.descs.capacity, capacity)
		last := 0.0
		if !now.lastSuccess.IsZero() {
			last = float64(now.lastSuccess.UnixNano()) / 1e9
		}
		gauge(n.descs.lastSuccess, last)
	}
}
