package metrics

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// Series are what a snapshot's last steps hold, one by one.
type Series struct {
	Start time.Time // when the first step began
	Len   int       // steps, each as long as Step; the last is the one that is not over yet

	first   int64
	tenant  int // index of that label; -1 for none
	sources []*sourceSnapshot
}

// Series returns the steps of the last over, at most Retention, of event time.
func (s Snapshot) Series(over time.Duration) Series {
	n := int64(min(over, Retention) / Step)
	first := stepOf(s.Now.UnixNano()) - n + 1
	return Series{Start: time.Unix(0, first*int64(Step)), Len: int(n), first: first, tenant: slices.Index(s.config.Labels, labelTenant), sources: s.sources}
}

// Codes calls f for every step, counted from 0, in which anything of a source,
// code and tenant occurred.
func (s Series) Codes(f func(source string, e codes.Entry, tenant string, at int, occurrences, incidents uint64)) {
	for _, v := range s.sources {
		for i := range v.series.n {
			c := v.series.at(i)
			for _, st := range s.within(&c.history) {
				f(v.name, c.entry, c.value(s.tenant), int(st.at-s.first), uint64(st.occurrences), uint64(st.incidents))
			}
		}
	}
}

// Requests calls f for every step in which any licence request of a source and
// drm ended with an outcome.
func (s Series) Requests(f func(source string, d codes.DRM, o parser.Outcome, at int, n uint64)) {
	for _, v := range s.sources {
		for d := range v.requests {
			for o := range v.requests[d].outcomes {
				for _, st := range s.within(&v.requests[d].outcomes[o].history) {
					f(v.name, codes.DRM(d), parser.Outcome(o), int(st.at-s.first), uint64(st.occurrences))
				}
			}
		}
	}
}

func (s Series) within(h *history) []step {
	return within(h.steps, s.first, s.first+int64(s.Len)-1)
}

// Labels returns the names of the configured labels, in the order of Total.Labels.
func (s Snapshot) Labels() []string { return slices.Clone(s.config.Labels) }

// Windows returns the windows to show, from short to long: the configured ones, or
// those of Default where none are exported.
func (s Snapshot) Windows() []time.Duration {
	if len(s.config.Windows) == 0 {
		return Default().Windows
	}
	return slices.Clone(s.config.Windows)
}
