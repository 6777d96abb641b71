package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// sample is one metric of a scrape. prometheus.MustNewConstMetric would check,
// allocate and sort the labels of each of some thousand series at every scrape.
type sample struct {
	desc    *prometheus.Desc
	labels  []*dto.LabelPair // sorted by name; never written to
	value   float64
	counter bool
	created *timestamppb.Timestamp // nil where unknown; counters only
}

// Desc implements prometheus.Metric.
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric.
func (s *sample) Write(m *dto.Metric) error {
	m.Label = s.labels
	if s.counter {
		m.Counter = &dto.Counter{Value: &s.value, CreatedTimestamp: s.created}
	} else {
		m.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

// scrape builds the samples of one scrape. Label pairs are made once per value
// and shared; samples and label slices are cut from blocks.
type scrape struct {
	out     chan<- prometheus.Metric
	names   []string // of the free labels
	pairs   map[label]*dto.LabelPair
	idents  map[*ident]*identPairs
	created map[int64]*timestamppb.Timestamp
	samples []sample
	labels  []*dto.LabelPair
}

type label struct{ name, value string }

// identPairs are the label pairs of a code.
type identPairs struct {
	category, code, drm, severity *dto.LabelPair
	free                          []*dto.LabelPair // in the order of Config.Labels
}

func newScrape(out chan<- prometheus.Metric, names []string) *scrape {
	return &scrape{
		out: out, names: names, pairs: make(map[label]*dto.LabelPair), idents: make(map[*ident]*identPairs),
		created: make(map[int64]*timestamppb.Timestamp),
	}
}

// counter sends a counter that began to exist at created (Unix nanoseconds; 0
// for unknown). Labels must come in the order of their names.
func (s *scrape) counter(d *prometheus.Desc, value uint64, created int64, labels ...*dto.LabelPair) {
	m := s.sample(d, float64(value), labels)
	m.counter = true
	if created != 0 {
		m.created = s.timestamp(created)
	}
	s.out <- m
}

// gauge sends a gauge. Labels must come in the order of their names.
func (s *scrape) gauge(d *prometheus.Desc, value float64, labels ...*dto.LabelPair) {
	s.out <- s.sample(d, value, labels)
}

// histogram sends a histogram.
func (s *scrape) histogram(d *prometheus.Desc, h *durations, created int64, labels ...*dto.LabelPair) {
	m := histogramSample{d, labels, h.histogram()}
	if created != 0 {
		m.histogram.CreatedTimestamp = s.timestamp(created)
	}
	s.out <- m
}

// histogramSample is a histogram of a scrape.
type histogramSample struct {
	desc      *prometheus.Desc
	labels    []*dto.LabelPair
	histogram *dto.Histogram
}

// Desc implements prometheus.Metric.
func (m histogramSample) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m histogramSample) Write(to *dto.Metric) error {
	to.Label, to.Histogram = m.labels, m.histogram
	return nil
}

const (
	sampleBlock = 512
	labelBlock  = 4096
)

func (s *scrape) sample(d *prometheus.Desc, value float64, labels []*dto.LabelPair) *sample {
	if len(s.samples) == 0 {
		s.samples = make([]sample, sampleBlock)
	}
	if len(s.labels)+len(labels) > cap(s.labels) {
		s.labels = make([]*dto.LabelPair, 0, labelBlock)
	}
	from := len(s.labels)
	s.labels = append(s.labels, labels...)
	m := &s.samples[0]
	s.samples = s.samples[1:]
	m.desc, m.value, m.labels = d, value, s.labels[from:len(s.labels):len(s.labels)]
	return m
}

// pair returns the label pair of a name and value.
func (s *scrape) pair(name, value string) *dto.LabelPair {
	l := label{name, value}
	p, ok := s.pairs[l]
	if !ok {
		p = &dto.LabelPair{Name: new(name), Value: new(value)}
		s.pairs[l] = p
	}
	return p
}

// ident returns the label pairs of a code.
func (s *scrape) ident(id *ident) *identPairs {
	p, ok := s.idents[id]
	if !ok {
		p = &identPairs{
			category: s.pair("category", id.entry.Category), code: s.pair("code", id.code), drm: s.pair("drm", id.entry.DRM.String()),
			severity: s.pair("severity", id.entry.Severity),
		}
		for i, name := range s.names {
			p.free = append(p.free, s.pair(name, id.value(i)))
		}
		s.idents[id] = p
	}
	return p
}

func (s *scrape) timestamp(nanos int64) *timestamppb.Timestamp {
	t, ok := s.created[nanos]
	if !ok {
		t = timestamppb.New(time.Unix(0, nanos))
		s.created[nanos] = t
	}
	return t
}
