package metrics

import (
	"time"

	"wvwatch/internal/codes"
)

// rates sums the windows of all sources by code and by category, for a scrape.
// Values of labels are added up: rates are for looking at.
type rates struct {
	now     int64 // in steps
	windows []time.Duration
	labels  []string // of the windows

	codes      []rate
	categories []rate
}

// rate holds the occurrences of a code, or of its category, in each window.
type rate struct {
	source string
	*codeLabels
	sums [maxWindows]uint64
}

// theRates returns the rates of the scrape.
func (s *scrape) theRates() *rates {
	if s.rates != nil {
		return s.rates
	}
	r := &rates{now: stepOf(s.Snapshot.Now.UnixNano()), windows: s.Snapshot.config.Windows}
	for _, w := range r.windows {
		r.labels = append(r.labels, windowLabel(w))
	}
	s.rates = r
	if len(r.windows) > 0 {
		for _, v := range s.Snapshot.sources {
			r.add(v)
		}
	}
	return r
}

// add sums a source.
func (r *rates) add(v *sourceSnapshot) {
	listed := make([]int, v.listed) // by catalogue index: one more than the place in r.codes
	unlisted := make(map[codeKey]int)
	from := len(r.codes)
	for i := range v.series.n {
		if _, _, exported := v.exported(i); !exported {
			continue
		}
		c := v.series.at(i)
		var at int
		if c.index >= 0 {
			at = listed[c.index]
		} else {
			at = unlisted[codeKey{c.entry.DRM, int32(c.entry.Code)}]
		}
		if at == 0 {
			r.codes = append(r.codes, rate{source: v.name, codeLabels: c.codeLabels})
			if at = len(r.codes); c.index >= 0 {
				listed[c.index] = at
			} else {
				unlisted[codeKey{c.entry.DRM, int32(c.entry.Code)}] = at
			}
		}
		if len(c.history.steps) == 0 {
			continue
		}
		sums := &r.codes[at-1].sums
		for i, w := range r.windows {
			n, _ := c.history.sum(r.now, int64(w/Step))
			sums[i] += n
		}
	}
	r.addCategories(v.name, r.codes[from:])
}

// addCategories sums the codes of a source.
func (r *rates) addCategories(source string, list []rate) {
	type category struct {
		drm  codes.DRM
		name string
	}
	places := make(map[category]int)
	for i := range list {
		c := &list[i]
		key := category{c.entry.DRM, c.entry.Category}
		at, known := places[key]
		if !known {
			at = len(r.categories)
			places[key] = at
			r.categories = append(r.categories, rate{source: source, codeLabels: c.codeLabels})
		}
		for w, n := range c.sums {
			r.categories[at].sums[w] += n
		}
	}
}

func writeCodeRates(s *scrape) {
	r := s.theRates()
	for i := range r.codes {
		sum := &r.codes[i]
		for w, label := range r.labels {
			s.gauge(float64(sum.sums[w])/r.windows[w].Seconds(), sum.entry.Category, sum.code, sum.drm, sum.source, label)
		}
	}
}

func writeCategoryRates(s *scrape) {
	r := s.theRates()
	for i := range r.categories {
		sum := &r.categories[i]
		for w, label := range r.labels {
			s.gauge(float64(sum.sums[w])/r.windows[w].Seconds(), sum.entry.Category, sum.drm, sum.source, label)
		}
	}
}
