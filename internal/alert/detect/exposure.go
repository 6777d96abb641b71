package detect

// exposure chooses the unit of exposure: plays where a log has requests, else
// the refusals that a profile expects.
type exposure struct {
	PerPlay bool    `json:"per_play,omitempty"`
	Hour    float64 `json:"hour,omitempty"` // plays of the last hour, decayed
	Idle    int64   `json:"idle,omitempty"` // steps since the last play, or the first step
}

const (
	leastHour = 60   // plays of an hour that make them the exposure
	idleSteps = 8640 // after a day of refusals without a play they are the exposure again
)

// add adds a step and reports whether the unit changes, which makes the learnt
// normal useless. While an alarm is on it changes only where plays have ceased.
func (b *exposure) add(s Step, alarm bool) bool {
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

func (b *exposure) sound() bool { return finite(b.Hour) && b.Hour >= 0 && b.Idle >= 0 }
