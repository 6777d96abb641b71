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

const (
	defaultEvidence   = 10
	surer             = 2 // nats more for a page, and where clients are unknown
	defaultPageAfter  = 10
	defaultMinClients = 5
	minLooseEvents    = 8 // of a ticket where clients are unknown, for five of MinClients
	defaultTolerance  = 2
	looseTolerance    = 2.5 // without requests
)

// pageAfter is the dose of a page. Without requests plays are known within a
// factor of two at best, and a deploy must not page.
func (s *Settings) pageAfter(perPlay bool) float64 {
	after := or(s.PageAfter, defaultPageAfter)
	if !perPlay {
		after *= 1.5
	}
	return after
}

// least is how many clients, or where they are unknown events, a ticket needs.
func (s *Settings) least(id Identity) float64 {
	n := or(float64(s.MinClients), defaultMinClients)
	if id != ByClient {
		n *= float64(minLooseEvents) / defaultMinClients
	}
	return n
}

// tolerance is what is tolerated, times the normal rate.
func (s *Settings) tolerance(perPlay bool) float64 {
	if perPlay {
		return or(s.Tolerance, defaultTolerance)
	}
	return or(s.Tolerance, looseTolerance)
}

// terms are the settings in the unit of the exposure.
func (s *Settings) terms(perPlay bool) terms {
	t := terms{fault: s.Fault, usual: s.Usual, plays: 1}
	if !perPlay {
		t.plays = 1 / or(s.RefusedShare, refusedPart)
	}
	return t
}

// or returns n, or where that is not set the default.
func or(n, otherwise float64) float64 {
	if n > 0 {
		return n
	}
	return otherwise
}
