package daemon

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// series gathers everything that /metrics shows. A registry checks the labels of a
// collector once; therefore series whose labels a reload may change have a registry
// that a reload replaces.
type series struct {
	fixed    *prometheus.Registry
	external func() map[string]string
	counts   prometheus.Collector
	labelled atomic.Pointer[prometheus.Registry]
}

// newSeries gathers counts, with external as the labels that name this daemon.
func newSeries(external func() map[string]string, counts prometheus.Collector) *series {
	s := &series{fixed: prometheus.NewRegistry(), external: external, counts: counts}
	s.relabel()
	return s
}

// relabel takes over the labels of the present configuration.
func (s *series) relabel() {
	r := prometheus.NewRegistry()
	r.MustRegister(instanceInfo(s.external()), s.counts)
	s.labelled.Store(r)
}

// Gather implements prometheus.Gatherer.
func (s *series) Gather() ([]*dto.MetricFamily, error) {
	return prometheus.Gatherers{s.fixed, s.labelled.Load()}.Gather()
}
