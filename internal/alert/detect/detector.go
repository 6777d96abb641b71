package detect

// Detector detects that a stream fails more often than normal. It learns the
// normal share of plays with a delay of a quarter of an hour and, except on the
// first day of a fault, never while an alarm is on.
type Detector struct {
	Settings `json:"-"`
	state
	gate   gate
	recent recent // a checkpoint does not keep them
}

// gate is the least size of a rise, which has to be certain too.
type gate struct {
	share float64 // of the plays
	ratio float64 // times the normal
}

// state is what a checkpoint keeps.
type state struct {
	Unit    exposure           `json:"unit"`
	Rate    normal             `json:"normal"`
	Scores  [len(ratios)]score `json:"scores"`
	Seen    clients            `json:"seen,omitzero"` // since a score is above 0
	Dose    dose               `json:"dose"`
	Alarmed Alarm              `json:"alarm,omitzero"`
	Clear   allClear           `json:"clear"`
	Plateau plateau            `json:"plateau,omitzero"`
	Slow    Drift              `json:"drift"`
	Last    int64              `json:"last"` // the last step fed
}

// New returns a detector that has seen nothing yet.
func New(s Settings) Detector {
	return Detector{Settings: s, state: state{Rate: newNormal(priorD)}}
}

// Step adds the counts of a step and returns whether an alarm ended in it.
// A step that is not later than the one before is ignored.
func (d *Detector) Step(s Step) End {
	if s.At <= d.Last || s.At <= 0 {
		return NotEnded
	}
	end := NotEnded
	if d.Unit.add(s, d.on()) || d.Last == 0 {
		end = d.restart(s.Identity)
	}
	d.Last = s.At
	r := d.read(s)
	d.Rate.advance(s.At, r.t)
	r.m = d.tolerance(d.Unit.PerPlay) * d.Rate.expect(r.e, StepSeconds, r.t)
	d.Rate.note(s.At, r.fresh, r.e, d.on() && !d.Rate.trial(r.t))
	if !d.on() {
		d.Slow.Step(s.At, r.fresh, r.e, d.Rate.Dispersion.value())
	}
	if !d.Rate.warm(r.t) {
		return end
	}
	d.Dose.add(r, d.pageAfter(d.Unit.PerPlay))
	d.score(r, s)
	if !d.on() {
		d.begin(r)
		return end
	}
	return d.goOn(r, s)
}

// score adds the step to the evidence.
func (d *Detector) score(r reading, s Step) {
	if d.Evidence() == 0 && !d.on() {
		d.Seen = clients{}
	}
	if r.id == ByClient {
		d.Seen.add(s.Clients)
	}
	u := uncertainty{dispersion: d.Rate.Dispersion.value(), known: d.Rate.known(r.t)}
	if !d.Unit.PerPlay {
		u.activity = 5 + s.Expected.Activity
	}
	for i := range d.Scores {
		d.Scores[i].add(i, r, s.Codes, 2*d.Threshold(), u)
	}
}

// begin starts an alarm where a ticket is due.
func (d *Detector) begin(r reading) {
	threshold, least := d.Threshold(), d.least(r.id)
	if r.id != ByClient {
		threshold += surer
	} else if float64(d.Seen.N) < least {
		return
	}
	var found *score
	for i := range d.Scores {
		s := &d.Scores[i]
		if s.Evidence > threshold && s.Events >= least && d.wide(s) && (found == nil || s.Evidence >= found.Evidence) {
			found = s
		}
	}
	if found == nil {
		return
	}
	d.Alarmed = Alarm{
		Level: Ticket, Onset: found.Onset, Fired: r.at, Evidence: found.Evidence,
		X: found.Events, X1: found.Events, Plays: found.Plays,
		Normal: found.Tolerated / d.tolerance(d.Unit.PerPlay), Lost: d.Dose.Q,
		Codes: found.Codes,
	}
	d.Slow.drop(found.Events, found.Plays/r.t.plays)
	d.Clear.begin(r.at)
	d.Plateau = plateau{}
	if !d.Rate.trial(r.t) {
		d.Rate.spoil(found.Onset)
	}
	d.page(r.at)
}

// wide reports whether a rise is as large as the gate asks for.
func (d *Detector) wide(s *score) bool {
	mu := s.Tolerated / d.tolerance(d.Unit.PerPlay)
	return s.Events >= d.gate.share*s.Plays && s.Events >= d.gate.ratio*mu
}

// page raises the alarm where the lost plays are worth it.
func (d *Detector) page(at int64) {
	if d.Alarmed.Level == Ticket && d.Alarmed.Evidence > d.Threshold()+surer && d.Dose.Q >= d.pageAfter(d.Unit.PerPlay) {
		d.Alarmed.Level, d.Alarmed.Paged = Page, at
	}
}

// goOn adds the step to the alarm that is on and ends it where it is over.
func (d *Detector) goOn(r reading, s Step) End {
	a := &d.Alarmed
	before := part(a.X1, a.Plays) * r.plays // before the step itself can pull it down
	a.X, a.X1, a.Plays = a.X+r.x, a.X1+r.x1, a.Plays+r.plays
	a.Normal += r.m / d.tolerance(d.Unit.PerPlay)
	a.Lost += d.Dose.gain(r)
	a.Codes.add(s.Codes)
	a.Evidence = d.Evidence()
	d.Plateau.add(r.x, r.e)
	d.page(r.at)
	dispersion := d.Rate.Dispersion.value()
	if d.Clear.add(r.at, r.at-a.Onset, r.x1, r.m, before, dispersion) {
		return d.end(Over)
	}
	if !d.Fault && !d.Never && r.at-a.Fired > newLevelFrom && d.Plateau.settled(dispersion) {
		x, e := d.Plateau.sum()
		d.Rate.settle(x, e, 3*hourSteps*StepSeconds)
		return d.end(NewLevel)
	}
	return NotEnded
}

// Accept ends the alarm, if one is on, and makes normal what it consists of,
// whatever share of plays that is. It returns Accepted, or NotEnded where no
// alarm is on.
func (d *Detector) Accept() End {
	if !d.on() {
		return NotEnded
	}
	a, t := d.Alarmed, d.terms(d.Unit.PerPlay)
	x, e, seconds := a.X, a.Plays/t.plays, float64((d.Last-a.Onset+1)*StepSeconds)
	if lastX, lastE := d.Plateau.sum(); lastE > 0 {
		x, e, seconds = lastX, lastE, 3*hourSteps*StepSeconds
	}
	if e > 0 {
		d.Rate.settle(x, e, seconds)
		d.Rate.Allowed = x / e
	}
	return d.end(Accepted)
}

// end ends the alarm. What it consisted of is evidence no more.
func (d *Detector) end(why End) End {
	d.Alarmed = Alarm{}
	d.Scores = [len(ratios)]score{}
	d.Seen, d.Plateau = clients{}, plateau{}
	d.Dose.Q = 0
	d.Clear = allClear{Ended: d.Last, Returns: d.Clear.Returns}
	return why
}

// restart forgets what was learnt in another unit.
func (d *Detector) restart(id Identity) End {
	end := NotEnded
	if d.on() {
		end = d.end(Over)
	}
	prior := float64(priorD)
	if id != ByClient {
		prior = priorLooseD
	}
	d.Rate, d.Slow, d.Dose = newNormal(prior), Drift{}, dose{}
	d.Scores = [len(ratios)]score{}
	return end
}

func (d *Detector) on() bool { return d.Alarmed.Level != None }
