package alert

import (
	"maps"
	"time"

	"wvwatch/internal/metrics"
)

// indexes are the windows of an evaluation, by the step in which they end: the
// present one, the one before, and earlier ones where lines come late. While nothing
// is counted they are those of the evaluation before, so that what rules count for
// each value of a label is counted once in a step and not once a second. They serve
// one goroutine.
type indexes struct {
	windows Windows   // of the present evaluation; nil between two
	now     time.Time // when they end
	version metrics.Version
	ids     map[entryKey]int
	byStep  map[int64]*index
	spare   []*index // their memory is used again
}

func newIndexes() *indexes {
	return &indexes{ids: make(map[entryKey]int), byStep: make(map[int64]*index)}
}

// begin starts an evaluation of windows that end at now.
func (x *indexes) begin(w Windows, now time.Time) {
	if v := w.Version(); v != x.version || v == (metrics.Version{}) {
		x.drop(func(*index) bool { return true })
		x.version = v
	}
	x.windows, x.now = w, now
	x.drop(func(i *index) bool { return !i.used })
	for _, i := range x.byStep {
		i.used = false
	}
}

// end lets go of the windows, but not of what was counted in them.
func (x *indexes) end() {
	x.windows = nil
	for _, i := range x.byStep {
		i.Windows = nil
	}
}

// drop resets the indexes that are not needed any more.
func (x *indexes) drop(unneeded func(*index) bool) {
	maps.DeleteFunc(x.byStep, func(_ int64, i *index) bool {
		if !unneeded(i) {
			return false
		}
		i.reset()
		x.spare = append(x.spare, i)
		return true
	})
}

// forget drops all that is known of the entries of a catalogue, after which selectors
// have to be new, too.
func (x *indexes) forget() {
	clear(x.ids)
	clear(x.byStep)
}

// at returns the windows that end at a time, valid until the evaluation ends.
func (x *indexes) at(t time.Time) *index {
	step := stepOf(t)
	i := x.byStep[step]
	if i == nil {
		if last := len(x.spare) - 1; last >= 0 {
			i, x.spare = x.spare[last], x.spare[:last]
		} else {
			i = newIndex(nil, x.ids)
		}
		x.byStep[step] = i
	}
	if i.Windows == nil {
		i.Windows = x.windows
		if t.Before(x.now) {
			i.Windows = x.windows.At(t)
		}
	}
	i.used = true
	return i
}
