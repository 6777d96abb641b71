package metrics

import (
	"testing"
	"time"
)

func passedOf(l *Ledger, now time.Time) int64 { return l.Snapshot(now).Watermarks()[0].Passed }

// TestWatermark follows a source: it is 10 s before the newest event, and while
// nothing comes before the clock by how late lines come.
func TestWatermark(t *testing.T) {
	l := newLedger(t, "a")
	step := func(d time.Duration) int64 { return stepOf(t0.Add(d).UnixNano()) }
	commit(l, "a", t0.Add(30*time.Second), event(6007, t0.Add(30*time.Second)))
	l.Settle(t0.Add(30*time.Second), func(string) bool { return true }, nil)
	if got := passedOf(l, t0.Add(30*time.Second)); got != 0 {
		t.Errorf("passed %d while a backlog is read", got)
	}
	for _, tt := range []struct {
		clock, want time.Duration
		late        time.Duration
	}{
		{30 * time.Second, 20 * time.Second, 0},
		{39 * time.Second, 20 * time.Second, 0},
		{60 * time.Second, 40 * time.Second, 0},
		{2 * time.Minute, 50 * time.Second, time.Minute},
		{2 * time.Minute, 50 * time.Second, 15 * time.Minute}, // never backwards
	} {
		now := t0.Add(tt.clock)
		l.Settle(now, nil, func(string) time.Duration { return tt.late })
		if got := passedOf(l, now); got != step(tt.want) {
			t.Errorf("at %s, %s late: passed %s, want %s", tt.clock, tt.late, time.Duration(got-step(0))*Step, tt.want)
		}
	}
}

// TestLateRecords counts what comes late in the first step that was not judged, and
// what comes more than an hour late nowhere; windows have both where they happened.
func TestLateRecords(t *testing.T) {
	l := newLedger(t, "a")
	now := t0.Add(2 * time.Hour)
	commit(l, "a", now, event(6007, now))
	l.Settle(now, nil, nil)
	commit(l, "a", now, failure(6007, now.Add(-30*time.Minute), "", ""), failure(6007, now.Add(-90*time.Minute), "", ""), event(6007, now))
	passed := stepOf(now.UnixNano()) - 1
	seen := map[int64]uint64{}
	l.Snapshot(now).Failures(0, passed+10, "", func(f Failures) { seen[f.Step-passed] += f.Clients })
	if seen[0] != 1 || seen[1] != 2 || seen[-180] != 0 {
		t.Errorf("clients by step from the watermark: %v", seen)
	}
	if sum, _ := l.layout.source("a").series.at(l.layout.cat.Index(1, 6007)).history.sum(stepOf(now.UnixNano()), 181); sum != 3 {
		t.Errorf("%d occurrences in the last half hour, want 3", sum)
	}
	if st := l.State(); st.Sources[0].Late != 2 {
		t.Errorf("%d late records, want 2", st.Sources[0].Late)
	}
}

// TestLateness measures the time within which 99 % of the lines come.
func TestLateness(t *testing.T) {
	for _, tt := range []struct {
		name string
		late func(i int) time.Duration
		want time.Duration
	}{
		{"at once", func(int) time.Duration { return time.Second }, LeastLateness},
		{"90 s", func(int) time.Duration { return 90 * time.Second }, 2 * time.Minute},
		{"one in 20 late", func(i int) time.Duration { return time.Duration(i%20/19) * 14 * time.Minute }, 15 * time.Minute},
		{"one in 500 late", func(i int) time.Duration { return time.Duration(i%500/499) * 14 * time.Minute }, LeastLateness},
		{"days", func(int) time.Duration { return 48 * time.Hour }, time.Hour},
	} {
		var l lateness
		for i := range 2000 {
			l.observe(tt.late(i), t0.Add(time.Duration(i)*time.Second).UnixNano())
		}
		if got := l.most(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	var l lateness
	for i := range 1000 {
		l.observe(15*time.Minute, t0.Add(time.Duration(i)*time.Second).UnixNano())
	}
	for i := range 2000 {
		l.observe(time.Second, t0.Add(7*24*time.Hour+time.Duration(i)*time.Second).UnixNano())
	}
	if got := l.most(); got != LeastLateness {
		t.Errorf("a week after late lines: %s", got)
	}
}
