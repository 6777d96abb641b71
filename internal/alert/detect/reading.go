package detect

// reading is a step in the unit of the detector.
type reading struct {
	at    int64
	x, x1 float64
	fresh float64 // of x, without clients that go on
	e     float64 // exposure
	plays float64 // what the exposure is worth
	m     float64 // tolerated
	id    Identity
	t     terms
}

// read returns the step in the unit of the exposure.
func (d *Detector) read(s Step) reading {
	t := d.terms(d.Unit.PerPlay)
	r := reading{at: s.At, x: s.X, x1: s.X1, fresh: s.X, e: s.Plays, id: s.Identity, t: t}
	if s.Identity == ByClient {
		r.fresh = d.recent.fresh(s.Clients, s.X)
	}
	if !d.Unit.PerPlay {
		r.e = s.Expected.Refusals
	}
	r.plays = r.e * t.plays
	return r
}
