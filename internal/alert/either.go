package alert

import "time"

// either holds while the number is too high or the spike detector fires: one
// alert for what is too much by itself and for what is too much by what is
// usual here, whichever shows first.
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
	if sudden.holds && !number.holds {
		return sudden
	}
	return number
}

func (e either) patience() time.Duration { return e.threshold.patience() }
