package alert

import (
	"cmp"
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// Sums are what one alert has counted since its onset. A condition that keeps
// sums of its own puts them into its result; for the others the engine adds up
// what the windows hold. The zero value of a field is "not known".
type Sums struct {
	Since     time.Time `json:"since"`               // the onset
	Records   uint64    `json:"records,omitempty"`   // that report one of Codes
	Incidents uint64    `json:"incidents,omitempty"` // the same, joined by correlation id
	Clients   uint64    `json:"clients,omitempty"`   // the same, each client once in ten minutes
	// Failed of Plays: the clients or incidents of those sources that log
	// requests, and these together with the granted requests of the same sources.
	Failed  float64   `json:"failed,omitempty"`
	Plays   float64   `json:"plays,omitempty"`
	Normal  float64   `json:"normal,omitempty"`  // how many clients or incidents are normal in such a time
	Peak    float64   `json:"peak,omitempty"`    // the most incidents, or clients, in one minute
	PeakAt  time.Time `json:"peak_at,omitzero"`  // the end of that minute
	Codes   []CodeSum `json:"codes,omitempty"`   // the most frequent first
	Sources []string  `json:"sources,omitempty"` // that reported them, sorted
}

// CodeSum is how many incidents, or clients, one code had. It is CodeCount
// without the catalogue's text, as a checkpoint keeps it.
type CodeSum struct {
	DRM   codes.DRM `json:"drm"`
	Code  int       `json:"code"`
	Count uint64    `json:"count"`
}

// Share is the part of plays that failed, from 0 to 1; 0 where it is not known.
func (s Sums) Share() float64 {
	if s.Plays <= 0 {
		return 0
	}
	return min(s.Failed/s.Plays, 1)
}

// NormalShare is the part of plays that normally fails; 0 where it is not known.
func (s Sums) NormalShare() float64 {
	if s.Plays <= 0 {
		return 0
	}
	return min(s.Normal/s.Plays, 1)
}

// add counts o, n times: -1 takes it away again. The lists are copied before they
// change: statuses and saved states that were handed out share them.
func (s *Sums) add(o Sums, n int) {
	s.Records += uint64(n) * o.Records
	s.Incidents += uint64(n) * o.Incidents
	s.Failed += float64(n) * o.Failed
	s.Plays += float64(n) * o.Plays
	if len(o.Codes) > 0 {
		s.Codes = slices.Clone(s.Codes)
	}
	for _, c := range o.Codes {
		i := slices.IndexFunc(s.Codes, func(k CodeSum) bool { return k.DRM == c.DRM && k.Code == c.Code })
		if i < 0 {
			i = len(s.Codes)
			s.Codes = append(s.Codes, CodeSum{DRM: c.DRM, Code: c.Code})
		}
		s.Codes[i].Count += uint64(n) * c.Count
	}
	if len(o.Sources) > 0 {
		s.Sources = slices.Clone(s.Sources)
	}
	for _, source := range o.Sources {
		if i, ok := slices.BinarySearch(s.Sources, source); !ok {
			s.Sources = slices.Insert(s.Sources, i, source)
		}
	}
}

// runningSums adds up an alert from windows, which are shorter than an alert can
// be: steps before Open are in Base, the others are still asked of the
// windows, so that what arrives late is counted. It is part of a checkpoint.
type runningSums struct {
	Open  int64 `json:"open,omitempty"` // the first step that is not in Base
	Base  Sums  `json:"base,omitzero"`
	Total Sums  `json:"total,omitzero"`
}

const (
	closeAfter = 30 * time.Minute // the most that is asked of the windows
	closeKeep  = 15 * time.Minute // how late records may be
)

// open begins the sums. What the window of the rule holds already belongs to
// the alert.
func (a *runningSums) open(now time.Time, over time.Duration) {
	*a = runningSums{Open: stepOf(now) - int64(over/metrics.Step) + 1, Total: Sums{Since: now}}
}

// add brings Total up to now. It counts the codes that are in Total, and
// those in more.
func (a *runningSums) add(now time.Time, v selection, more []CodeCount) {
	step := stepOf(now)
	for _, c := range more {
		a.Total.add(Sums{Codes: []CodeSum{{DRM: c.DRM, Code: c.Code}}}, 1)
	}
	if gone := step - int64(metrics.Retention/metrics.Step) + 1; a.Open < gone { // what was not looked at for so long is lost
		a.Open = gone
	}
	open := step - a.Open + 1
	if open <= 0 { // the clock was set back
		return
	}
	if most, keep := int64(closeAfter/metrics.Step), int64(closeKeep/metrics.Step); open > most {
		a.Base.add(a.count(v, open), 1)
		a.Base.add(a.count(v, keep), -1)
		open, a.Open = keep, step-keep+1
	}
	total := Sums{Since: a.Total.Since, Peak: a.Total.Peak, PeakAt: a.Total.PeakAt}
	total.add(a.Base, 1)
	total.add(a.count(v, open), 1)
	slices.SortStableFunc(total.Codes, byCount)
	a.Total = total
}

// byCount orders codes, the most frequent first.
func byCount(x, y CodeSum) int {
	return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.DRM, y.DRM), cmp.Compare(x.Code, y.Code))
}

// lacks reports whether one of these codes is not counted yet.
func (a *runningSums) lacks(list []CodeCount) bool {
	return slices.ContainsFunc(list, func(c CodeCount) bool {
		return !slices.ContainsFunc(a.Total.Codes, func(k CodeSum) bool { return k.DRM == c.DRM && k.Code == c.Code })
	})
}

// peak notes the last minute, if it is the worst.
func (a *runningSums) peak(now time.Time, v selection) {
	if n := float64(v.incidents(time.Minute, v.group)); n > a.Total.Peak {
		a.Total.Peak, a.Total.PeakAt = n, now
	}
}

// count counts the codes of Total in the last so many steps.
func (a *runningSums) count(v selection, steps int64) Sums {
	over := time.Duration(steps) * metrics.Step
	var s Sums
	granted := v.granted(over)
	for _, c := range a.Total.Codes {
		s.Codes = append(s.Codes, CodeSum{DRM: c.DRM, Code: c.Code})
	}
	rows := v.windows.rows(over, v.by, v.group)
	for i := range rows {
		r := &rows[i]
		if !v.source(r.source) {
			continue
		}
		_, asked := granted[r.source]
		asked = asked && v.group == "" && v.sel.server(r.entry.DRM) // of one tenant's requests nothing is known
		if asked {
			s.Plays += float64(r.incidents)
		}
		at := slices.IndexFunc(s.Codes, func(k CodeSum) bool { return k.DRM == r.entry.DRM && k.Code == r.entry.Code })
		if at < 0 || !v.sel.selects(r.id, &r.entry) {
			continue
		}
		s.Records += r.records
		s.Incidents += r.incidents
		s.Codes[at].Count += r.incidents
		if asked {
			s.Failed += float64(r.incidents)
		}
		if i, ok := slices.BinarySearch(s.Sources, r.source); !ok {
			s.Sources = slices.Insert(s.Sources, i, r.source)
		}
	}
	if s.Failed > 0 || s.Plays > 0 {
		for _, n := range granted {
			s.Plays += float64(n)
		}
	}
	return s
}

// granted returns the granted requests of a window, by source that logs any.
func (v selection) granted(over time.Duration) map[string]uint64 {
	granted := make(map[string]uint64)
	for _, r := range v.windows.answers(over) {
		if !v.sel.server(r.drm) || !v.source(r.source) {
			continue
		}
		if r.outcome == parser.Granted {
			granted[r.source] += r.n
		} else {
			granted[r.source] += 0
		}
	}
	return granted
}

func stepOf(t time.Time) int64 { return t.UnixNano() / int64(metrics.Step) }
