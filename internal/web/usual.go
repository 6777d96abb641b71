package web

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

const (
	quarter     = 15 * time.Minute
	quarterMins = int64(quarter / time.Minute)
	quartersDay = int(metrics.DayRetention / quarter)
	fewQuarters = 2  // from so many on something is usual
	fewRequests = 20 // fewer in a quarter have no meaningful share
)

// usuals holds how often a code normally occurs: at the same time of day on the days
// before where they are known, else over the quarters of an hour that are known; the
// highest are left out, so that an outage is not normal. It is worked out once a
// quarter, and belongs to the feed.
type usuals struct {
	quarter  int64
	cat      *codes.Catalogue
	quarters map[string]int // by source: how many are known, the first, half a one, aside
	of       map[rowKey]float64
	granted  *float64 // share of the licence requests, median of the quarters; nil where it is not known
}

// look works everything out again where a new quarter began.
func (u *usuals) look(snap metrics.Snapshot, cat *codes.Catalogue) {
	now := snap.Now.Unix() / int64(quarter/time.Second)
	if u.quarter == now && u.cat == cat {
		return
	}
	*u = usuals{quarter: now, cat: cat, quarters: make(map[string]int), of: make(map[rowKey]float64)}
	day := snap.Day(metrics.DayRetention)
	first := day.Start.Unix() / 60
	// back returns how many quarters before the present one a minute is.
	back := func(at int) int { return int(now - (first+int64(at))/quarterMins) }
	bins := make(map[rowKey]*[quartersDay + 1]float64)
	day.Codes(func(source string, e codes.Entry, at int, n uint64) {
		b := back(at)
		u.quarters[source] = max(u.quarters[source], b)
		if b < 1 {
			return
		}
		key := rowKey{source, e.DRM, e.Code}
		if bins[key] == nil {
			bins[key] = new([quartersDay + 1]float64)
		}
		bins[key][b-1] += float64(n)
	})
	var asked, granted [quartersDay + 1]uint64
	day.Requests(func(source string, _ codes.DRM, o parser.Outcome, at int, n uint64) {
		b := back(at)
		u.quarters[source] = max(u.quarters[source], b)
		if b < 1 {
			return
		}
		asked[b-1] += n
		if o == parser.Granted {
			granted[b-1] += n
		}
	})
	var shares []float64
	for b, n := range asked {
		if n >= fewRequests {
			shares = append(shares, float64(granted[b])/float64(n))
		}
	}
	if len(shares) >= fewQuarters {
		slices.Sort(shares)
		u.granted = &shares[len(shares)/2]
	}
	for source, n := range u.quarters {
		u.quarters[source] = n - 1 // the oldest is seldom whole
	}
	for key, counts := range bins {
		if n := u.quarters[key.source]; n >= fewQuarters {
			u.of[key] = normal(counts[:n]) / quarter.Minutes()
		}
	}
}

// perMinute returns how often a row's code usually occurs; ok is false where its
// source is not known for long enough.
func (u *usuals) perMinute(key rowKey) (rate float64, ok bool) {
	return u.of[key], u.quarters[key.source] >= fewQuarters
}

// quartersOfDay are the quarters of an hour of a day.
const quartersOfDay = int(24 * time.Hour / quarter)

// normal returns what a quarter of an hour normally holds, of counts from the last
// quarter backwards: the quarters around the same time of day, or all where a day is
// not known yet.
func normal(counts []float64) float64 {
	var same []float64
	for day := quartersOfDay; day < len(counts); day += quartersOfDay {
		same = append(same, counts[day-2:min(day+1, len(counts))]...)
	}
	if len(same) == 0 {
		same = slices.Clone(counts)
	}
	return trimmedMean(same)
}

// trimmedMean leaves the highest out: one in ten, and at least one of three or more. It
// sorts counts.
func trimmedMean(counts []float64) float64 {
	slices.Sort(counts)
	out := len(counts) / 10
	if len(counts) >= 3 {
		out = max(out, 1)
	}
	counts = counts[:len(counts)-out]
	sum := 0.0
	for _, n := range counts {
		sum += n
	}
	return sum / float64(len(counts))
}
