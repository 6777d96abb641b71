package web

import (
	"math"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// What is usual is what most quarters of the last day hold: neither an outage nor
// the present quarter changes it, and a source of a few minutes has none.
func TestUsual(t *testing.T) {
	w := newWorld(t, "old", "new")
	now := time.Date(2026, 11, 23, 20, 7, 0, 0, time.UTC)
	r := &parser.Result{}
	add := func(minute, code, n int) {
		for range n {
			r.Events = append(r.Events, parser.Event{Time: now.Add(-time.Duration(minute) * time.Minute).UnixNano(), DRM: codes.Widevine, Code: code})
		}
	}
	for minute := range 10 * 60 {
		add(minute, 4025, 3)
		if minute < 7 || minute > 300 && minute < 326 { // now, and an outage
			add(minute, 6007, 50)
		}
		if minute%60 == 30 {
			add(minute, 1004, 1)
		}
		for range 10 {
			r.Requests = append(r.Requests, parser.Request{Time: now.Add(-time.Duration(minute) * time.Minute).UnixNano(), DRM: codes.Widevine, Outcome: parser.Outcome(min(minute%10, 1))})
		}
	}
	w.ledger.Commit("old", now, r, tailer.Position{})
	fresh := &parser.Result{Events: []parser.Event{{Time: now.Add(-20 * time.Minute).UnixNano(), DRM: codes.Widevine, Code: 4025}}}
	w.ledger.Commit("new", now, fresh, tailer.Position{})

	var u usuals
	u.look(w.ledger.Snapshot(now), w.cat)
	for _, tt := range []struct {
		source string
		code   int
		want   float64
		known  bool
	}{
		{"old", 4025, 3, true}, {"old", 6007, 0, true}, {"old", 4444, 0, true}, {"new", 4025, 0, false}, {"nobody", 4025, 0, false},
	} {
		got, ok := u.perMinute(rowKey{tt.source, codes.Widevine, tt.code})
		if ok != tt.known || ok && math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s %d: %v %t, want %v %t", tt.source, tt.code, got, ok, tt.want, tt.known)
		}
	}
	if rare, _ := u.perMinute(rowKey{"old", codes.Widevine, 1004}); rare <= 0 || rare > 1.0/60 {
		t.Errorf("once an hour is usually %v a minute", rare)
	}
	if u.granted == nil || *u.granted < 0.05 || *u.granted > 0.15 {
		t.Errorf("granted: %v", u.granted)
	}
	// Within the quarter it stays; in the next one it is worked out again.
	u.of[rowKey{"old", codes.Widevine, 4025}] = 99
	u.look(w.ledger.Snapshot(now.Add(time.Minute)), w.cat)
	if got, _ := u.perMinute(rowKey{"old", codes.Widevine, 4025}); got != 99 {
		t.Errorf("worked out again within the quarter")
	}
	u.look(w.ledger.Snapshot(now.Add(metrics.DayRetention)), w.cat)
	if _, ok := u.perMinute(rowKey{"old", codes.Widevine, 4025}); ok || u.granted != nil {
		t.Error("still known a day later")
	}
}

func TestAPISeriesOfADay(t *testing.T) {
	w := busyDay(t)
	h := handler(t, Config{}, w.deps(t))
	hour := askJSON[seriesBody](t, h, "/api/v1/series", 200)
	day := askJSON[seriesBody](t, h, "/api/v1/series?over=24h", 200)
	if hour.Step != 10 || hour.CourseStep != 60 || day.Step != 60 || day.CourseStep != 1440 || len(day.Requests["granted"]) != 1440 || len(day.Codes[0].Steps) != 60 {
		t.Errorf("steps %d %d %d %d, %d of requests, %d of a code", hour.Step, hour.CourseStep, day.Step, day.CourseStep, len(day.Requests["granted"]), len(day.Codes[0].Steps))
	}
	// The last hour of the day is the hour, but for the edge of a minute.
	for _, category := range []string{"entitlement", "key-manager", "token"} {
		whole, part := sum(hour.Categories[category]), sum(day.Categories[category][1440-61:])
		if part < whole || part > whole+whole/10+5 || whole == 0 {
			t.Errorf("%s: %d in the hour, %d in 61 minutes of the day", category, whole, part)
		}
	}
	if len(hour.Periods) != 1 || len(day.Periods) != 2 || day.Periods[0].From.After(day.Periods[1].From) || day.Periods[0].Category != "key-manager" || day.Periods[0].Severity != "critical" {
		t.Errorf("periods: %+v and %+v", hour.Periods, day.Periods)
	}
}

// Normal follows the time of day: a calm evening after a busy day is no rise.
func TestNormalOfTheTimeOfDay(t *testing.T) {
	counts := make([]float64, 2*quartersOfDay-2) // from the last quarter backwards; now is the evening
	for i := range counts {
		if hour := (i + 1) / 4 % 24; hour >= 6 && hour < 14 { // hours before now
			counts[i] = 100
		} else {
			counts[i] = 10
		}
	}
	if got := normal(counts); got != 10 {
		t.Errorf("in the evening %v, want 10", got)
	}
	if got := normal(counts[:40]); got <= 10 {
		t.Errorf("without a day: %v, want the mean of what is known", got)
	}
	counts[quartersOfDay-1] = 5000 // an outage yesterday at this time
	if got := normal(counts); got != 10 {
		t.Errorf("after an outage a day ago %v, want 10", got)
	}
	for _, n := range []int{2, 3, quartersOfDay, quartersOfDay + 1, quartersOfDay + 2, len(counts)} {
		if got := normal(counts[:n]); got < 10 || got > 100 {
			t.Errorf("of %d quarters: %v", n, got)
		}
	}
}
