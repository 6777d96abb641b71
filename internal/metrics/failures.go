package metrics

import (
	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// A Snapshot gives detectors what happened step by step, each step once: failures
// by code, and plays. A step is counted since 1970.

// Failures is what one source counted of one code, with one value of a label, in
// one step.
type Failures struct {
	Source    string
	Step      int64
	Entry     *codes.Entry // of the catalogue, not to be changed
	Value     string       // of the label; "" where it is unknown
	Incidents uint64
	Clients   uint64    // each counted once in ten minutes
	Minutely  uint64    // each counted once a minute
	Who       [4]uint16 // the first of Clients, a part of a keyed hash each; 0 for none
}

// Plays is what one source counted of the licence requests to one server in one
// step.
type Plays struct {
	Source             string
	Step               int64
	DRM                codes.DRM
	Granted            uint64
	Requests           uint64    // all of them
	Failed             uint64    // clients that failed, by requests and codes, each once in ten minutes
	Unanswered         uint64    // clients to which no licence server answered, each once in ten minutes
	UnansweredMinutely uint64    // the same, each once a minute
	Who                [4]uint16 // of Unanswered, as in Failures
}

// Failures calls f for everything that failed in the steps from first to last, in
// no order of time.
func (s Snapshot) Failures(first, last int64, by string, f func(Failures)) {
	at := s.label(by)
	for _, v := range s.sources {
		for i := range v.series.n {
			c := v.series.at(i)
			for _, k := range c.history.between(first, last) {
				f(Failures{
					Source: v.name, Step: k.at, Entry: &c.entry, Value: c.value(at), Incidents: uint64(k.incidents),
					Clients: uint64(k.clients), Minutely: uint64(k.minutely), Who: k.who,
				})
			}
		}
	}
}

// Plays calls f for the requests of the steps from first to last, in no order of
// time; several times for one step.
func (s Snapshot) Plays(first, last int64, f func(Plays)) {
	for _, v := range s.sources {
		for d := range v.requests {
			r := &v.requests[d]
			for o := range r.outcomes {
				for _, k := range r.outcomes[o].history.between(first, last) {
					p := Plays{Source: v.name, Step: k.at, DRM: codes.DRM(d), Requests: uint64(k.clients)}
					if o == 0 {
						p.Granted = p.Requests
					}
					f(p)
				}
			}
			for _, k := range r.failed.between(first, last) {
				f(Plays{Source: v.name, Step: k.at, DRM: codes.DRM(d), Failed: uint64(k.clients)})
			}
			for _, k := range r.unanswered.between(first, last) {
				f(Plays{Source: v.name, Step: k.at, DRM: codes.DRM(d), Unanswered: uint64(k.clients), UnansweredMinutely: uint64(k.minutely), Who: k.who})
			}
		}
	}
}

// Watermark is how far the events of a source are complete.
type Watermark struct {
	Source   string
	Passed   int64    // steps before it are complete; 0 while that is not known
	Newest   int64    // event time of the newest event or request, Unix nanoseconds; 0 for none
	Lateness int64    // how late its lines come, in nanoseconds; 0 for at most LeastLateness
	First    int64    // the first step of which anything is kept; 0 for none
	Requests bool     // it has licence requests that were granted: in a log of refusals alone nothing is a part of anything
	Identity Identity // by what its failures are counted once
}

// Watermarks returns those of the configured sources, in their order.
func (s Snapshot) Watermarks() []Watermark {
	list := make([]Watermark, len(s.sources))
	for i, v := range s.sources {
		w := Watermark{Source: v.name, Passed: v.watermark.passed, Newest: v.watermark.newest, Lateness: v.watermark.lateness, Identity: v.identity}
		begin := func(h *history) {
			if len(h.steps) > 0 && (w.First == 0 || h.steps[0].at < w.First) {
				w.First = h.steps[0].at
			}
		}
		for k := range v.series.n {
			begin(&v.series.at(k).history)
		}
		for d := range v.requests {
			for o := range v.requests[d].outcomes {
				a := &v.requests[d].outcomes[o]
				begin(&a.history)
				w.Requests = w.Requests || parser.Outcome(o) == parser.Granted && a.count > 0
			}
		}
		list[i] = w
	}
	return list
}

// between returns the steps from first to last, both included.
func (h *history) between(first, last int64) []step {
	hi := len(h.steps)
	for hi > 0 && h.steps[hi-1].at > last {
		hi--
	}
	lo := hi
	for lo > 0 && h.steps[lo-1].at >= first {
		lo--
	}
	return h.steps[lo:hi]
}
