package metrics

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

// Snapshot is what the ledger held at one instant. It does not change:
// it may be kept, copied and read by several goroutines.
//
// Windows slide in steps: a window of W at Now is the W/10s steps up to and
// including the one that contains Now, so it covers between W-10s and W.
type Snapshot struct {
	Now           time.Time
	config        Config
	cat           *codes.Catalogue
	sources       []*sourceSnapshot // of the configured sources, in their order
	codeOverflow  uint64
	labelOverflow []uint64 // in the order of Config.Labels
	horizon       uint64   // that exposures are compared with
	version       Version
}

// Version identifies what a ledger had counted. Snapshots of one version hold the
// same counts; the zero value is the version of no ledger.
type Version struct {
	ledger   *Ledger
	revision uint64
}

// Version returns the version of the counts in the snapshot.
func (s Snapshot) Version() Version { return s.version }

// Total is what was counted of one code since the beginning. An Entry that is
// not Listed and has Code 0 represents all unlisted codes over the limit.
type Total struct {
	Source      string
	Entry       codes.Entry
	Labels      []string // values in the order of Config.Labels; nil where all are unknown; not to be changed
	Occurrences uint64
	Incidents   uint64
	First, Last time.Time // event times; zero for a code that never occurred
}

// SourceTotals is what was counted of one source since the beginning.
type SourceTotals struct {
	Name            string
	Lines           uint64
	Records         uint64
	Vetoed          [parser.NumReasons]uint64 // numbers refused, by reason
	Unlisted        [codes.NumDRM]uint64      // occurrences of unlisted codes
	WithoutCode     [parser.NumMissing]uint64 // records that report a failure but name no code
	TimesOutOfRange uint64                    // times over a minute ahead of the clock, or before 2000; they counted as now
}

// snapshot returns what is held at now.
func (b *layout) snapshot(now time.Time, horizon uint64) Snapshot {
	b.now = now.UnixNano()
	snap := b.frame(horizon)
	snap.Now, snap.sources = now, make([]*sourceSnapshot, len(b.active))
	for i, s := range b.active {
		s.begin(b.now)
		snap.sources[i] = s.takeSnapshot()
	}
	return snap
}

// frame returns a snapshot without sources, of the time of the last commit or
// snapshot: the zero time where there was none.
func (b *layout) frame(horizon uint64) Snapshot {
	snap := Snapshot{config: b.config, cat: b.cat, codeOverflow: b.codeOverflow, horizon: horizon}
	if b.now != 0 {
		snap.Now = time.Unix(0, b.now)
	}
	for i := range b.labels.dimensions {
		snap.labelOverflow = append(snap.labelOverflow, b.labels.dimensions[i].overflow)
	}
	return snap
}

// LabelOverflow returns how many records counted as other, by label.
func (s Snapshot) LabelOverflow() map[string]uint64 {
	counts := make(map[string]uint64, len(s.labelOverflow))
	for i, n := range s.labelOverflow {
		counts[s.config.Labels[i]] = n
	}
	return counts
}

// Each calls f, once or more, for every source, code and value of the label by of
// which anything occurred in the last over (a multiple of Step, at most
// Retention) of event time. The value is "" where it is unknown, or by is no
// label that counts are kept by.
func (s Snapshot) Each(over time.Duration, by string, f func(source string, e codes.Entry, value string, occurrences, incidents uint64)) {
	at := s.label(by)
	now, n := stepOf(s.Now.UnixNano()), int64(over/Step)
	for _, v := range s.sources {
		for i := range v.series.n {
			c := v.series.at(i)
			if occurrences, incidents := c.history.sum(now, n); occurrences > 0 {
				f(v.name, c.entry, c.value(at), occurrences, incidents)
			}
		}
	}
}

// At returns the same counts with windows that end at another time, not after Now.
func (s Snapshot) At(t time.Time) Snapshot {
	s.Now = t
	return s
}

// label returns the index of a label of the counts; -1 for none.
func (s Snapshot) label(name string) int { return slices.Index(s.config.Labels, name) }

// Requests calls f for every source, drm and outcome with which any licence
// request ended in the last over of event time.
func (s Snapshot) Requests(over time.Duration, f func(source string, d codes.DRM, o parser.Outcome, n uint64)) {
	now, steps := stepOf(s.Now.UnixNano()), int64(over/Step)
	for _, v := range s.sources {
		for d := range v.requests {
			for o := range v.requests[d].outcomes {
				if n, _ := v.requests[d].outcomes[o].history.sum(now, steps); n > 0 {
					f(v.name, codes.DRM(d), parser.Outcome(o), n)
				}
			}
		}
	}
}

// Totals calls f for every listed code of every source, and for whatever else
// occurred.
func (s Snapshot) Totals(f func(Total)) {
	for _, v := range s.sources {
		for i := range v.series.n {
			c := v.series.at(i)
			t := Total{Source: v.name, Entry: c.entry, Labels: c.labels, Occurrences: c.occurrences, Incidents: c.incidents}
			if c.occurrences > 0 {
				t.First, t.Last = time.Unix(0, c.first), time.Unix(0, c.last)
			}
			f(t)
		}
	}
}

// RequestTotals calls f for every source, drm and outcome with which any
// licence request ever ended.
func (s Snapshot) RequestTotals(f func(source string, d codes.DRM, o parser.Outcome, n uint64)) {
	for _, v := range s.sources {
		for d := range v.requests {
			for o, a := range v.requests[d].outcomes {
				if a.count > 0 {
					f(v.name, codes.DRM(d), parser.Outcome(o), a.count)
				}
			}
		}
	}
}

// Sources returns the configured sources in their order.
func (s Snapshot) Sources() []SourceTotals {
	totals := make([]SourceTotals, len(s.sources))
	for i, v := range s.sources {
		t := &v.counts
		totals[i] = SourceTotals{v.name, t.lines, t.records, t.vetoed, t.unlisted, t.withoutCode, t.outOfRange}
	}
	return totals
}
