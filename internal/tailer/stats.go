package tailer

import "sync/atomic"

// Stats is a snapshot of the tailer's own counters, by source name.
type Stats map[string]SourceStats

// SourceStats describes one source's files.
type SourceStats struct {
	Files         int   // followed now
	LagBytes      int64 // written but not yet committed
	CatchingUp    bool  // a backlog from before Run, or a large one since, is being read
	Rotations     int64
	Truncations   int64
	LostBytes     int64 // known to be gone unread
	LostFiles     int64 // saved positions whose file was not found again
	OverlongLines int64
	OpenErrors    int64 // attempts to open or read that failed
	LastReadNanos int64 // Unix time of the last byte read; 0 for none
}

// counters are one source's, added to by many goroutines.
type counters struct {
	rotations, truncations, lostBytes, lostFiles, overlong, errors, lastRead atomic.Int64
}

// largeBacklog is the lag from which a file is said to be catching up.
const largeBacklog = 4 << 20

// Stats may be called at any time, also before and after Run.
func (t *Tailer) Stats() Stats {
	stats := Stats{}
	for _, s := range t.sources {
		n := &s.count
		st := SourceStats{
			CatchingUp:    t.ran.Load() && !s.scanned.Load(),
			Rotations:     n.rotations.Load(),
			Truncations:   n.truncations.Load(),
			LostBytes:     n.lostBytes.Load(),
			LostFiles:     n.lostFiles.Load(),
			OverlongLines: n.overlong.Load(),
			OpenErrors:    n.errors.Load(),
			LastReadNanos: n.lastRead.Load(),
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
