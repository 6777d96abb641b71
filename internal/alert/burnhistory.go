package alert

import (
	"slices"
	"time"

	"wvwatch/internal/metrics"
)

// burnHistory is what a burn rate remembers of the time before the windows,
// which reach back one hour: blocks of a quarter of an hour, for three days.
// A block is taken from the windows at the last moment, so that what comes
// late is in it, and by the time of the events, so that a backlog of an hour
// counts where it belongs.
type burnHistory struct {
	Began  int64       `json:"began"`  // the first step judged; 0 for none
	Next   int64       `json:"next"`   // the block, since 1970, that comes after the last of Blocks
	Blocks []burnBlock `json:"blocks"` // one after the other, the oldest first, at most burnBlocks
}

// burnBlock is clients that failed and plays.
type burnBlock [2]uint32

type burnSum struct{ failed, requests float64 }

func (s *burnSum) add(b burnBlock, part float64) {
	s.failed += part * float64(b[0])
	s.requests += part * float64(b[1])
}

const (
	burnBlockSteps = int64(15 * time.Minute / metrics.Step)
	burnBlocks     = int(72 * time.Hour / (15 * time.Minute))
	// burnOpen blocks, the present one included, are still asked of the
	// windows: the one before them is in the windows to its beginning until
	// the present one ends.
	burnOpen = int64(metrics.Retention/metrics.Step)/burnBlockSteps - 1
)

// advance takes the blocks that the windows are about to lose. upTo counts the
// last so many steps, step included. What left the windows between two
// calls is unknown and counts as nothing, neither failures nor requests.
func (h *burnHistory) advance(step int64, upTo func(steps int64) burnSum) {
	last := step/burnBlockSteps - burnOpen // the block to be taken now
	if h.Began == 0 || h.Began > step || h.Next > step/burnBlockSteps {
		*h = burnHistory{Began: step, Next: last} // the beginning, or the clock had been far ahead
	}
	if h.Next > last {
		return
	}
	if gap := int(min(last-h.Next, int64(burnBlocks))); gap > 0 {
		h.Blocks = append(h.Blocks, make([]burnBlock, gap)...)
	}
	back := step - last*burnBlockSteps + 1
	long, short := upTo(back), upTo(back-burnBlockSteps)
	h.Blocks = append(h.Blocks, burnBlock{uint32(long.failed - short.failed), uint32(long.requests - short.requests)})
	if over := len(h.Blocks) - burnBlocks; over > 0 {
		h.Blocks = slices.Delete(h.Blocks, 0, over)
	}
	h.Next = last + 1
}

// sum counts a window that ends with step. Of the oldest block it takes the
// part that is in it, as if its events were spread evenly.
func (h *burnHistory) sum(step int64, over time.Duration, upTo func(steps int64) burnSum) burnSum {
	steps := int64(over / metrics.Step)
	if over <= metrics.Retention {
		return upTo(steps)
	}
	open := step - h.Next*burnBlockSteps + 1
	n := upTo(open)
	rest := steps - open
	for _, b := range slices.Backward(h.Blocks) {
		if rest <= 0 {
			break
		}
		n.add(b, min(1, float64(rest)/float64(burnBlockSteps)))
		rest -= burnBlockSteps
	}
	return n
}
