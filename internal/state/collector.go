package state

import "github.com/prometheus/client_golang/prometheus"

// Collector exports the Stats of a Store to Prometheus.
type Collector struct {
	stats                                 func() Stats
	lastSuccess, size, duration, failures *prometheus.Desc
	loaded                                *prometheus.Desc
}

// NewCollector returns a collector over what stats returns; that is the method
// Stats of a Store.
func NewCollector(stats func() Stats) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("wvwatch_checkpoint_"+name, help, labels, nil)
	}
	return &Collector{
		stats:       stats,
		lastSuccess: desc("last_success_timestamp_seconds", "When the last checkpoint was saved; 0 for none."),
		size:        desc("size_bytes", "Size of the last checkpoint."),
		duration:    desc("duration_seconds", "Time that the last checkpoint took."),
		failures:    desc("failures_total", "Checkpoints that could not be written."),
		loaded:      desc("loaded", "1 for the checkpoint that this run began with.", "generation"),
	}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.lastSuccess, c.size, c.duration, c.failures, c.loaded} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	s := c.stats()
	var last float64
	if !s.LastSuccess.IsZero() {
		last = float64(s.LastSuccess.UnixNano()) / 1e9
	}
	out <- prometheus.MustNewConstMetric(c.lastSuccess, prometheus.GaugeValue, last)
	out <- prometheus.MustNewConstMetric(c.size, prometheus.GaugeValue, float64(s.Size))
	out <- prometheus.MustNewConstMetric(c.duration, prometheus.GaugeValue, s.Duration.Seconds())
	out <- prometheus.MustNewConstMetric(c.failures, prometheus.CounterValue, float64(s.Failures))
	for g := range numGenerations {
		used := 0.0
		if g == s.Loaded {
			used = 1
		}
		out <- prometheus.MustNewConstMetric(c.loaded, prometheus.GaugeValue, used, g.String())
	}
}
