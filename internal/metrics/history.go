package metrics

import (
	"slices"
	"sort"
	"time"
)

// maxAhead is how far ahead of the clock an event's time may be; beyond it the
// time is wrong, and the event happened now.
const maxAhead = time.Minute

// earliest is the first time that is believed, the beginning of 2000 in Unix
// nanoseconds: a device with a clock that was never set reports 1970 or 1980.
const earliest = 946684800 * int64(time.Second)

const (
	// Step is the resolution of windows: an event belongs to the step of 10 s in
	// which it happened.
	Step = 10 * time.Second
	// Retention is how far back steps are kept, and so the longest window.
	Retention = time.Hour

	stepsKept  = int64(Retention / Step)
	stepsAhead = int64(maxAhead/Step) + 1
)

// stepOf returns the number of the step that holds a Unix time in nanoseconds.
func stepOf(nanos int64) int64 { return nanos / int64(Step) }

// step counts what happened in 10 s.
type step struct {
	at int64 // Unix time in steps
	counts
	who [maxWho]uint16 // of the first clients, a part of their hashes; 0 for none
}

// counts are the columns of a step. The first two are by the time of the event.
// The others count each event in a step that no detector has judged yet; of
// requests, clients is how many there were.
type counts struct {
	occurrences uint32
	incidents   uint32
	clients     uint32 // each once in ten minutes
	minutely    uint32 // each once a minute
}

// maxWho is how many clients of a step can be distinguished from those of others.
const maxWho = 4

func (c *counts) add(more counts) {
	c.occurrences += more.occurrences
	c.incidents += more.incidents
	c.clients += more.clients
	c.minutely += more.minutely
}

// history is the last hour of one series: the steps in which anything happened,
// in order of time. Codes are rare, so few steps are kept; and events arrive
// almost in order, so the last step is nearly always the one that is met.
//
// A snapshot takes the slice as it is and marks it shared; the next change
// works on a copy.
type history struct {
	steps  []step
	shared bool
}

// add counts into the step at and returns it; the pointer holds until the next
// call. What is older than the retention before now is left out, and nil returned,
// as where c counts nothing.
func (h *history) add(at, now int64, c counts) *step {
	if at <= now-stepsKept || c == (counts{}) {
		return nil
	}
	if h.shared {
		// Room for the step that is about to be added, so that it is one copy.
		h.steps = append(make([]step, 0, len(h.steps)+4), h.steps...)
		h.shared = false
	}
	i := len(h.steps) - 1
	if i < 0 || h.steps[i].at != at {
		h.prune(now)
		i = h.index(at)
	}
	h.steps[i].add(c)
	return &h.steps[i]
}

// merge adds a step of an earlier run.
func (h *history) merge(s step) {
	i := h.index(s.at)
	h.steps[i].add(s.counts)
}

// place returns the index of the step at, which it adds where it is missing.
func (h *history) index(at int64) int {
	i := sort.Search(len(h.steps), func(i int) bool { return h.steps[i].at >= at })
	if i == len(h.steps) || h.steps[i].at != at {
		h.steps = slices.Insert(h.steps, i, step{at: at})
	}
	return i
}

// prune drops what has left the retention, and what is further ahead of now
// than an event can: steps of before the clock was set back.
func (h *history) prune(now int64) {
	kept := within(h.steps, now-stepsKept+1, now+stepsAhead)
	if len(kept) < len(h.steps) {
		h.steps = h.steps[:copy(h.steps, kept)]
	}
}

// within returns the part of steps from first to last, both included.
func within(steps []step, first, last int64) []step {
	lo, hi := 0, len(steps)
	for hi > 0 && steps[hi-1].at > last {
		hi--
	}
	for lo < hi && steps[lo].at < first {
		lo++
	}
	return steps[lo:hi]
}

// sum counts the n steps that end with the step now.
func (h *history) sum(now, n int64) (occurrences, incidents uint64) {
	for _, s := range slices.Backward(h.steps) {
		if s.at <= now-n {
			break
		}
		if s.at <= now {
			occurrences += uint64(s.occurrences)
			incidents += uint64(s.incidents)
		}
	}
	return occurrences, incidents
}
