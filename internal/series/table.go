package series

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Row is a family and how its samples are taken from a T.
type Row[T any] struct {
	Family
	Write func(from T, add Add)
}

// Add adds a sample with one value for each label of the family, in their order.
type Add func(value float64, labels ...string)

// Table is a prometheus.Collector with a fixed list of families. The library checks
// the samples: it serves few of them. What has many is a Source.
type Table[T any] struct {
	rows    []Row[T]
	descs   []*prometheus.Desc // of rows
	read    func() []T
	created func(T) time.Time
}

// NewTable returns a collector of the rows. read returns what is exported, of one
// moment; it is called once for a scrape, and may be called concurrently. created
// returns when the counters of a T began to exist; nil for unknown.
func NewTable[T any](rows []Row[T], read func() []T, created func(T) time.Time) *Table[T] {
	t := &Table[T]{rows: rows, read: read, created: created}
	for _, r := range rows {
		t.descs = append(t.descs, prometheus.NewDesc(r.Name, r.Help, r.Labels, nil))
	}
	return t
}

// Describe implements prometheus.Collector.
func (t *Table[T]) Describe(out chan<- *prometheus.Desc) {
	for _, d := range t.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (t *Table[T]) Collect(out chan<- prometheus.Metric) {
	for _, from := range t.read() {
		for i, r := range t.rows {
			r.Write(from, func(value float64, labels ...string) { out <- t.metric(i, from, value, labels) })
		}
	}
}

func (t *Table[T]) metric(row int, from T, value float64, labels []string) prometheus.Metric {
	switch desc := t.descs[row]; {
	case t.rows[row].Kind == Gauge:
		return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	case t.created == nil:
		return prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	default:
		return prometheus.MustNewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, value, t.created(from), labels...)
	}
}

// Seconds returns a time as a gauge shows it; 0 for the zero time.
func Seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()) / 1e9
}
