package daemon

import "github.com/prometheus/client_golang/prometheus"

// Build is what is known of the binary that runs.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "unknown" outside a checkout
	Go      string `json:"go"`
}

// collector exports b as wvwatch_build_info 1.
func (b Build) collector() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "wvwatch_build_info",
		Help:        "The binary that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Commit, "goversion": b.Go},
	}, func() float64 { return 1 })
}

// instanceInfo exports the labels that name this daemon in its alerts as
// wvwatch_instance_info 1.
func instanceInfo(labels map[string]string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "wvwatch_instance_info",
		Help:        "The external labels of this daemon, which are on its alerts; always 1.",
		ConstLabels: labels,
	}, func() float64 { return 1 })
}
