package daemon

import "github.com/prometheus/client_golang/prometheus"

// reloads shows how the last load of the configuration ended; the start is the first
// successful one.
type reloads struct{ successful, succeeded prometheus.Gauge }

func newReloads() reloads {
	return reloads{
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wvwatch_config_last_reload_successful", Help: "Whether the last attempt to load the configuration was successful.",
		}),
		succeeded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wvwatch_config_last_reload_success_timestamp_seconds", Help: "When the configuration was last loaded successfully.",
		}),
	}
}

func (r reloads) add(ok bool) {
	if !ok {
		r.successful.Set(0)
		return
	}
	r.successful.Set(1)
	r.succeeded.SetToCurrentTime()
}
