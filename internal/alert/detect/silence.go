package detect

// Silence finds that a source has written no line for longer than it ever does.
type Silence struct {
	After    float64 `json:"-"` // seconds below which no gap is a silence; default 900
	Requests bool    `json:"-"` // the source carries licence requests: twice the gap is a page
}

// Gap is the time since the last line.
type Gap struct {
	Level   Level
	Seconds float64 // since the last line
	Usual   float64 // seconds of the third longest gap of 14 days, at this hour's rate
}

// NewSilence returns a Silence that has heard nothing yet.
func NewSilence(after float64, requests bool) Silence {
	return Silence{After: after, Requests: requests}
}

// Step takes in how many lines arrived in the step at, by the arrival clock.
// The local time is offset seconds east of UTC. Steps in which nobody listened
// (the daemon was stopped, the source was catching up) are to be left out.
func (s *Silence) Step(at int64, offset int, lines float64) {}

// Gap returns the present one.
func (s *Silence) Gap() Gap { return Gap{} }

// Sound reports whether the state can be counted with.
func (s *Silence) Sound() bool { return true }
