package detect

// Settings are what an operator may choose of a Detector. The zero value of
// each field is its default.
type Settings struct {
	Fault        bool    // no code of the stream is an expected refusal: at most 1 % of plays can be normal
	Evidence     float64 // nats at which a ticket is due; default 10, and 2 more for a page and where clients are unknown
	PageAfter    float64 // seconds of a total outage that the lost plays must be worth before a page; default 10
	MinClients   int     // different clients of a ticket, at most 8; default 5
	Tolerance    float64 // what is tolerated, times the normal rate; default 2, and 2.5 without requests
	Usual        float64 // the operator's prior: events per second; 0 for none
	Never        bool    // a new level is never learnt while an alarm is on
	RefusedShare float64 // part of the plays that is refused where a log has refusals only; default 0.05
}

// Detector finds that a stream fails more often than normal. It learns the
// normal share of plays, a quarter of an hour behind and, of faults, never
// while an alarm is on.
type Detector struct {
	Settings `json:"-"`
	state
}

// state is what a checkpoint keeps.
type state struct {
	Alarmed Alarm `json:"alarm,omitzero"`
}

// New returns a detector that has seen nothing yet.
func New(s Settings) Detector { return Detector{Settings: s} }

// Step takes in the counts of a step and returns whether an alarm ended in it.
// A step that is not later than the one before is ignored.
func (d *Detector) Step(s Step) End { return NotEnded }

// Accept ends the alarm, if one is on, and makes normal what it consists of,
// whatever share of plays that is. It returns the reason for the record.
func (d *Detector) Accept() End { return NotEnded }

// Alarm returns the alarm that is on; its Level is None where none is. A caller
// that reports how an alarm ended keeps the copy from before the step.
func (d *Detector) Alarm() Alarm { return d.Alarmed }

// Evidence is the highest of the present scores, in nats, at most twice the
// threshold of a ticket.
func (d *Detector) Evidence() float64 { return 0 }

// Threshold is the evidence at which a ticket is due.
func (d *Detector) Threshold() float64 { return 0 }

// Known is how many events the normal was learnt from.
func (d *Detector) Known() float64 { return 0 }

// Normal is how many events are normal in a step, and without is the same
// without prior and floor: what a fleet may add up.
func (d *Detector) Normal() (normal, without float64) { return 0, 0 }

// Dispersion is by how much more than chance the counts vary, from 1 to 20.
func (d *Detector) Dispersion() float64 { return 1 }

// PerPlay reports whether the exposure is plays, not the Profile's refusals.
func (d *Detector) PerPlay() bool { return false }

// Tolerates returns up to how many events are no surprise in the last so many
// steps, and false while there is no normal to judge by: nothing is learnt yet,
// or only inside an alarm. Of a fault at most 1 % of plays is ever tolerated.
func (d *Detector) Tolerates(steps int) (most float64, known bool) { return 0, false }

// Drift returns the slow change of the stream, over days.
func (d *Detector) Drift() Trend { return Trend{} }

// Sound reports whether the state can be counted with.
func (d *Detector) Sound() bool { return true }

// Alarm is what a Detector knows of the time since the onset of an alarm.
type Alarm struct {
	Level    Level    `json:"level"`          // it never falls before the end
	Onset    int64    `json:"onset"`          // the step in which the rise began
	Fired    int64    `json:"fired"`          // the step in which the ticket was due
	Paged    int64    `json:"paged"`          // the step in which the page was due; 0 for not yet
	Evidence float64  `json:"evidence"`       // the present one, in nats; at twice the threshold it is at its cap
	X        float64  `json:"x"`              // clients since the onset, each once in ten minutes
	X1       float64  `json:"x1"`             // clients since the onset, each once in a minute
	Plays    float64  `json:"plays"`          // plays since the onset; without requests estimated from the expected refusals
	Normal   float64  `json:"mu"`             // how many clients are normal in such a time
	Lost     float64  `json:"lost"`           // plays lost, in seconds of a total outage
	Codes    [4]Count `json:"codes,omitzero"` // the most frequent codes; the first four to occur, about
}

// Share is the part of the plays that fails, from 0 to 1; 0 for no plays.
func (a Alarm) Share() float64 { return part(a.X, a.Plays) }

// NormalShare is the part of the plays that normally fails.
func (a Alarm) NormalShare() float64 { return part(a.Normal, a.Plays) }

func part(n, of float64) float64 {
	if of <= 0 {
		return 0
	}
	return min(n/of, 1)
}
