package metrics

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// minutes renders what a day holds, as "source drm code @minutes-before-now n".
func minutes(d Day) string {
	var lines []string
	d.Codes(func(source string, e codes.Entry, at int, n uint64) {
		lines = append(lines, fmt.Sprintf("%s %s %d @%d %d", source, e.DRM, e.Code, d.Len-1-at, n))
	})
	d.Requests(func(source string, drm codes.DRM, o parser.Outcome, at int, n uint64) {
		lines = append(lines, fmt.Sprintf("%s %s %s @%d %d", source, drm, o, d.Len-1-at, n))
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A day is kept by the minute, tenants added up, in whatever order events come.
func TestDayByTheMinute(t *testing.T) {
	l := tenantLedger(t, 100, "proxy")
	now := t0.Add(96 * time.Hour)
	ago := func(d time.Duration, code int, tenant string) parser.Event {
		e := event(code, now.Add(-d))
		e.Tenant = []byte(tenant)
		return e
	}
	commit(l, "proxy", now,
		ago(0, 4025, "a"), ago(time.Minute, 4025, "a"), ago(time.Minute, 4025, "b"), ago(47*time.Hour+59*time.Minute, 4025, "a"),
		ago(48*time.Hour, 4025, "a"), ago(97*time.Hour, 4025, "a"), // too old
		ago(5*time.Hour, 4400, ""), ago(3*time.Hour, 4025, ""))
	l.Commit("proxy", now, &parser.Result{Requests: []parser.Request{
		{Time: now.Add(-time.Hour).UnixNano(), DRM: codes.Widevine, Outcome: parser.Failed}, {Outcome: parser.Gateway},
	}}, tailer.Position{})
	day := l.Snapshot(now).Day(DayRetention)
	if day.Len != 2880 || !day.Start.Equal(now.Truncate(time.Minute).Add(-2879*time.Minute)) {
		t.Errorf("%d minutes from %s", day.Len, day.Start)
	}
	all := []string{
		"proxy unknown gateway @0 1",
		"proxy widevine 4025 @0 1", "proxy widevine 4025 @1 2", "proxy widevine 4025 @180 1", "proxy widevine 4025 @2879 1",
		"proxy widevine 4400 @300 1", "proxy widevine failed @60 1",
	}
	same(t, "day", minutes(day), all...)
	same(t, "two hours", minutes(l.Snapshot(now).Day(2*time.Hour)), all[0], all[1], all[2], all[6])

	// Over a restart, and into another catalogue's order of codes.
	text, err := json.Marshal(l.State())
	if err != nil {
		t.Fatal(err)
	}
	var st State
	if err := json.Unmarshal(text, &st); err != nil {
		t.Fatal(err)
	}
	fresh := newLedger(t, "proxy")
	fresh.Restore(st)
	same(t, "after a restart", minutes(fresh.Snapshot(now).Day(DayRetention)), all...)
	fresh.Reconfigure(Default(), fresh.layout.cat, []string{"proxy"})
	same(t, "after a reload", minutes(fresh.Snapshot(now).Day(DayRetention)), all...)

	// Two days later the old hours make room.
	commit(fresh, "proxy", now.Add(47*time.Hour), event(4025, now.Add(47*time.Hour)))
	same(t, "two days later", minutes(fresh.Snapshot(now.Add(47*time.Hour)).Day(DayRetention)),
		"proxy unknown gateway @2820 1", "proxy widevine 4025 @0 1", "proxy widevine 4025 @2820 1", "proxy widevine 4025 @2821 2")
}

// Minutes hold incidents: a record with the correlation id of another one within ten
// seconds is a retry.
func TestDayHoldsIncidents(t *testing.T) {
	l := newLedger(t, "proxy")
	retry := event(6007, t0)
	retry.CorrelationID = []byte("c-1234")
	commit(l, "proxy", t0, retry, retry, retry, event(6007, t0))
	same(t, "retries", minutes(l.Snapshot(t0).Day(time.Hour)), "proxy widevine 6007 @0 2")
}

// What a snapshot holds does not change under it.
func TestDayOfASnapshotStays(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4025, t0), event(4400, t0))
	old := l.Snapshot(t0).Day(time.Hour)
	was := minutes(old)
	commit(l, "proxy", t0, event(4025, t0), event(4400, t0), event(4025, t0.Add(-10*time.Minute)))
	same(t, "the old snapshot", minutes(old), strings.Split(was, "\n")...)
	same(t, "the new one", minutes(l.Snapshot(t0).Day(time.Hour)), "proxy widevine 4025 @0 2", "proxy widevine 4025 @10 1", "proxy widevine 4400 @0 2")
}

// A clock that was set back leaves nothing from the future, and what a
// checkpoint holds may be anything.
func TestDayOddities(t *testing.T) {
	l := newLedger(t, "proxy")
	future := t0.Add(3 * time.Hour)
	commit(l, "proxy", future, event(4025, future))
	commit(l, "proxy", t0, event(4025, t0))
	same(t, "set back", minutes(l.Snapshot(t0).Day(DayRetention)), "proxy widevine 4025 @0 1")

	hour := minuteOf(t0.UnixNano()) / 60
	l.Restore(State{Sources: []SourceState{{Name: "proxy", Days: []DayState{
		{DRM: "widevine", Code: 4025, Hours: fmt.Sprintf("%d:AgID x:AQ -5:AQ %d:%%%% : 99999999999999999999:AQ %d", hour, hour, hour)},
		{DRM: "widevine", Code: 99_999_999_999, Hours: fmt.Sprintf("%d:////////////////AQ", hour)},
		{DRM: "widevine", Outcome: "no such", Hours: fmt.Sprintf("%d:AQ", hour)},
		{DRM: "nobody's", Outcome: "granted", Hours: fmt.Sprintf("%d:AQ", hour)},
	}}}})
	first := int(minuteOf(t0.UnixNano()) % 60)
	same(t, "odd state", minutes(l.Snapshot(t0).Day(DayRetention)), fmt.Sprintf("proxy unknown granted @%d 1", first),
		fmt.Sprintf("proxy widevine 4025 @%d 3", first-2), fmt.Sprintf("proxy widevine 4025 @%d 2", first-1), fmt.Sprintf("proxy widevine 4025 @%d 2", first))
}

// Four sources with every Widevine code in every minute of two days: the
// most that they can hold.
func BenchmarkDay(b *testing.B) {
	l := newLedger(b, "a", "b", "c", "d")
	var now time.Time
	for i := range minutesKept {
		now = t0.Add(time.Duration(i) * time.Minute)
		var events []parser.Event
		for _, e := range l.layout.listed {
			if e.entry.DRM == codes.Widevine {
				events = append(events, event(e.entry.Code, now))
			}
		}
		for _, s := range []string{"a", "b", "c", "d"} {
			commit(l, s, now, events...)
		}
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			n := uint64(0)
			l.Snapshot(now).Day(DayRetention).Codes(func(_ string, _ codes.Entry, _ int, k uint64) { n += k })
			if n != 4*97*uint64(minutesKept) {
				b.Fatal(n)
			}
		}
	})
	b.Run("checkpoint", func(b *testing.B) {
		size := 0
		for b.Loop() {
			commit(l, "a", now, event(4025, now))
			text, err := json.Marshal(l.State())
			if err != nil {
				b.Fatal(err)
			}
			size = len(text)
		}
		b.ReportMetric(float64(size), "bytes")
	})
}
