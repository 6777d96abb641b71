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
	code       map[rateKey]int // index in codes
	category   map[rateKey]int
}

// rateKey identifies a code or, where that is none, a category of a source.
type rateKey struct {
	view     *view
	drm      codes.DRM
	code     int
	category string
}

// rate holds the occurrences in each window.
type rate struct {
	source string
	*coded
	sums [maxWindows]uint64
}

// theRates returns the rates of the scrape.
func (s *scrape) theRates() *rates {
	if s.rates != nil {
		return s.rates
	}
	r := &rates{
		now: stepOf(s.Snapshot.Now.UnixNano()), windows: s.Snapshot.config.Windows,
		code: make(map[rateKey]int), category: make(map[rateKey]int),
	}
	for _, w := range r.windows {
		r.labels = append(r.labels, windowLabel(w))
	}
	s.rates = r
	if len(r.windows) == 0 {
		return r
	}
	for _, v := range s.Snapshot.views {
		for i := range v.cells {
			if _, _, exported := v.exported(i); exported {
				r.add(v, &v.cells[i])
			}
		}
	}
	return r
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

func (r *rates) add(v *view, c *cell) {
	var code, category int
	code, r.codes = place(r.code, rateKey{view: v, drm: c.entry.DRM, code: c.entry.Code}, r.codes, c.coded)
	category, r.categories = place(r.category, rateKey{view: v, drm: c.entry.DRM, category: c.entry.Category}, r.categories, c.coded)
	if len(c.history.steps) == 0 {
		return
	}
	for i, w := range r.windows {
		n, _ := c.history.sum(r.now, int64(w/Step))
		r.codes[code].sums[i] += n
		r.categories[category].sums[i] += n
	}
}

// place returns the index of a key's rate, which it adds where it is missing.
func place(index map[rateKey]int, key rateKey, all []rate, c *coded) (int, []rate) {
	i, ok := index[key]
	if !ok {
		i = len(all)
		index[key] = i
		all = append(all, rate{source: key.view.name, coded: c})
	}
	return i, all
}
