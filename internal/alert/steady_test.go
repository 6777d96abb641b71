package alert

import (
	"fmt"
	"testing"
	"time"
)

// A rate of 6.5 a minute holds 6 a minute over 1m for 2m wherever the evaluations
// are in the steps of the windows.
func TestThresholdInEveryPhase(t *testing.T) {
	cat := catalogue(t)
	rule := kindRule("Rate", Match{Codes: []int{6007}}, When{PerMinute: 6, Over: min1})
	rule.For = 2 * min1
	for phase := range 10 {
		t.Run(fmt.Sprint(phase), func(t *testing.T) {
			l := &log{cat: cat, stepped: true, now: time.Duration(phase) * time.Second}
			for at := time.Duration(0); at < 6*min1; at += min1 * 2 / 13 {
				l.burst(at, "proxy", 6007, 1)
			}
			if got := l.run(newEngine(t, cat, rule), 5*min1); len(got) != 2 {
				t.Errorf("got %v", got)
			}
		})
	}
}
