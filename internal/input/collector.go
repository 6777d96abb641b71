package input

import (
	"github.com/prometheus/client_golang/prometheus"

	"wvwatch/internal/input/kafka"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/series"
)

// sourceStats are the figures of a source that is not files.
type sourceStats struct {
	source string
	Stats
}

// NewCollector returns a collector of what stats returns by source.
func NewCollector(stats func() map[string]Stats) prometheus.Collector {
	return series.NewTable(families(), func() []sourceStats {
		var list []sourceStats
		for source, st := range stats() {
			list = append(list, sourceStats{source, st})
		}
		return list
	}, nil)
}

// families is the table of all that is exported of sources that are not files.
func families() []series.Row[sourceStats] {
	row := func(kind series.Kind, name, help string, value func(sourceStats) float64) series.Row[sourceStats] {
		return spooled(kind, name, help, []string{"input", "source"}, func(s sourceStats, add series.Add) { add(value(s), s.Kind, s.source) })
	}
	reasons := func(name, help string, reasons []string, count func(sourceStats, string) uint64) series.Row[sourceStats] {
		return spooled(series.Counter, name, help, []string{"input", "reason", "source"}, func(s sourceStats, add series.Add) {
			for _, reason := range reasons {
				add(float64(count(s, reason)), s.Kind, reason, s.source)
			}
		})
	}
	return []series.Row[sourceStats]{
		row(series.Gauge, "wvwatch_input_connections", "Connections that are open.", func(s sourceStats) float64 { return float64(s.Connections) }),
		row(series.Counter, "wvwatch_input_batches_total", "Requests, or reads of a connection, that were stored.", func(s sourceStats) float64 { return float64(s.Batches) }),
		row(series.Counter, "wvwatch_input_records_total", "Records or lines that were stored.", func(s sourceStats) float64 { return float64(s.Lines) }),
		row(series.Counter, "wvwatch_input_bytes_total", "Bytes of log lines that were stored.", func(s sourceStats) float64 { return float64(s.Bytes) }),
		row(series.Gauge, "wvwatch_input_last_received_timestamp_seconds", "When something was stored last; 0 for never.",
			func(s sourceStats) float64 { return series.Seconds(s.Last) }),
		reasons("wvwatch_input_rejected_total", "Requests and connections that were refused; their senders get an error.",
			traffic.Rejections(), func(s sourceStats, reason string) uint64 { return s.Rejected[reason] }),
		reasons("wvwatch_input_dropped_total", "Messages that were lost, such as datagrams while the spool is full.",
			traffic.Losses(), func(s sourceStats, reason string) uint64 { return s.Dropped[reason] }),
		row(series.Counter, "wvwatch_repeated_batches_total", "Batches that a sender repeated: acknowledged, and not stored again.",
			func(s sourceStats) float64 { return float64(s.Repeats) }),
		row(series.Gauge, "wvwatch_spool_bytes", "Bytes in the spool, with what is counted but not deleted yet.", func(s sourceStats) float64 { return float64(s.Spool.Bytes) }),
		row(series.Gauge, "wvwatch_spool_max_bytes", "Bytes that the spool may have.", func(s sourceStats) float64 { return float64(s.Spool.MaxBytes) }),

		ofKafka(series.Gauge, "wvwatch_kafka_partitions", "Partitions that are read.", func(k *kafka.Stats) float64 { return float64(k.Partitions) }),
		ofKafka(series.Gauge, "wvwatch_kafka_lag_records", "Records that are in the topics and not counted yet.", func(k *kafka.Stats) float64 { return float64(k.LagRecords) }),
		ofKafka(series.Gauge, "wvwatch_kafka_lag_seconds", "Age of the newest counted record of the slowest partition; 0 where all records are counted.",
			func(k *kafka.Stats) float64 { return k.Lag.Seconds() }),
		ofKafka(series.Counter, "wvwatch_kafka_lost_records_total", "Records that retention deleted before they were read.",
			func(k *kafka.Stats) float64 { return float64(k.LostRecords) }),
		ofKafka(series.Counter, "wvwatch_kafka_poison_records_total", "Records that were stepped over, since they are too large or can not be unpacked.",
			func(k *kafka.Stats) float64 { return float64(k.PoisonRecords) }),
	}
}

// spooled is a row of the sources that have a spool.
func spooled(kind series.Kind, name, help string, labels []string, write func(sourceStats, series.Add)) series.Row[sourceStats] {
	return series.Row[sourceStats]{
		Family: series.Family{Group: series.Daemon, Name: name, Kind: kind, Help: help, Labels: labels},
		Write: func(s sourceStats, add series.Add) {
			if s.Spooled {
				write(s, add)
			}
		},
	}
}

// ofKafka is a row of the sources that read Kafka.
func ofKafka(kind series.Kind, name, help string, value func(*kafka.Stats) float64) series.Row[sourceStats] {
	return series.Row[sourceStats]{
		Family: series.Family{Group: series.Daemon, Name: name, Kind: kind, Help: help, Labels: []string{"source"}},
		Write: func(s sourceStats, add series.Add) {
			if s.Kafka != nil {
				add(value(s.Kafka), s.source)
			}
		},
	}
}
