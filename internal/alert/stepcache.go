package alert

import "wvwatch/internal/metrics"

// stepCache holds the steps that detectors have to read in one evaluation: each is
// taken from the windows once, for all feeds. It serves one goroutine.
type stepCache struct {
	windows     Windows
	first, last int64                                   // what is held; last < first for nothing
	failures    map[string]map[int64][]metrics.Failures // by label and step
	plays       map[int64][]metrics.Plays
}

func newStepCache(w Windows) *stepCache { return &stepCache{windows: w, last: -1} }

// failureRows are what failed in some steps, as a whole and by the values of a label.
type failureRows struct {
	all    []metrics.Failures
	groups map[string][]metrics.Failures
}

func (r *failureRows) add(f metrics.Failures) {
	r.all = append(r.all, f)
	if f.Value != "" {
		if r.groups == nil {
			r.groups = make(map[string][]metrics.Failures)
		}
		r.groups[f.Value] = append(r.groups[f.Value], f)
	}
}

// of returns the rows with one value; "" for all.
func (r *failureRows) of(group string) []metrics.Failures {
	if group == "" {
		return r.all
	}
	return r.groups[group]
}

// hold makes sure that the steps from first to last are held.
func (t *stepCache) hold(first, last int64) {
	if first >= t.first && last <= t.last {
		return
	}
	if t.last >= t.first {
		first, last = min(first, t.first), max(last, t.last)
	}
	t.first, t.last = first, last
	t.failures = make(map[string]map[int64][]metrics.Failures)
	t.plays = make(map[int64][]metrics.Plays)
	t.windows.Plays(first, last, func(p metrics.Plays) { t.plays[p.Step] = append(t.plays[p.Step], p) })
}

// failed returns what failed in a step that is held, by the values of a label.
func (t *stepCache) failed(by string, step int64) []metrics.Failures {
	rows, ok := t.failures[by]
	if !ok {
		rows = make(map[int64][]metrics.Failures)
		t.failures[by] = rows
		t.windows.Failures(t.first, t.last, by, func(f metrics.Failures) {
			f.Value = printable(f.Value)
			rows[f.Step] = append(rows[f.Step], f)
		})
	}
	return rows[step]
}
