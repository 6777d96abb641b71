package kafka

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"wvwatch/internal/tailer"
)

// Stats is what the daemon shows of the topics of a source.
type Stats struct {
	Group         string
	Topics        []string
	Partitions    int
	LagRecords    int64         // in the topics, and not counted yet
	Lag           time.Duration // age of the newest counted record of the slowest partition; 0 where nothing is left to count
	LostRecords   int64         // deleted by retention before they were read
	PoisonRecords int64         // stepped over, since they can not be read
	Errors        int64         // sessions that ended with an error
}

// KafkaStats returns the present figures.
func (r *Reader) KafkaStats() Stats {
	st := Stats{
		Group: r.cfg.Group, Topics: r.cfg.Topics,
		LostRecords: r.counts.lost.Load(), PoisonRecords: r.counts.poison.Load(), Errors: r.counts.errors.Load(),
	}
	if g := r.gauges.Load(); g != nil {
		st.Partitions, st.LagRecords = g.partitions, g.lag
		if g.oldest > 0 {
			st.Lag = max(0, time.Since(time.Unix(0, g.oldest)))
		}
	}
	return st
}

// Stats returns the figures that all inputs have.
func (r *Reader) Stats() tailer.SourceStats {
	st := tailer.SourceStats{LastReadNanos: r.counts.lastRead.Load()}
	st.OverlongLines, st.OpenErrors = r.counts.overlong.Load(), r.counts.errors.Load()
	st.LostRecords, st.PoisonRecords = r.counts.lost.Load(), r.counts.poison.Load()
	if g := r.gauges.Load(); g != nil {
		st.LagRecords = g.lag
	}
	st.CatchingUp = st.LagRecords >= largeBacklog
	select {
	case <-r.caughtUp:
	default:
		st.CatchingUp = true
	}
	return st
}

// Saved notes the positions of a checkpoint, up to which the group's offsets are
// committed soon.
func (r *Reader) Saved(positions []tailer.Position) {
	if !r.o.Member {
		r.offsets.note(positions, r.o.Source)
	}
}

// offsetCommitter commits the offsets of a group that has no members, for lag tools.
type offsetCommitter struct {
	mu   sync.Mutex
	due  kadm.Offsets // nil where they are committed
	last time.Time
}

func (c *offsetCommitter) note(positions []tailer.Position, source string) {
	var mine []tailer.Position
	for _, p := range positions {
		if p.Source == source {
			mine = append(mine, p)
		}
	}
	offsets := Offsets(mine)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due = offsets
}

// commit commits what is due, once in commitEvery.
func (c *offsetCommitter) commit(ctx context.Context, now time.Time, admin *kadm.Client, group string) error {
	c.mu.Lock()
	due := c.due
	if len(due) == 0 || now.Sub(c.last) < commitEvery {
		c.mu.Unlock()
		return nil
	}
	c.due, c.last = nil, now
	c.mu.Unlock()
	ctx, stop := context.WithTimeout(ctx, commitEvery)
	defer stop()
	return admin.CommitAllOffsets(ctx, group, due)
}
