package web

import (
	"time"

	"wvwatch/internal/input"
)

// inputRow is how a source receives logs that are not in files.
type inputRow struct {
	Kind          string            `json:"kind"`        // http, syslog, stdin, fifo or journald
	Connections   int64             `json:"connections"` // open now
	Batches       uint64            `json:"batches"`     // stored since the start: requests, or reads of a connection
	Records       uint64            `json:"records"`
	Bytes         uint64            `json:"bytes"`
	LastReceived  time.Time         `json:"last_received,omitzero"`
	Repeats       uint64            `json:"repeats"`  // batches that a sender repeated
	Rejected      map[string]uint64 `json:"rejected"` // requests and connections by reason
	Dropped       map[string]uint64 `json:"dropped"`  // lost messages by reason
	SpoolBytes    int64             `json:"spool_bytes"`
	SpoolMaxBytes int64             `json:"spool_max_bytes"` // 0 where there is no spool
}

// newInputRow returns nil for a source that follows files.
func newInputRow(st input.Stats) *inputRow {
	if st.Kind == "" {
		return nil
	}
	row := &inputRow{
		Kind: st.Kind, Connections: st.Connections, Batches: st.Batches, Records: st.Lines, Bytes: st.Bytes,
		Repeats: st.Spool.Repeats, SpoolBytes: st.Spool.Bytes, SpoolMaxBytes: st.Spool.MaxBytes,
		Rejected: map[string]uint64{}, Dropped: map[string]uint64{},
	}
	if !st.Last.IsZero() {
		row.LastReceived = st.Last.UTC()
	}
	for reason, n := range st.Rejected {
		row.Rejected[reason] = n
	}
	for reason, n := range st.Dropped {
		row.Dropped[reason] = n
	}
	return row
}
