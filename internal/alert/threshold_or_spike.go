package alert

import (
	"time"

	"wvwatch/internal/fault"
	"wvwatch/internal/metrics"
)

// thresholdOrSpike holds while the number is too high or the spike detector fires: one
// alert for what is too much by itself and for what is too much by what is
// normal here, whichever shows first. A number that is known to be normal here is
// not too high: where thousands of licences are asked for in a minute, a few
// always fail. Only what was learnt outside of alarms is normal, and of a fault
// at most 1 % of plays.
type thresholdOrSpike struct {
	threshold
	*spike
}

func asksThresholdOrSpike(w When) bool { return asksThreshold(w) && asksSpike(w) }

func newThresholdOrSpike(w When) condition {
	return thresholdOrSpike{newThreshold(w).(threshold), newSpike(w).(*spike)}
}

func checkThresholdOrSpike(w When, f fault.Scope) {
	checkThreshold(w, f)
	checkSpike(w, f)
}

// judge asks both every time.
func (e thresholdOrSpike) judge(now time.Time, v selection) result {
	number, sudden := e.threshold.judge(now, v), e.spike.judge(now, v)
	switch {
	case sudden.holds && !number.holds:
		return sudden
	case number.holds && !sudden.holds:
		number.holds = v.clients(e.over) > e.tolerated()
	}
	return number
}

// tolerated is up to how many clients in the window are no surprise here; 0 while
// that is not known.
func (e thresholdOrSpike) tolerated() (most float64) {
	for _, s := range e.streams() {
		if n, known := s.detector.Tolerates(int(e.over / metrics.Step)); known && s.detector.Known() >= 1 {
			most += n
		}
	}
	return most
}

func (e thresholdOrSpike) patience() time.Duration { return e.threshold.patience() }
