package daemon

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// reloads counts reloads; the start is the first successful one.
type reloads struct {
	mu      sync.Mutex
	failed  bool
	success time.Time
}

var (
	reloadSuccessDesc = prometheus.NewDesc("wvwatch_config_last_reload_successful", "Whether the last attempt to load the configuration was successful.", nil, nil)
	reloadTimeDesc    = prometheus.NewDesc("wvwatch_config_last_reload_success_timestamp_seconds", "When the configuration was last loaded successfully.", nil, nil)
)

func (r *reloads) add(ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = !ok
	if ok {
		r.success = time.Now()
	}
}

// Describe implements prometheus.Collector.
func (r *reloads) Describe(out chan<- *prometheus.Desc) {
	out <- reloadSuccessDesc
	out <- reloadTimeDesc
}

// Collect implements prometheus.Collector.
func (r *reloads) Collect(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ok := 1.0
	if r.failed {
		ok = 0
	}
	out <- prometheus.MustNewConstMetric(reloadSuccessDesc, prometheus.GaugeValue, ok)
	out <- prometheus.MustNewConstMetric(reloadTimeDesc, prometheus.GaugeValue, float64(r.success.UnixNano())/1e9)
}
