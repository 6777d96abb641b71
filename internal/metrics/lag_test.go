package metrics

import (
	"testing"
	"time"

	"wvwatch/internal/parser"
)

func TestLags(t *testing.T) {
	for _, tt := range []struct {
		name   string
		every  time.Duration
		n      int
		lag    func(i int) time.Duration
		idle   time.Duration // after the last sample
		want   Lag
		steady bool
	}{
		{"none", time.Second, 0, nil, 0, Lag{}, false},
		{"one", time.Second, 1, func(int) time.Duration { return time.Hour }, 0, Lag{time.Hour, time.Hour, time.Hour, 1}, false},
		{"an hour", time.Second, 30, func(i int) time.Duration { return time.Hour + time.Duration(i%3)*time.Second }, 0,
			Lag{time.Hour + time.Second, time.Hour, time.Hour + 2*time.Second, 30}, true},
		{"in the future", 30 * time.Second, 10, func(int) time.Duration { return -2 * time.Hour }, 0, Lag{-2 * time.Hour, -2 * time.Hour, -2 * time.Hour, 10}, true},
		{"a few are wrong", time.Second, 64, func(i int) time.Duration {
			if i%5 == 0 {
				return 9 * time.Hour
			}
			return time.Second
		}, 0, Lag{time.Second, time.Second, time.Second, 64}, true},
		{"late at random", time.Second, 64, func(i int) time.Duration { return time.Duration(i*37%64) * time.Minute }, 0,
			Lag{32 * time.Minute, 16 * time.Minute, 48 * time.Minute, 64}, false},
		{"only the newest count", time.Second, 200, func(i int) time.Duration { return time.Duration(max(0, 136-i)) * time.Hour }, 0, Lag{0, 0, 0, 64}, true},
		{"one a second", 10 * time.Millisecond, 1000, func(int) time.Duration { return time.Second }, 0, Lag{time.Second, time.Second, time.Second, 10}, true},
		{"old samples", time.Second, 30, func(int) time.Duration { return time.Hour }, lagKept + time.Second, Lag{}, false},
	} {
		l, now := NewLags(nil), t0
		for i := range tt.n {
			now = t0.Add(time.Duration(i) * tt.every)
			l.Take("proxy", now, &parser.Result{Events: []parser.Event{{Time: now.UnixNano() - int64(tt.lag(i))}}})
		}
		got := l.Of("proxy", now.Add(tt.idle))
		if got != tt.want || got.Steady() != tt.steady {
			t.Errorf("%s: %+v, steady %v, want %+v, %v", tt.name, got, got.Steady(), tt.want, tt.steady)
		}
	}
}

func TestLagOfTheLastTime(t *testing.T) {
	at := func(age time.Duration) int64 { return t0.UnixNano() - int64(age) }
	for _, tt := range []struct {
		name string
		r    parser.Result
		want time.Duration
	}{
		{"event", parser.Result{Events: []parser.Event{{Time: at(3)}, {Time: at(5)}, {}}}, 5},
		{"request", parser.Result{Requests: []parser.Request{{Time: at(3)}, {Time: at(7)}, {}}}, 7},
		{"request later", parser.Result{Events: []parser.Event{{Time: at(5)}}, Requests: []parser.Request{{Time: at(3)}}}, 3},
		{"event later", parser.Result{Events: []parser.Event{{Time: at(3)}}, Requests: []parser.Request{{Time: at(5)}}}, 3},
	} {
		l := NewLags(nil)
		l.Take("a", t0, &parser.Result{Events: []parser.Event{{}}}) // without a time it is no sample
		l.Take("a", t0, &tt.r)
		if got := l.Of("a", t0); got.Samples != 1 || got.Median != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestLagSeries(t *testing.T) {
	now := t0
	l := NewLags(func() time.Time { return now })
	for _, source := range []string{"a", "b"} {
		l.Take(source, now, &parser.Result{Events: []parser.Event{{Time: t0.Add(-90 * time.Second).UnixNano()}}})
	}
	same(t, "of two sources", exposition(t, gather(t, l)), `# HELP wvwatch_event_lag_seconds How old lines are when they are read, by their own times: the median of the last minutes, backlogs left out.
# TYPE wvwatch_event_lag_seconds gauge
wvwatch_event_lag_seconds{source="a"} 90
wvwatch_event_lag_seconds{source="b"} 90
# HELP wvwatch_source_lateness_seconds How late the lines of a source come, by their own times: 99 % of the last day's within it, backlogs left out. Rules judge that much later. At least 10.
# TYPE wvwatch_source_lateness_seconds gauge
wvwatch_source_lateness_seconds{source="a"} 120
wvwatch_source_lateness_seconds{source="b"} 120
`)
	l.Keep([]string{"b"})
	now = now.Add(lagKept + time.Second)
	same(t, "while nothing is read", exposition(t, gather(t, l)), `# HELP wvwatch_source_lateness_seconds How late the lines of a source come, by their own times: 99 % of the last day's within it, backlogs left out. Rules judge that much later. At least 10.
# TYPE wvwatch_source_lateness_seconds gauge
wvwatch_source_lateness_seconds{source="b"} 120
`)
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Minute)
		l.Take("b", now, &parser.Result{Events: []parser.Event{{Time: 1}}})
	}); n > 1 { // the result of the test itself
		t.Errorf("%v allocations for a sample", n)
	}
}
