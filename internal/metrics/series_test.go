package metrics

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

func TestSeriesSaysWhenEachThingHappened(t *testing.T) {
	l := newLedger(t, "proxy", "player")
	commit(l, "proxy", t0, event(4025, t0.Add(-Retention)), event(4025, t0.Add(-10*time.Minute)), event(4025, t0), event(4025, t0))
	commit(l, "player", t0, event(6007, t0.Add(-Step)))
	l.Commit("proxy", t0, &parser.Result{Requests: []parser.Request{
		{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
		{Time: t0.Add(-Step).UnixNano(), DRM: codes.Widevine, Outcome: parser.Refused},
	}}, tailer.Position{})

	for _, tt := range []struct {
		over            time.Duration
		start           time.Time
		steps           int
		codes, requests []string
	}{
		{time.Minute, t0.Add(-50 * time.Second), 6,
			[]string{"player 6007 at 4: 1", "proxy 4025 at 5: 2"},
			[]string{"proxy granted at 5: 1", "proxy refused at 4: 1"}},
		{2 * Retention, t0.Add(-Retention + Step), 360, // no more than is kept
			[]string{"player 6007 at 358: 1", "proxy 4025 at 299: 1", "proxy 4025 at 359: 2"},
			[]string{"proxy granted at 359: 1", "proxy refused at 358: 1"}},
	} {
		s := l.Snapshot(t0.Add(3 * time.Second)).Series(tt.over)
		if !s.Start.Equal(tt.start) || s.Len != tt.steps {
			t.Errorf("last %s: %d steps from %s, want %d from %s", tt.over, s.Len, s.Start, tt.steps, tt.start)
		}
		var gotCodes, gotRequests []string
		s.Codes(func(source string, e codes.Entry, _ string, at int, occurrences, _ uint64) {
			gotCodes = append(gotCodes, fmt.Sprintf("%s %d at %d: %d", source, e.Code, at, occurrences))
		})
		s.Requests(func(source string, _ codes.DRM, o parser.Outcome, at int, n uint64) {
			gotRequests = append(gotRequests, fmt.Sprintf("%s %s at %d: %d", source, o, at, n))
		})
		slices.Sort(gotCodes)
		slices.Sort(gotRequests)
		if !slices.Equal(gotCodes, tt.codes) || !slices.Equal(gotRequests, tt.requests) {
			t.Errorf("last %s: %q and %q, want %q and %q", tt.over, gotCodes, gotRequests, tt.codes, tt.requests)
		}
	}
}

// A series is of its snapshot: what is counted later is not in it.
func TestSeriesStaysAsItWas(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4025, t0))
	s := l.Snapshot(t0).Series(time.Minute)
	commit(l, "proxy", t0, event(4025, t0), event(4025, t0))
	var n uint64
	s.Codes(func(_ string, _ codes.Entry, _ string, _ int, occurrences, _ uint64) { n += occurrences })
	if n != 1 {
		t.Errorf("%d occurrences, want 1", n)
	}
}

func TestSeriesOfNothing(t *testing.T) {
	s := Snapshot{Now: t0}.Series(Retention)
	s.Codes(func(string, codes.Entry, string, int, uint64, uint64) { t.Error("a code") })
	if s.Len != 360 {
		t.Errorf("%d steps", s.Len)
	}
}
