package metrics

import "time"

// watermarkSlack is how long before the newest event of a source its watermark is:
// lines of several writers overtake one another.
const watermarkSlack = 10 * time.Second

// watermark is how far the events of a source are complete. Detectors judge the
// steps before it; what comes later counts in the first step after it.
type watermark struct {
	newest int64 // event time of the newest event or request, at most when it was read; Unix nanoseconds
	passed int64 // steps before it are complete

	lateness int64 // of the source's lines, nanoseconds; 0 for at most LeastLateness
}

// unjudged returns the step in which detectors count what happened at t, which was
// read at now: 0, which is in no history, where that is too long ago.
func (s *source) unjudged(t, now int64) int64 {
	s.watermark.newest = max(s.watermark.newest, min(t, now))
	switch at := stepOf(t); {
	case at >= s.watermark.passed:
		return at
	case at <= s.watermark.passed-stepsKept:
		s.counts.late++
		return 0
	}
	s.counts.late++
	return s.watermark.passed
}

// Settle moves the watermark of each source that is not catching up: to 10 s before
// its newest event, and while nothing comes to as long before now, less how late its
// lines usually come (nil: not at all).
func (l *Ledger) Settle(now time.Time, behind func(source string) bool, lateness func(source string) time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients.dropOld(now.UnixNano())
	for _, s := range l.layout.active {
		if behind != nil && behind(s.name) {
			continue
		}
		late := LeastLateness
		if lateness != nil {
			late = max(late, lateness(s.name))
		}
		s.watermark.lateness = 0
		if late > LeastLateness {
			s.watermark.lateness = int64(late)
		}
		reached := max(s.watermark.newest, now.Add(-late).UnixNano()) - int64(watermarkSlack)
		if passed := stepOf(reached); passed > s.watermark.passed || passed < s.watermark.passed-stepsKept {
			s.watermark.passed = passed
			if s.snapshot != nil { // its counts are the same
				v := *s.snapshot
				v.watermark = s.watermark
				s.snapshot = &v
			}
		}
	}
}
