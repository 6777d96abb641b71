package detect

// Alarm holds the sums of a Detector since the onset of an alarm.
type Alarm struct {
	Level    Level   `json:"level"`          // it never falls before the end
	Onset    int64   `json:"onset"`          // the step in which the rise began
	Fired    int64   `json:"fired"`          // the step in which the ticket was due
	Paged    int64   `json:"paged"`          // the step in which the page was due; 0 for not yet
	Evidence float64 `json:"evidence"`       // the present one, in nats; at twice the threshold it is at its cap
	X        float64 `json:"x"`              // clients since the onset, each once in ten minutes
	X1       float64 `json:"x1"`             // clients since the onset, each once in a minute
	Plays    float64 `json:"plays"`          // plays since the onset; without requests estimated from the expected refusals
	Normal   float64 `json:"mu"`             // how many clients are normal in such a time
	Lost     float64 `json:"lost"`           // plays lost, in seconds of a total outage
	Codes    tally   `json:"codes,omitzero"` // the most frequent ones since the onset, in no order
}

// Share is the part of the plays that fails, from 0 to 1; 0 for no plays.
func (a Alarm) Share() float64 { return min(part(a.X, a.Plays), 1) }

// NormalShare is the part of the plays that normally fails.
func (a Alarm) NormalShare() float64 { return min(part(a.Normal, a.Plays), 1) }

func (a *Alarm) sound() bool {
	return a.Level <= Page && a.Onset >= 0 && a.Fired >= a.Onset && a.Paged >= 0 && a.Codes.sound() &&
		finite(a.Evidence, a.X, a.X1, a.Plays, a.Normal, a.Lost) &&
		a.Evidence >= 0 && a.X >= 0 && a.X1 >= 0 && a.Plays >= 0 && a.Normal >= 0 && a.Lost >= 0
}

// part returns n/of; 0 of nothing.
func part(n, of float64) float64 {
	if of <= 0 {
		return 0
	}
	return n / of
}
