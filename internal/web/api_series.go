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

// sparkSteps is how many steps make one point of a code's course: a minute.
const sparkSteps = int(time.Minute / metrics.Step)

// maxCourses bounds the codes of an answer: those with most occurrences are in it.
const maxCourses = 300

// seriesBody answers /api/v1/series. All counts are of event time; the last step
// is not over yet.
type seriesBody struct {
	Now        time.Time           `json:"now"`
	Start      time.Time           `json:"start"`        // when the first step began
	Step       int                 `json:"step_seconds"` // of categories and requests
	Categories map[string][]uint64 `json:"categories"`   // occurrences in each step; a category with none is left out
	Requests   map[string][]uint64 `json:"requests"`     // by outcome, each of them
	Codes      []course            `json:"codes"`
	LeftOut    int                 `json:"left_out"` // codes over the bound
}

// course is how often a code occurred in each minute.
type course struct {
	DRM     codes.DRM `json:"drm"`
	Code    int       `json:"code"`
	Minutes []uint64  `json:"minutes"` // the last is the one that is not over yet
	total   uint64
}

// newSeries returns the steps of the last over, of one source and drm where they
// are given.
func newSeries(fr *frame, over time.Duration, source, drm string) seriesBody {
	s := fr.snapshot.Series(over)
	body := seriesBody{
		Now: fr.status.Now, Start: s.Start.UTC(), Step: int(metrics.Step / time.Second),
		Categories: map[string][]uint64{}, Requests: map[string][]uint64{}, Codes: []course{},
	}
	wanted := func(src string, d codes.DRM) bool {
		return (source == "" || src == source) && (drm == "" || d.String() == drm)
	}
	minutes := (s.Len + sparkSteps - 1) / sparkSteps
	courses := make(map[rowKey]*course)
	s.Codes(func(src string, e codes.Entry, _ string, at int, occurrences, _ uint64) {
		if !wanted(src, e.DRM) {
			return
		}
		steps := body.Categories[e.Category]
		if steps == nil {
			steps = make([]uint64, s.Len)
			body.Categories[e.Category] = steps
		}
		steps[at] += occurrences
		key := rowKey{drm: e.DRM, code: e.Code}
		c := courses[key]
		if c == nil {
			c = &course{DRM: e.DRM, Code: e.Code, Minutes: make([]uint64, minutes)}
			courses[key] = c
		}
		// From the end, so that only the oldest minute can be a short one.
		c.Minutes[minutes-1-(s.Len-1-at)/sparkSteps] += occurrences
		c.total += occurrences
	})
	for o := parser.Outcome(0); o < parser.NumOutcomes; o++ {
		body.Requests[o.String()] = make([]uint64, s.Len)
	}
	s.Requests(func(src string, d codes.DRM, o parser.Outcome, at int, n uint64) {
		if wanted(src, d) {
			body.Requests[o.String()][at] += n
		}
	})
	body.Codes, body.LeftOut = mostFrequent(courses)
	return body
}

// mostFrequent returns the courses by number of occurrences, most first, and how
// many are over the bound.
func mostFrequent(courses map[rowKey]*course) ([]course, int) {
	sorted := slices.SortedFunc(maps.Values(courses), func(a, b *course) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.DRM, b.DRM), cmp.Compare(a.Code, b.Code))
	})
	kept := min(len(sorted), maxCourses)
	list := make([]course, kept)
	for i, c := range sorted[:kept] {
		list[i] = *c
	}
	return list, len(sorted) - kept
}
