package web

import (
	"maps"
	"time"

	"wvwatch/internal/input"
)

// inputRow is how a source receives logs that are not in files.
type inputRow struct {
	Kind          string            `json:"kind"`        // http, syslog, stdin, fifo or journald
	Connections   int64             `json:"connections"` // open now
	Batches       uint64            `json:"batches"`     // stored: requests, or reads of a connection
	Records       uint64            `json:"records"`
	Bytes         uint64            `json:"bytes"`
	LastReceived  time.Time         `json:"last_received,omitzero"`
	Repeats       uint64            `json:"repeats"`  // batches that a sender repeated
	Rejected      map[string]uint64 `json:"rejected"` // requests and connections by reason
	Dropped       map[string]uint64 `json:"dropped"`  // lost messages by reason
	SpoolBytes    int64             `json:"spool_bytes"`
	SpoolMaxBytes int64             `json:"spool_max_bytes"` // 0 where there is no spool
	Kafka         *kafkaRow         `json:"kafka,omitempty"`
}

// kafkaRow is what the page shows of a source that reads topics.
type kafkaRow struct {
	Group         string   `json:"group"`
	Topics        []string `json:"topics"`
	Partitions    int      `json:"partitions"`
	LagRecords    int64    `json:"lag_records"`
	LagSeconds    float64  `json:"lag_seconds"`    // age of the newest counted record of the slowest partition; 0 where all are counted
	LostRecords   int64    `json:"lost_records"`   // deleted by retention before they were read
	PoisonRecords int64    `json:"poison_records"` // stepped over, since they can not be read
}

// newInputRow returns nil for a source that follows files.
func newInputRow(st input.Stats) *inputRow {
	if st.Kind == "" {
		return nil
	}
	row := &inputRow{
		Kind: st.Kind, Connections: st.Connections, Batches: st.Batches, Records: st.Lines, Bytes: st.Bytes,
		Repeats: st.Repeats, SpoolBytes: st.Spool.Bytes, SpoolMaxBytes: st.Spool.MaxBytes,
		Rejected: map[string]uint64{}, Dropped: map[string]uint64{},
	}
	if k := st.Kafka; k != nil {
		row.Kafka = &kafkaRow{k.Group, k.Topics, k.Partitions, k.LagRecords, k.Lag.Seconds(), k.LostRecords, k.PoisonRecords}
	}
	if !st.Last.IsZero() {
		row.LastReceived = st.Last.UTC()
	}
	maps.Copy(row.Rejected, st.Rejected)
	maps.Copy(row.Dropped, st.Dropped)
	return row
}
