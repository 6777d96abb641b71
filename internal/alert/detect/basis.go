package detect

// basis chooses the exposure: plays where a log has requests, else the refusals
// that a profile expects.
type basis struct {
	PerPlay bool    `json:"per_play,omitempty"`
	Hour    float64 `json:"hour,omitempty"` // plays of the last hour, decayed
	Idle    int64   `json:"idle,omitempty"` // steps since the last play, or the first step
}

const (
	leastHour = 60   // plays of an hour that make them the exposure
	idleSteps = 8640 // a day without a play, while refusals are counted, unmakes them
)

// add takes in a step and reports whether the exposure changes, so that what
// was learnt says nothing any more. While an alarm is on it changes only where
// plays have ceased.
func (b *basis) add(s Step, alarm bool) bool {
	first := b.Hour == 0 && s.Plays > 0 && b.Idle < hourSteps // a log that begins
	b.Hour = b.Hour*(1-1.0/hourSteps) + s.Plays
	b.Idle++
	if s.Plays > 0 {
		b.Idle = 0
	}
	switch {
	case !b.PerPlay && (b.Hour >= leastHour || first) && !alarm, b.PerPlay && s.X > 0 && b.Idle >= idleSteps:
		b.PerPlay = !b.PerPlay
		return true
	}
	return false
}

func (b *basis) sound() bool { return finite(b.Hour) && b.Hour >= 0 && b.Idle >= 0 }
