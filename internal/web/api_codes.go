package web

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// maxCodeRows bounds an answer: those that occurred last are in it.
const maxCodeRows = 2000

// maxLabelValues bounds the values of one label in an answer.
const maxLabelValues = 200

// codesBody answers /api/v1/codes.
type codesBody struct {
	Now     time.Time `json:"now"`
	Windows []int     `json:"windows"` // seconds, from short to long
	// Labels are the values of the configured labels that have occurred.
	Labels  map[string][]string `json:"labels"`
	Codes   []codeRow           `json:"codes"`
	LeftOut int                 `json:"left_out"` // rows over the bound
}

// codeRow is what one source counted of a code that has occurred. What the code
// means is listed once, in the catalogue.
type codeRow struct {
	Source      string    `json:"source"`
	DRM         codes.DRM `json:"drm"`
	Code        int       `json:"code"` // 0 for the unlisted codes over the ledger's limit, together
	Listed      bool      `json:"listed"`
	Category    string    `json:"category"`
	Description string    `json:"description,omitempty"` // of an unlisted code that is known from the field
	Occurrences uint64    `json:"occurrences"`           // since counting began
	Incidents   uint64    `json:"incidents"`
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
	Recent      []uint64  `json:"recent"`          // incidents in each window
	Usual       *float64  `json:"usual,omitempty"` // incidents a minute that are normal at this time of day; nil where it is not known yet
}

// rowKey identifies a row.
type rowKey struct {
	source string
	drm    codes.DRM
	code   int
}

func (r *codeRow) key() rowKey { return rowKey{r.Source, r.DRM, r.Code} }

func (r *codeRow) same(o *codeRow) bool {
	return r.Occurrences == o.Occurrences && r.Incidents == o.Incidents && r.Category == o.Category &&
		r.Listed == o.Listed && sameRate(r.Usual, o.Usual) && r.First.Equal(o.First) && r.Last.Equal(o.Last) && slices.Equal(r.Recent, o.Recent)
}

func sameRate(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }

// codeRows returns the codes that have occurred, by source, drm and code;
// labels are added up.
func codeRows(snap metrics.Snapshot, only labelled) []codeRow {
	windows := snap.Windows()
	rows, at := []codeRow{}, make(map[rowKey]int)
	label := slices.Index(snap.Labels(), only.name)
	snap.Totals(func(t metrics.Total) {
		if t.Occurrences == 0 || only.name != "" && labelOf(t, label) != only.value {
			return
		}
		key := rowKey{t.Source, t.Entry.DRM, t.Entry.Code}
		i, ok := at[key]
		if !ok {
			i = len(rows)
			at[key] = i
			rows = append(rows, codeRow{
				Source: t.Source, DRM: t.Entry.DRM, Code: t.Entry.Code, Listed: t.Entry.Listed, Category: t.Entry.Category,
				First: t.First.UTC(), Last: t.Last.UTC(), Recent: make([]uint64, len(windows)),
			})
			if !t.Entry.Listed {
				rows[i].Description = t.Entry.Description
			}
		}
		r := &rows[i]
		r.Occurrences += t.Occurrences
		r.Incidents += t.Incidents
		if t.First.Before(r.First) {
			r.First = t.First.UTC()
		}
		if t.Last.After(r.Last) {
			r.Last = t.Last.UTC()
		}
	})
	for w, over := range windows {
		snap.Each(over, only.name, func(source string, e codes.Entry, value string, _, incidents uint64) {
			if i, ok := at[rowKey{source, e.DRM, e.Code}]; ok && (only.name == "" || value == only.value) {
				rows[i].Recent[w] += incidents
			}
		})
	}
	slices.SortFunc(rows, func(a, b codeRow) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.DRM, b.DRM), cmp.Compare(a.Code, b.Code))
	})
	return rows
}

// labelled is one value of a label that the configuration names; the zero value
// is all of them.
type labelled struct{ name, value string }

// labelOf returns the value of the label at a place in the configuration; empty
// where it is unknown.
func labelOf(t metrics.Total, at int) string {
	if at < 0 || at >= len(t.Labels) {
		return ""
	}
	return t.Labels[at]
}

// labelValues returns the values of each configured label that have occurred, in
// order, at most maxLabelValues of each.
func labelValues(snap metrics.Snapshot) map[string][]string {
	names := snap.Labels()
	values := make(map[string][]string, len(names))
	met := make([]map[string]bool, len(names))
	for i := range names {
		met[i] = make(map[string]bool)
	}
	snap.Totals(func(t metrics.Total) {
		if t.Occurrences == 0 {
			return
		}
		for i, v := range t.Labels {
			if v != "" {
				met[i][v] = true
			}
		}
	})
	for i, name := range names {
		list := slices.Sorted(maps.Keys(met[i]))
		values[name] = append([]string{}, list[:min(len(list), maxLabelValues)]...)
	}
	return values
}

// newCodes returns the rows for which keep returns true.
func newCodes(fr *frame, rows []codeRow, keep func(*codeRow) bool) codesBody {
	body := codesBody{Now: fr.status.Now, Windows: fr.status.Windows, Labels: labelValues(fr.snapshot), Codes: []codeRow{}}
	for i := range rows {
		if keep(&rows[i]) {
			body.Codes = append(body.Codes, rows[i])
		}
	}
	if n := len(body.Codes) - maxCodeRows; n > 0 {
		slices.SortStableFunc(body.Codes, func(a, b codeRow) int { return b.Last.Compare(a.Last) })
		body.Codes, body.LeftOut = body.Codes[:maxCodeRows], n
	}
	return body
}

// sharesOf returns how licence requests ended in the last over.
func sharesOf(snap metrics.Snapshot, over time.Duration) share {
	var s share
	snap.Requests(over, func(_ string, _ codes.DRM, o parser.Outcome, n uint64) { *s.of(o) += n })
	return s
}

// of returns the number that belongs to an outcome.
func (s *share) of(o parser.Outcome) *uint64 {
	switch o {
	case parser.Granted:
		return &s.Granted
	case parser.Refused:
		return &s.Refused
	case parser.Failed:
		return &s.Failed
	}
	return &s.Gateway
}
