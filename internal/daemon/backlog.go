package daemon

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"wvwatch/internal/tailer"
)

// backlogs logs, every few seconds, how much each source with a backlog has left to
// read. It is used by one goroutine.
type backlogs struct {
	log  *slog.Logger
	told map[string]backlog // by source, of those that had a backlog at the last call
}

// backlog is the last progress logged of one source.
type backlog struct {
	at   time.Time
	left int64 // bytes, or records of Kafka
}

// backlogEvery is how often a source's progress is logged, and how long a backlog
// must last before the first time.
const backlogEvery = 3 * time.Second

// tell logs the progress of the sources in behind.
func (b *backlogs) tell(now time.Time, behind []string, stats tailer.Stats) {
	if len(behind) == 0 && len(b.told) == 0 {
		return
	}
	maps.DeleteFunc(b.told, func(source string, _ backlog) bool { return !slices.Contains(behind, source) })
	for _, source := range behind {
		left, amount := stats[source].LagBytes, mebibytes
		if n := stats[source].LagRecords; n > 0 {
			left, amount = n, records
		}
		last, known := b.told[source]
		if known && now.Sub(last.at) < backlogEvery {
			continue
		}
		if known {
			rate, way := float64(last.left-left)/now.Sub(last.at).Seconds(), "less"
			if rate < 0 { // more is written than read
				rate, way = -rate, "more"
			}
			b.log.Info("catching up", "component", "tailer", "source", source,
				"reason", fmt.Sprintf("%s left to read, %s %s a second", amount(float64(left)), amount(rate), way))
		}
		if b.told == nil {
			b.told = map[string]backlog{}
		}
		b.told[source] = backlog{now, left}
	}
}

func mebibytes(n float64) string { return fmt.Sprintf("%.1f MiB", n/(1<<20)) }

func records(n float64) string { return fmt.Sprintf("%.0f records", n) }
