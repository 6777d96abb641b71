package detect

// Collapse finds that players ask for less than half of the licences that are
// usual at the time of day. An alarm is always a page.
type Collapse struct{}

// Fall is the alarm of a Collapse.
type Fall struct {
	Firing   bool    `json:"firing,omitempty"`
	Onset    int64   `json:"onset,omitempty"`    // the step in which the fall began
	Fired    int64   `json:"fired,omitempty"`    // the step in which it was certain
	Evidence float64 `json:"evidence,omitempty"` // nats
	Plays    float64 `json:"plays,omitempty"`    // since the onset
	Expected float64 `json:"expected,omitempty"` // since the onset
}

// NewCollapse returns a Collapse that has learnt nothing.
func NewCollapse() Collapse { return Collapse{} }

// Step takes in the plays of a step, of all outcomes, and returns whether the
// alarm ended in it. The local time is offset seconds east of UTC. Steps in
// which nobody listened are to be left out.
func (c *Collapse) Step(at int64, offset int, plays float64) End { return NotEnded }

// Fall returns the alarm; Firing is false where none is on.
func (c *Collapse) Fall() Fall { return Fall{} }

// Sound reports whether the state can be counted with.
func (c *Collapse) Sound() bool { return true }
