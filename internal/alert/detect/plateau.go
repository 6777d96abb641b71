package detect

import "math"

// plateau reports whether a stream in alarm has settled at a new level: the last
// three hours are each close to their mean.
type plateau struct {
	Hours [3]hour `json:"hours,omitzero"` // complete ones, the oldest first
	Now   hour    `json:"now,omitzero"`
}

// hour counts 360 steps with exposure.
type hour struct {
	X     float32 `json:"x,omitempty"`
	E     float32 `json:"e,omitempty"`
	Steps int32   `json:"n,omitempty"`
}

const (
	hourSteps    = 360
	newLevelFrom = 6 * hourSteps // an alarm that is on for longer may be a new level
)

// add adds a step of an alarm.
func (l *plateau) add(x, e float64) {
	l.Now = hour{l.Now.X + float32(x), l.Now.E + float32(e), l.Now.Steps + 1}
	if l.Now.Steps == hourSteps {
		l.Hours = [3]hour{l.Hours[1], l.Hours[2], l.Now}
		l.Now = hour{}
	}
}

// sum returns the three hours; e is 0 while there are fewer.
func (l *plateau) sum() (x, e float64) {
	for _, h := range l.Hours {
		if h.Steps == 0 {
			return 0, 0
		}
		x, e = x+float64(h.X), e+float64(h.E)
	}
	return x, e
}

// settled reports, when an hour is complete, whether all three are alike.
func (l *plateau) settled(dispersion float64) bool {
	x, e := l.sum()
	if l.Now.Steps != 0 || e == 0 || x == 0 {
		return false
	}
	for _, h := range l.Hours {
		mean := x / e * float64(h.E)
		if math.Abs(float64(h.X)-mean) > 0.3*mean+3*math.Sqrt(dispersion*mean) {
			return false
		}
	}
	return true
}

func (l *plateau) sound() bool {
	for _, h := range [...]hour{l.Hours[0], l.Hours[1], l.Hours[2], l.Now} {
		if !finite(float64(h.X), float64(h.E)) || h.X < 0 || h.E < 0 || h.Steps < 0 {
			return false
		}
	}
	return l.Now.Steps < hourSteps
}
