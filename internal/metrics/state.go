package metrics

import (
	"cmp"
	"iter"
	"slices"

	"wvwatch/internal/codes"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// State is what a checkpoint keeps of a ledger: counts, windows and positions
// of one instant. Codes, drms, reasons and outcomes are in it by name, so that
// it outlives a change of the catalogue. What a later version no longer knows
// is dropped.
type State struct {
	Sources        []SourceState     `json:"sources"`
	Positions      []tailer.Position `json:"positions"`
	Texts          []tailer.Texts    `json:"texts,omitempty"` // positions of texts that were read to their end
	CodeOverflow   uint64            `json:"code_overflow,omitempty"`
	TenantOverflow uint64            `json:"tenant_overflow,omitempty"`
	LabelOverflow  map[string]uint64 `json:"label_overflow,omitempty"` // by label, the tenant aside

	// Files are the tailer's counters by source. The ledger does not hold them:
	// the caller adds them to a State and takes them from it.
	Files map[string]tailer.Counts `json:"files,omitempty"`
	// Inputs are the same of what was pushed.
	Inputs map[string]traffic.Counts `json:"inputs,omitempty"`

	// Of an outline: where the codes of the sources are, in the order of Sources.
	snapshots []*sourceSnapshot
	snapshot  Snapshot
}

// SourceState is a source's part of a State. Times here and below are Unix
// nanoseconds.
type SourceState struct {
	Name            string            `json:"name"`
	Created         int64             `json:"created,omitempty"`
	Lines           uint64            `json:"lines,omitempty"`
	Records         uint64            `json:"records,omitempty"`
	Vetoed          map[string]uint64 `json:"vetoed,omitempty"`       // by reason
	Unlisted        map[string]uint64 `json:"unlisted,omitempty"`     // by drm
	WithoutCode     map[string]uint64 `json:"without_code,omitempty"` // by reason
	Bounded         map[string]uint64 `json:"bounded,omitempty"`      // by bound
	TimesOutOfRange uint64            `json:"times_out_of_range,omitempty"`
	Late            uint64            `json:"late,omitempty"`        // records of a time that detectors had judged
	FewClients      bool              `json:"few_clients,omitempty"` // what its records name is no client
	Codes           []CodeState       `json:"codes,omitempty"`
	Requests        []RequestState    `json:"requests,omitempty"`
	Days            []DayState        `json:"days,omitempty"`
}

// CodeState is the count of one code with one tuple of label values.
type CodeState struct {
	DRM         string `json:"drm"`
	Code        int    `json:"code"` // 0 for the unlisted ones over the limit
	Tenant      string `json:"tenant,omitempty"`
	Occurrences uint64 `json:"occurrences"`
	Incidents   uint64 `json:"incidents"`
	First       int64  `json:"first,omitempty"`
	Last        int64  `json:"last,omitempty"`
	Created     int64  `json:"created,omitempty"`
	Seen        bool   `json:"seen,omitempty"` // the series is exported with its count, and not as 0
	Steps       Steps  `json:"steps,omitzero"`

	Labels map[string]string `json:"labels,omitempty"` // further values by name, the unknown ones left out
}

// RequestState is the count of one drm's requests with one outcome.
type RequestState struct {
	DRM     string `json:"drm"`
	Outcome string `json:"outcome"`
	Count   uint64 `json:"count"`
	Created int64  `json:"created,omitempty"`
	Seen    bool   `json:"seen,omitempty"`
	Steps   Steps  `json:"steps,omitzero"`

	Durations *DurationState `json:"durations,omitempty"`
}

// nanos returns the time of the snapshot, Unix nanoseconds; 0 for the zero time.
func (s Snapshot) nanos() int64 {
	if s.Now.IsZero() {
		return 0
	}
	return s.Now.UnixNano()
}

// state describes a source in snap. What has left the retention before the
// snapshot's time is left out; all is kept where that is zero.
func (v *sourceSnapshot) state(snap Snapshot) SourceState {
	st := v.outline(snap)
	for c := range v.codeStates(snap) {
		own := *c
		own.Steps = slices.Clone(c.Steps)
		st.Codes = append(st.Codes, own)
	}
	return st
}

// outline is state without the codes.
func (v *sourceSnapshot) outline(snap Snapshot) SourceState {
	t := &v.counts
	st := SourceState{
		Name: v.name, Created: v.created, Days: v.days.state(snap.cat, snap.nanos()),
		Lines: t.lines, Records: t.records, TimesOutOfRange: t.outOfRange, Late: t.late, FewClients: v.fewClients,
		Vetoed: make(map[string]uint64), Unlisted: make(map[string]uint64),
		WithoutCode: make(map[string]uint64), Bounded: make(map[string]uint64),
	}
	for i, n := range t.withoutCode {
		if n > 0 {
			st.WithoutCode[parser.Missing(i).String()] = n
		}
	}
	for i, n := range t.bounded {
		if n > 0 {
			st.Bounded[parser.Bound(i).String()] = n
		}
	}
	for i, n := range t.vetoed {
		if n > 0 {
			st.Vetoed[parser.Reason(i).String()] = n
		}
	}
	for d, n := range t.unlisted {
		if n > 0 {
			st.Unlisted[codes.DRM(d).String()] = n
		}
	}
	for d := range v.requests {
		r := &v.requests[d]
		for o, a := range r.outcomes {
			if a.count > 0 {
				st.Requests = append(st.Requests, RequestState{
					DRM: codes.DRM(d).String(), Outcome: parser.Outcome(o).String(),
					Count: a.count, Created: r.created, Seen: r.exposure.visible(snap.horizon), Steps: a.history.state(nil, snap),
					Durations: a.durations.state(),
				})
			}
		}
	}
	return st
}

// cellStates returns what is kept of the codes of a source in snap. Each is valid
// until the next.
func (v *sourceSnapshot) codeStates(snap Snapshot) iter.Seq[*CodeState] {
	return func(yield func(*CodeState) bool) {
		var st CodeState
		for i := range v.series.n {
			c := v.series.at(i)
			if i < v.listed && c.occurrences == 0 {
				continue
			}
			since, created := c.exposure, c.created
			if i < v.listed {
				server := &v.servers[c.entry.DRM]
				since, created = server.exposure, cmp.Or(created, server.created)
			}
			st = CodeState{
				DRM: c.drm, Code: c.entry.Code,
				Occurrences: c.occurrences, Incidents: c.incidents,
				First: c.first, Last: c.last, Created: created, Seen: since.visible(snap.horizon),
				Steps: c.history.state(st.Steps[:0], snap),
			}
			st.keep(snap.config.Labels, c.labels)
			if !yield(&st) {
				return
			}
		}
	}
}

// state appends what is kept of a history to dst.
func (h *history) state(dst Steps, snap Snapshot) Steps {
	steps := h.steps
	if now := stepOf(snap.nanos()); now != 0 {
		steps = within(steps, now-stepsKept+1, now+stepsAhead)
	}
	return dst.append(steps)
}

// keep takes over the values of labels; the tenant's has a place of its own,
// from when there was no other.
func (st *CodeState) keep(names, values []string) {
	for i, v := range values {
		switch {
		case v == "":
		case names[i] == labelTenant:
			st.Tenant = v
		default:
			if st.Labels == nil {
				st.Labels = make(map[string]string)
			}
			st.Labels[names[i]] = v
		}
	}
}

// label returns the value of a label, "" where it is unknown.
func (st *CodeState) label(name string) string {
	if name == labelTenant {
		return st.Tenant
	}
	return st.Labels[name]
}

// keepOverflow takes over how often values of each label did not fit.
func (st *State) keepOverflow(labels []string, overflow []uint64) {
	for i, name := range labels {
		switch n := overflow[i]; {
		case name == labelTenant:
			st.TenantOverflow = n
		case n > 0:
			if st.LabelOverflow == nil {
				st.LabelOverflow = make(map[string]uint64)
			}
			st.LabelOverflow[name] = n
		}
	}
}

// overflow returns how often a value of a label did not fit.
func (st *State) overflow(name string) uint64 {
	if name == labelTenant {
		return st.TenantOverflow
	}
	return st.LabelOverflow[name]
}
