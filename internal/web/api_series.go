package web

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

const (
	maxCourses = 300 // codes of an answer: those with most occurrences are in it
	maxPoints  = 60  // of a code's course
)

// seriesBody answers /api/v1/series. All counts are of event time; the last step
// is not over yet.
type seriesBody struct {
	Now        time.Time           `json:"now"`
	Start      time.Time           `json:"start"`        // when the first step began
	Step       int                 `json:"step_seconds"` // of categories and requests: 10 for up to an hour, else 60
	Categories map[string][]uint64 `json:"categories"`   // occurrences in each step; a category with none is left out
	Requests   map[string][]uint64 `json:"requests"`     // by outcome, each of them
	CourseStep int                 `json:"code_step_seconds"`
	Codes      []course            `json:"codes"`
	LeftOut    int                 `json:"left_out"` // codes over the bound
	Periods    []period            `json:"periods"`  // in which alerts fired that are over, oldest first
}

// course is how often a code occurred in each of at most maxPoints steps.
type course struct {
	DRM   codes.DRM `json:"drm"`
	Code  int       `json:"code"`
	Steps []uint64  `json:"steps"` // the last is the one that is not over yet
	total uint64
}

// period is a time in which an alert fired.
type period struct {
	Rule     string    `json:"rule"`
	Severity string    `json:"severity"`
	Category string    `json:"category,omitempty"` // of a rule that is about one
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Sentence string    `json:"sentence"`
	End      string    `json:"end,omitempty"` // how it ended: see alert.End
}

// courses is an answer under construction: what the two memories, of an hour and
// of a day, have in common.
type courses struct {
	body   seriesBody
	steps  int
	merged int // steps that make one of a code's course
	byRow  map[rowKey]*course
	wanted func(source string, d codes.DRM) bool
}

// newSeries returns the steps of the last over, of one source and drm where they
// are given.
func newSeries(fr *frame, over time.Duration, source, drm string, ended []alert.Period) seriesBody {
	s := courses{byRow: make(map[rowKey]*course), wanted: func(src string, d codes.DRM) bool {
		return (source == "" || src == source) && (drm == "" || d.String() == drm)
	}}
	if over <= metrics.Retention {
		hour := fr.snapshot.Series(over)
		s.begin(hour.Start, hour.Len, metrics.Step)
		hour.Codes(func(src string, e codes.Entry, _ string, at int, occurrences, _ uint64) {
			s.code(src, e, at, occurrences)
		})
		hour.Requests(s.request)
	} else {
		day := fr.snapshot.Day(over)
		s.begin(day.Start, day.Len, time.Minute)
		day.Codes(s.code)
		day.Requests(s.request)
	}
	s.body.Now = fr.status.Now
	s.body.Codes, s.body.LeftOut = mostFrequent(s.byRow)
	s.body.Periods = periodsSince(ended, s.body.Start)
	return s.body
}

func (s *courses) begin(start time.Time, steps int, step time.Duration) {
	s.steps = steps
	// A course has whole minutes, so that the shortest ones look alike.
	s.merged = max(int(time.Minute/step), (steps+maxPoints-1)/maxPoints)
	s.body = seriesBody{
		Start: start.UTC(), Step: int(step / time.Second), CourseStep: s.merged * int(step/time.Second),
		Categories: map[string][]uint64{}, Requests: map[string][]uint64{},
	}
	for o := range parser.NumOutcomes {
		s.body.Requests[o.String()] = make([]uint64, steps)
	}
}

func (s *courses) code(source string, e codes.Entry, at int, occurrences uint64) {
	if !s.wanted(source, e.DRM) {
		return
	}
	steps := s.body.Categories[e.Category]
	if steps == nil {
		steps = make([]uint64, s.steps)
		s.body.Categories[e.Category] = steps
	}
	steps[at] += occurrences
	key := rowKey{drm: e.DRM, code: e.Code}
	points := (s.steps + s.merged - 1) / s.merged
	c := s.byRow[key]
	if c == nil {
		c = &course{DRM: e.DRM, Code: e.Code, Steps: make([]uint64, points)}
		s.byRow[key] = c
	}
	// From the end, so that only the oldest step can be a short one.
	c.Steps[points-1-(s.steps-1-at)/s.merged] += occurrences
	c.total += occurrences
}

func (s *courses) request(source string, d codes.DRM, o parser.Outcome, at int, n uint64) {
	if s.wanted(source, d) {
		s.body.Requests[o.String()][at] += n
	}
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

// periodsSince returns those that were not over at start.
func periodsSince(ended []alert.Period, start time.Time) []period {
	list := []period{}
	for _, p := range ended {
		if p.To.After(start) {
			list = append(list, period{Rule: p.Rule, Severity: p.Labels["severity"], Category: p.Labels["category"],
				From: p.From.UTC(), To: p.To.UTC(), Sentence: p.Sentence, End: string(p.End)})
		}
	}
	return list
}
