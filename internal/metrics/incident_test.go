package metrics

import (
	"fmt"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

func TestIncidentsJoinByID(t *testing.T) {
	const s = time.Second
	type seen struct {
		after  time.Duration
		id     string
		drm    codes.DRM
		code   int
		source string
	}
	wv := codes.Widevine
	for _, tt := range []struct {
		name   string
		events []seen
		want   int
	}{
		{"without an id each is one", []seen{{0, "", wv, 4025, "a"}, {0, "", wv, 4025, "a"}}, 2},
		{"a retry", []seen{{0, "x", wv, 4025, "a"}, {10 * s, "x", wv, 4025, "a"}}, 1},
		{"long after", []seen{{0, "x", wv, 4025, "a"}, {10*s + 1, "x", wv, 4025, "a"}}, 2},
		{"retries for a minute", []seen{{0, "x", wv, 4025, "a"}, {9 * s, "x", wv, 4025, "a"}, {18 * s, "x", wv, 4025, "a"}, {27 * s, "x", wv, 4025, "a"}}, 1},
		{"late", []seen{{20 * s, "x", wv, 4025, "a"}, {12 * s, "x", wv, 4025, "a"}, {3 * s, "x", wv, 4025, "a"}}, 1},
		{"two times at once", []seen{{0, "x", wv, 4025, "a"}, {100 * s, "x", wv, 4025, "a"}, {1 * s, "x", wv, 4025, "a"}, {101 * s, "x", wv, 4025, "a"}}, 2},
		{"another id", []seen{{0, "x", wv, 4025, "a"}, {0, "y", wv, 4025, "a"}}, 2},
		{"another code", []seen{{0, "x", wv, 4025, "a"}, {0, "x", wv, 4006, "a"}}, 2},
		{"another server", []seen{{0, "x", wv, 4025, "a"}, {0, "x", codes.PlayReady, 4025, "a"}}, 2},
		{"proxy and player", []seen{{0, "x", wv, 4025, "a"}, {1 * s, "x", wv, 4025, "b"}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(t, "a", "b")
			for _, e := range tt.events {
				commit(l, e.source, t0.Add(time.Hour), parser.Event{
					Time: t0.Add(e.after).UnixNano(), DRM: e.drm, Code: e.code, CorrelationID: []byte(e.id),
				})
			}
			var occurrences, incidents uint64
			l.Snapshot(t0).Totals(func(t Total) { occurrences += t.Occurrences; incidents += t.Incidents })
			if occurrences != uint64(len(tt.events)) || incidents != uint64(tt.want) {
				t.Errorf("%d occurrences, %d incidents, want %d, %d", occurrences, incidents, len(tt.events), tt.want)
			}
		})
	}
}

func TestIncidentsForgetTheOldest(t *testing.T) {
	s := newIncidents()
	const live = incidentBuckets * incidentWays / 4
	id := func(i int) []byte { return fmt.Appendf(nil, "play-%d", i) }
	now := t0.UnixNano()
	begins := func(i int, t int64) bool {
		s.fetch([]parser.Event{{DRM: codes.Widevine, Code: 4025, CorrelationID: id(i)}})
		return s.begins(0, t)
	}
	for i := range 4 * incidentBuckets * incidentWays { // far more than fit, all long ago
		begins(i, now-int64(time.Hour))
	}
	for i := range live {
		if !begins(i, now) {
			t.Fatalf("id %d joined what happened an hour before", i)
		}
	}
	forgotten := 0
	for i := range live {
		if begins(i, now+int64(time.Second)) {
			forgotten++
		}
	}
	if forgotten > live/100 {
		t.Errorf("%d of %d ids forgotten while older ones could give way", forgotten, live)
	}
}
