package daemon

import (
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Build identifies the running binary.
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

// goCollector exports what of the Go runtime shows the health of a process. The rest
// concerns those who change the program: they take a profile.
func goCollector() prometheus.Collector {
	return collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled(),
		collectors.WithoutGoCollectorRuntimeMetrics(regexp.MustCompile(".*")))
}

// instanceInfo exports the labels that name this daemon in its alerts as
// wvwatch_instance_info 1.
func instanceInfo(labels map[string]string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "wvwatch_instance_info",
		Help:        "External labels of the daemon.",
		ConstLabels: labels,
	}, func() float64 { return 1 })
}
