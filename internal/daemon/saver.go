package daemon

import (
	"context"
	"time"
)

// quietSave is how often a checkpoint is written while nothing is read.
const quietSave = time.Minute

// saver writes a checkpoint at every interval in which something changed, whenever one
// is requested, and as soon as a new file was read: without a saved position a file is
// not recognised after a rename. A failure is counted and logged by the publisher; the
// daemon goes on, since counting matters more.
type saver struct {
	publisher *publisher
	requests  saveRequests
	added     <-chan struct{} // receives when the ledger has a new file
	every     time.Duration
}

// run saves until ctx is done.
func (s *saver) run(ctx context.Context) error {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	var saved time.Time
	for {
		var kept chan struct{}
		select {
		case <-ctx.Done():
			return nil
		case kept = <-s.requests:
		case <-s.added:
			// One checkpoint for the many files of a new directory.
			if !sleep(ctx, time.Until(saved.Add(saveGap))) {
				return nil
			}
		case <-tick.C:
			if !s.publisher.changed() && time.Since(saved) < quietSave {
				continue
			}
		}
		if s.publisher.save() == nil {
			saved = time.Now()
		}
		if kept != nil {
			close(kept)
		}
	}
}

// saveRequests ask the saver for a checkpoint. Each is a channel that is closed when
// the checkpoint was tried. Methods may be called concurrently.
type saveRequests chan chan struct{}

func newSaveRequests() saveRequests { return make(saveRequests, 1) }

// soon asks for a checkpoint and does not wait for it.
func (r saveRequests) soon() {
	select {
	case r <- make(chan struct{}):
	default: // one is asked for already, and comes after this
	}
}

// wait asks for a checkpoint and waits for it, at most for limit. It does not wait
// where the last request still waits for the disk.
func (r saveRequests) wait(ctx context.Context, limit time.Duration) {
	kept := make(chan struct{})
	select {
	case r <- kept:
	default:
		return
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-kept:
	case <-late.C:
	case <-ctx.Done():
	}
}

// sleep waits for d, and reports whether ctx is not done.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
