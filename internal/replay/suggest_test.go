package replay

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
)

// With the suggested threshold a rule fires at most so often, and with one
// incident less in its window more often: by the engine itself.
func TestSuggestIsTheBound(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 1))
	rec := &recording{source: "proxy", steps: map[int64]*stepTally{}}
	begin := longAgo().UnixNano()
	for hour := range int64(30) { // a burst an hour, each of another size
		for range 5 + rng.IntN(80) {
			at := begin + hour*int64(time.Hour) + rng.Int64N(int64(3*time.Minute))
			rec.hits = append(rec.hits, hit{at: at, code: 6007, drm: codes.Widevine})
		}
	}
	slices.SortFunc(rec.hits, byTime)
	for _, h := range rec.hits {
		rec.at(stepOf(h.at)).lines++
	}
	p := &player{recording: rec, metrics: metrics.Default(), cat: cat}
	rule := alert.RuleConfig{Name: "KeyManager", Match: alert.Match{Categories: []string{"key-manager"}}, When: alert.When{PerMinute: 1, Over: time.Minute}}
	for _, r := range []alert.RuleConfig{rule, withTimers(rule, 40*time.Second, 0), withTimers(rule, 0, 2*time.Minute), withTimers(rule, 30*time.Second, time.Minute)} {
		for _, most := range []int{0, 1, 3, 10} {
			list, err := p.suggest(t.Context(), []alert.RuleConfig{r}, time.Time{}, most)
			if err != nil {
				t.Fatal(err)
			}
			s := list[0]
			if s.Then > most {
				t.Errorf("for %s, keep %s, at most %d: %v per minute fires %d times", r.For, r.KeepFiringFor, most, s.Suggested, s.Then)
			}
			r.When.PerMinute = s.Suggested - 1
			less := &search{rule: r, levels: map[string][]level{}}
			if err := p.measure(t.Context(), []*search{less}, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if less.fired <= most {
				t.Errorf("for %s, keep %s, at most %d: already %v per minute fires only %d times, suggested %v", r.For, r.KeepFiringFor, most, r.When.PerMinute, less.fired, s.Suggested)
			}
		}
	}
}

func withTimers(r alert.RuleConfig, wait, keep time.Duration) alert.RuleConfig {
	r.For, r.KeepFiringFor = wait, keep
	return r
}

// The shortest number means the same threshold as the exact one.
func TestShortestThreshold(t *testing.T) {
	for _, c := range []struct {
		over time.Duration
		n    int
		want float64
	}{{time.Minute, 31, 31}, {5 * time.Minute, 33, 6.6}, {15 * time.Minute, 7, 0.46}, {15 * time.Minute, 1, 0.06}, {10 * time.Second, 1, 6}} {
		s := &search{rule: alert.RuleConfig{When: alert.When{Over: c.over}}}
		if got := s.shortest(c.n); got != c.want {
			t.Errorf("%d in %s: %v, want %v", c.n, c.over, got, c.want)
		}
	}
}
