package daemon

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// registries gather the series of the daemon itself; what is counted and the alerts
// are written without a registry. A registry checks the labels of a collector once;
// therefore the series with labels that a reload may change has a registry that a reload
// replaces.
type registries struct {
	own      *prometheus.Registry // of the process, which a standby has, too
	fixed    *prometheus.Registry
	external func() map[string]string
	labelled atomic.Pointer[prometheus.Registry]
}

// newRegistries returns registries with external as the labels that name this daemon.
func newRegistries(external func() map[string]string) *registries {
	r := &registries{own: prometheus.NewRegistry(), fixed: prometheus.NewRegistry(), external: external}
	r.relabel()
	return r
}

// relabel takes over the labels of the present configuration.
func (r *registries) relabel() {
	labelled := prometheus.NewRegistry()
	labelled.MustRegister(instanceInfo(r.external()))
	r.labelled.Store(labelled)
}

// Gather implements prometheus.Gatherer.
func (r *registries) Gather() ([]*dto.MetricFamily, error) {
	return prometheus.Gatherers{r.own, r.fixed, r.labelled.Load()}.Gather()
}
