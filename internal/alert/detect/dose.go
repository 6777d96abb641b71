package detect

// dose is severity times duration: plays lost, in seconds of a total outage.
type dose struct {
	Q      float64 `json:"q,omitempty"`      // seconds; at most twice the dose of a page
	Weight float64 `json:"weight,omitempty"` // of the mean below
	Mean   float64 `json:"plays,omitempty"`  // plays of a step times Weight, decayed over five minutes
}

const (
	leastPlays = 0.05 // of a step
	oneDevice  = 1.25 // what a device alone can do in a step
)

// plays is the mean of a step in the last five minutes.
func (d *dose) plays() float64 { return part(d.Mean, d.Weight) }

// add adds a step.
func (d *dose) add(r reading, pageAfter float64) {
	const keep = 1 - 1.0/blockSteps
	d.Weight, d.Mean = d.Weight*keep+1, d.Mean*keep+r.plays
	d.Q = min(max(0, d.Q+d.change(r)), 2*pageAfter)
}

// change returns the plays of a step that are lost beyond what is tolerated,
// in seconds of a total outage; negative where fewer are.
func (d *dose) change(r reading) float64 {
	plays := max(d.plays(), leastPlays)
	if r.id != ByClient {
		return StepSeconds * (r.x1 - oneDevice - r.m) / plays
	}
	return StepSeconds * (r.x1 - max(faultShare*plays, r.m)) / plays
}

// gain is change where that is a loss of plays.
func (d *dose) gain(r reading) float64 { return max(0, d.change(r)) }

func (d *dose) sound() bool {
	return finite(d.Q, d.Weight, d.Mean) && d.Q >= 0 && d.Weight >= 0 && d.Mean >= 0
}
