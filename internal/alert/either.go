package alert

import "time"

// either holds while the number is too high or the spike detector fires: one
// alert for what is too much by itself and for what is too much by what is
// usual here, whichever shows first. A number that is known to be usual here is
// not too high: where thousands of licences are asked for in a minute, a few
// always fail.
type either struct {
	threshold
	*spike
}

func asksEither(w When) bool { return asksThreshold(w) && asksSpike(w) }

func newEither(w When) condition {
	return either{newThreshold(w).(threshold), newSpike(w).(*spike)}
}

func checkEither(w When, f *faults) {
	checkThreshold(w, f)
	checkSpike(w, f)
}

// judge asks both every time: the detector has to learn.
func (e either) judge(now time.Time, v view) verdict {
	number, sudden := e.threshold.judge(now, v), e.spike.judge(now, v)
	switch {
	case sudden.holds && !number.holds:
		return sudden
	case !sudden.holds && float64(number.tally.total) <= e.tolerated():
		number.holds = false
	}
	return number
}

// tolerated is up to how many incidents in the window are no surprise here; 0
// while that is not known.
func (e either) tolerated() float64 { return e.live.tolerates(e.over) }

func (e either) patience() time.Duration { return e.threshold.patience() }
