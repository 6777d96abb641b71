package tailer

import "sync/atomic"

// Stats is a snapshot of the tailer's own counters, by source name.
type Stats map[string]SourceStats

// SourceStats describes one source's files.
type SourceStats struct {
	Files         int   // followed now
	LagBytes      int64 // written but not yet committed
	LagRecords    int64 // the same of an input that counts records and not bytes, such as Kafka
	CatchingUp    bool  // a backlog from before Run, or a large one since, is being read
	LastReadNanos int64 // Unix time of the last byte read; 0 for none
	Counts
}

// Counts are the counters of one source's files. They only grow, also over
// reloads and restarts: a checkpoint keeps them, and Options.Counts seeds them.
type Counts struct {
	Rotations     int64 `json:"rotations,omitempty"`
	Truncations   int64 `json:"truncations,omitempty"`
	LostBytes     int64 `json:"lost_bytes,omitempty"` // known to be gone unread
	LostFiles     int64 `json:"lost_files,omitempty"` // saved positions of files that were not found again
	OverlongLines int64 `json:"overlong_lines,omitempty"`
	OpenErrors    int64 `json:"open_errors,omitempty"`    // attempts to open or read that failed
	LostRecords   int64 `json:"lost_records,omitempty"`   // of Kafka, deleted by retention before they were read
	PoisonRecords int64 `json:"poison_records,omitempty"` // of Kafka, stepped over since they can not be read
}

// counters are one source's, added to by many goroutines.
type counters struct {
	rotations, truncations, lostBytes, lostFiles, overlong, errors, lastRead atomic.Int64
}

func (n *counters) seed(c Counts) {
	n.rotations.Store(c.Rotations)
	n.truncations.Store(c.Truncations)
	n.lostBytes.Store(c.LostBytes)
	n.lostFiles.Store(c.LostFiles)
	n.overlong.Store(c.OverlongLines)
	n.errors.Store(c.OpenErrors)
}

func (n *counters) counts() Counts {
	return Counts{
		Rotations:     n.rotations.Load(),
		Truncations:   n.truncations.Load(),
		LostBytes:     n.lostBytes.Load(),
		LostFiles:     n.lostFiles.Load(),
		OverlongLines: n.overlong.Load(),
		OpenErrors:    n.errors.Load(),
	}
}

// largeBacklog is the lag from which a file is reported as catching up.
const largeBacklog = 4 << 20

// Stats may be called at any time, also before and after Run.
func (t *Tailer) Stats() Stats {
	stats := Stats{}
	for _, s := range t.sources {
		n := &s.count
		st := SourceStats{
			CatchingUp:    t.ran.Load() && !s.scanned.Load(),
			LastReadNanos: n.lastRead.Load(),
			Counts:        n.counts(),
		}
		for _, l := range s.list() {
			lag := l.lag.Load()
			st.Files += int(l.open.Load())
			st.LagBytes += lag
			st.CatchingUp = st.CatchingUp || !l.caught.Load() || lag >= largeBacklog
		}
		stats[s.cfg.Name] = st
	}
	return stats
}
