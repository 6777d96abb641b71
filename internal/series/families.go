package series

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// families is a Sink that builds messages.
type families struct {
	list    []*dto.MetricFamily
	family  *Family
	pairs   map[pair]*dto.LabelPair // made once and shared
	created map[int64]*timestamppb.Timestamp
}

type pair struct{ name, value string }

// Families returns the samples of a source as messages, for formats and libraries
// that want these. Label pairs and times are shared between them: they must not be
// changed.
func Families(s Source, wanted func(Group) bool) []*dto.MetricFamily {
	var f families
	s.WriteSeries(&f, wanted)
	return f.list
}

// Begin implements Sink.
func (f *families) Begin(family *Family) { f.family = family }

// Add implements Sink.
func (f *families) Add(value float64, created int64, labels ...string) {
	m := &dto.Metric{}
	if f.family.Kind == Counter {
		m.Counter = &dto.Counter{Value: &value, CreatedTimestamp: f.timestamp(created)}
	} else {
		m.Gauge = &dto.Gauge{Value: &value}
	}
	f.add(m, labels)
}

// AddHistogram implements Sink.
func (f *families) AddHistogram(h *dto.Histogram, labels ...string) {
	f.add(&dto.Metric{Histogram: h}, labels)
}

func (f *families) add(m *dto.Metric, labels []string) {
	last := len(f.list) - 1
	if last < 0 || f.list[last].GetName() != f.family.Name {
		kind := [...]dto.MetricType{Gauge: dto.MetricType_GAUGE, Counter: dto.MetricType_COUNTER, Histogram: dto.MetricType_HISTOGRAM}[f.family.Kind]
		f.list = append(f.list, &dto.MetricFamily{Name: &f.family.Name, Help: &f.family.Help, Type: &kind})
		last++
	}
	if len(labels) > 0 {
		m.Label = make([]*dto.LabelPair, len(labels))
	}
	for i, value := range labels {
		m.Label[i] = f.pair(f.family.Labels[i], value)
	}
	f.list[last].Metric = append(f.list[last].Metric, m)
}

func (f *families) pair(name, value string) *dto.LabelPair {
	key := pair{name, value}
	p, ok := f.pairs[key]
	if !ok {
		if f.pairs == nil {
			f.pairs = make(map[pair]*dto.LabelPair)
		}
		p = &dto.LabelPair{Name: &key.name, Value: &key.value}
		f.pairs[key] = p
	}
	return p
}

func (f *families) timestamp(nanos int64) *timestamppb.Timestamp {
	if nanos == 0 {
		return nil
	}
	t, ok := f.created[nanos]
	if !ok {
		if f.created == nil {
			f.created = make(map[int64]*timestamppb.Timestamp)
		}
		t = timestamppb.New(time.Unix(0, nanos))
		f.created[nanos] = t
	}
	return t
}

// Collect sends the samples of a source to a registry of Prometheus' client library,
// as the method Collect of an unchecked prometheus.Collector.
func Collect(s Source, out chan<- prometheus.Metric) {
	for _, f := range Families(s, All) {
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		desc := prometheus.NewDesc(f.GetName(), f.GetHelp(), labels, nil)
		for _, m := range f.Metric {
			out <- message{desc, m}
		}
	}
}

// message is a prometheus.Metric.
type message struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (m message) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m message) Write(to *dto.Metric) error {
	to.Label, to.Counter, to.Gauge, to.Histogram = m.metric.Label, m.metric.Counter, m.metric.Gauge, m.metric.Histogram
	return nil
}
