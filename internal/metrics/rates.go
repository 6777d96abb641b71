package metrics

import (
	"time"

	dto "github.com/prometheus/client_model/go"

	"wvwatch/internal/codes"
)

// rates sums the windows of one source after the other by code and by category,
// for a scrape. Tenants are added up: rates are for looking at.
type rates struct {
	now     int64 // in steps
	windows []time.Duration
	labels  []*dto.LabelPair // of the windows

	codes      []rate // of the source at hand
	categories []rate
	code       map[codeKey]int // index in codes
	category   map[categoryKey]int
}

type categoryKey struct {
	drm      codes.DRM
	category string
}

// rate holds the occurrences in each window.
type rate struct {
	*identPairs
	sums [maxWindows]uint64
}

func newRates(s *scrape, snap Snapshot) *rates {
	r := &rates{
		now: stepOf(snap.Now.UnixNano()), windows: snap.config.Windows,
		code: make(map[codeKey]int), category: make(map[categoryKey]int),
	}
	for _, w := range r.windows {
		r.labels = append(r.labels, s.pair("window", windowLabel(w)))
	}
	return r
}

func (r *rates) collect(s *scrape, d *descs, v *view) {
	r.codes, r.categories = r.codes[:0], r.categories[:0]
	clear(r.code)
	clear(r.category)
	for i := range v.cells {
		r.add(s, &v.cells[i])
	}
	source := s.pair("source", v.name)
	for i := range r.codes {
		sum := &r.codes[i]
		for w, per := range sum.sums[:len(r.windows)] {
			s.gauge(d.extrasRate, float64(per)/r.windows[w].Seconds(), sum.category, sum.code, sum.drm, source, r.labels[w])
		}
	}
	for i := range r.categories {
		sum := &r.categories[i]
		for w, per := range sum.sums[:len(r.windows)] {
			s.gauge(d.categoryExtrasRate, float64(per)/r.windows[w].Seconds(), sum.category, sum.drm, source, r.labels[w])
		}
	}
}

func (r *rates) add(s *scrape, c *cell) {
	pairs := s.ident(c.ident)
	var code, category int
	code, r.codes = place(r.code, codeKey{c.entry.DRM, int32(c.entry.Code)}, r.codes, pairs)
	category, r.categories = place(r.category, categoryKey{c.entry.DRM, c.entry.Category}, r.categories, pairs)
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
func place[K comparable](index map[K]int, key K, all []rate, pairs *identPairs) (int, []rate) {
	i, ok := index[key]
	if !ok {
		i = len(all)
		index[key] = i
		all = append(all, rate{identPairs: pairs})
	}
	return i, all
}
