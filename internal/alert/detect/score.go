package detect

import "math"

// ratios are what the scores look for, times the tolerated rate.
var ratios = [...]struct{ ratio, log float64 }{{2, math.Ln2}, {4, 2 * math.Ln2}, {8, 3 * math.Ln2}}

// score is a Poisson CUSUM: the evidence for one ratio since its onset.
type score struct {
	Evidence  float64 `json:"s,omitempty"` // nats
	Events    float64 `json:"x,omitempty"`
	Tolerated float64 `json:"m,omitempty"`
	Plays     float64 `json:"e,omitempty"`
	Onset     int64   `json:"onset,omitempty"`
	Codes     tally   `json:"codes,omitzero"` // what Events consist of
}

// uncertainty is by how much the evidence is divided: clumping, and that the
// tolerated rate itself is known from few events only.
type uncertainty struct {
	dispersion float64
	known      float64 // by the normal
	activity   float64 // by the profile; 0 with plays
}

func (u uncertainty) of(tolerated float64) float64 {
	d := u.dispersion + tolerated/(u.known+1)
	if u.activity > 0 {
		d += tolerated / (4 * u.activity)
	}
	return d
}

// add moves score i on by one step.
func (s *score) add(i int, r reading, codes []Count, most float64, u uncertainty) {
	if s.Evidence == 0 {
		s.Onset = r.at
	}
	look := &ratios[i]
	s.Evidence += (r.fresh*look.log - r.m*(look.ratio-1)) / u.of(s.Tolerated)
	if s.Evidence <= 0 {
		*s = score{}
		return
	}
	s.Events += r.x
	s.Tolerated += r.m
	s.Plays += r.plays
	s.Codes.add(codes)
	s.Evidence = min(s.Evidence, most)
}

func (s *score) sound() bool {
	return finite(s.Evidence, s.Events, s.Tolerated, s.Plays) && s.Codes.sound() &&
		s.Evidence >= 0 && s.Events >= 0 && s.Tolerated >= 0 && s.Plays >= 0 && s.Onset >= 0
}
