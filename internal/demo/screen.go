package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/daemon"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// screen prints the counts and alerts of the daemon: its own goroutine the counts,
// that of the rules the changes of alerts.
type screen struct {
	mu       sync.Mutex // one line at a time
	w        io.Writer
	start    time.Time
	requests [parser.NumOutcomes]uint64
	codes    map[int]uint64
}

// pulse is how often a line is printed.
const pulse = 5 * time.Second

func (s *screen) run(ctx context.Context, d *daemon.Daemon) error {
	// The counts of the day before are not news.
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for ok := false; !ok; ok, _ = d.Ready() {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			defer s.mu.Unlock()
			fmt.Fprintf(s.w, "%s  ended before the day in the logs was counted\n", s.clock(time.Now()))
			return nil
		case <-look.C:
		}
	}
	s.news(d.Snapshot(time.Now()))
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done(): // what came since the last line
			now := time.Now()
			s.line(now, d.Snapshot(now), d.States())
			return nil
		case now := <-tick.C:
			s.line(now, d.Snapshot(now), d.States())
		}
	}
}

// line prints the counts since the line before.
func (s *screen) line(now time.Time, snap metrics.Snapshot, states []alert.Status) {
	requests, counts := s.news(snap)
	s.mu.Lock()
	defer s.mu.Unlock()
	var total uint64
	for _, n := range requests {
		total += n
	}
	fmt.Fprintf(s.w, "%s  %3d requests, %3d granted", s.clock(now), total, requests[parser.Granted])
	for _, code := range mostFrequent(counts, 4) {
		fmt.Fprintf(s.w, ", %d x %d", counts[code], code)
	}
	for _, st := range states {
		if st.State == alert.Firing {
			fmt.Fprintf(s.w, "  FIRING %s", st.Rule)
		}
	}
	fmt.Fprintln(s.w)
}

// news returns the counts since its last call: requests, and the incidents of
// each code.
func (s *screen) news(snap metrics.Snapshot) (requests [parser.NumOutcomes]uint64, counts map[int]uint64) {
	var all [parser.NumOutcomes]uint64
	snap.RequestTotals(func(_ string, _ codes.DRM, o parser.Outcome, n uint64) { all[o] += n })
	for o := range all {
		requests[o] = all[o] - s.requests[o]
	}
	totals := map[int]uint64{}
	snap.Totals(func(t metrics.Total) { totals[t.Entry.Code] += t.Incidents })
	counts = map[int]uint64{}
	for code, n := range totals {
		if n > s.codes[code] {
			counts[code] = n - s.codes[code]
		}
	}
	s.requests, s.codes = all, totals
	return requests, counts
}

// transitions prints alerts as they change.
func (s *screen) transitions(changes []alert.Transition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		fmt.Fprintf(s.w, "%s  *** %s: %s -> %s: %s\n", s.clock(c.At), c.Rule, c.From, c.To, c.Sentence)
	}
}

func (s *screen) clock(now time.Time) string {
	t := int(now.Sub(s.start).Seconds())
	return fmt.Sprintf("%d:%02d", t/60, t%60)
}

// mostFrequent returns the keys with the largest counts, at most n.
func mostFrequent(counts map[int]uint64, n int) []int {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b int) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys[:min(n, len(keys))]
}
