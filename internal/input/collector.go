package input

import (
	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/input/kafka"
	"wvwatch/internal/input/traffic"
)

// Collector exports the figures of all sources that are not files.
type Collector struct {
	stats func() map[string]Stats // by source
	descs descs
}

type descs struct {
	connections, batches, lines, bytes, last *prometheus.Desc
	rejected, dropped, repeats, spool, limit *prometheus.Desc
	kafka                                    kafkaDescs
}

// kafkaDescs are of the sources that read Kafka.
type kafkaDescs struct{ partitions, lag, lagTime, lost, poison *prometheus.Desc }

func newKafkaDescs() kafkaDescs {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("wvwatch_kafka_"+name, help, []string{"source"}, nil)
	}
	return kafkaDescs{
		partitions: desc("partitions", "Partitions that are read."),
		lag:        desc("lag_records", "Records that are in the topics and not counted yet."),
		lagTime:    desc("lag_seconds", "Age of the newest counted record of the slowest partition; 0 where all records are counted."),
		lost:       desc("lost_records_total", "Records that retention deleted before they were read."),
		poison:     desc("poison_records_total", "Records that were stepped over, since they are too large or can not be unpacked."),
	}
}

func (d *kafkaDescs) all() []*prometheus.Desc {
	return []*prometheus.Desc{d.partitions, d.lag, d.lagTime, d.lost, d.poison}
}

func (d *kafkaDescs) collect(out chan<- prometheus.Metric, source string, st *kafka.Stats) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, v float64) {
		out <- prometheus.MustNewConstMetric(desc, kind, v, source)
	}
	send(d.partitions, prometheus.GaugeValue, float64(st.Partitions))
	send(d.lag, prometheus.GaugeValue, float64(st.LagRecords))
	send(d.lagTime, prometheus.GaugeValue, st.Lag.Seconds())
	send(d.lost, prometheus.CounterValue, float64(st.LostRecords))
	send(d.poison, prometheus.CounterValue, float64(st.PoisonRecords))
}

// NewCollector returns a collector of what stats returns by source.
func NewCollector(stats func() map[string]Stats) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"input", "source"}, labels...), nil)
	}
	return &Collector{stats: stats, descs: descs{
		connections: desc("wvwatch_input_connections", "Connections that are open."),
		batches:     desc("wvwatch_input_batches_total", "Requests, or reads of a connection, that were stored."),
		lines:       desc("wvwatch_input_records_total", "Records or lines that were stored."),
		bytes:       desc("wvwatch_input_bytes_total", "Bytes of log lines that were stored."),
		last:        desc("wvwatch_input_last_received_timestamp_seconds", "When something was stored last; 0 for never."),
		rejected:    desc("wvwatch_input_rejected_total", "Requests and connections that were refused; their senders get an error.", "reason"),
		dropped:     desc("wvwatch_input_dropped_total", "Messages that were lost, such as datagrams while the spool is full.", "reason"),
		repeats:     desc("wvwatch_repeated_batches_total", "Batches that a sender repeated: acknowledged, and not stored again."),
		spool:       desc("wvwatch_spool_bytes", "Bytes in the spool, with what is counted but not deleted yet."),
		limit:       desc("wvwatch_spool_max_bytes", "Bytes that the spool may have."),
		kafka:       newKafkaDescs(),
	}}
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	d := &c.descs
	for _, desc := range []*prometheus.Desc{d.connections, d.batches, d.lines, d.bytes, d.last, d.rejected, d.dropped, d.repeats, d.spool, d.limit} {
		out <- desc
	}
	for _, desc := range d.kafka.all() {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	d := &c.descs
	for source, st := range c.stats() {
		if st.Kafka != nil {
			d.kafka.collect(out, source, st.Kafka)
		}
		if !st.Spooled {
			continue
		}
		send := func(desc *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(desc, kind, v, append([]string{st.Kind, source}, labels...)...)
		}
		send(d.connections, prometheus.GaugeValue, float64(st.Connections))
		send(d.batches, prometheus.CounterValue, float64(st.Batches))
		send(d.lines, prometheus.CounterValue, float64(st.Lines))
		send(d.bytes, prometheus.CounterValue, float64(st.Bytes))
		last := 0.0
		if !st.Last.IsZero() {
			last = float64(st.Last.UnixMilli()) / 1e3
		}
		send(d.last, prometheus.GaugeValue, last)
		for _, reason := range traffic.Rejections() {
			send(d.rejected, prometheus.CounterValue, float64(st.Rejected[reason]), reason)
		}
		for _, reason := range traffic.Losses() {
			send(d.dropped, prometheus.CounterValue, float64(st.Dropped[reason]), reason)
		}
		send(d.repeats, prometheus.CounterValue, float64(st.Repeats))
		send(d.spool, prometheus.GaugeValue, float64(st.Spool.Bytes))
		send(d.limit, prometheus.GaugeValue, float64(st.Spool.MaxBytes))
	}
}
