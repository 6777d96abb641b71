package metrics

import (
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
)

func TestSteadyStateIsBounded(t *testing.T) {
	l := newLedger(t, "proxy")
	for i := range 5000 {
		now := t0.Add(time.Duration(i) * 10 * time.Second)
		commit(l, "proxy", now, event(4025, now))
	}
	h := &l.layout.sources["proxy"].series.at(l.layout.cat.Index(codes.Widevine, 4025)).history
	if len(h.steps) > int(stepsKept) || cap(h.steps) > 2*int(stepsKept) {
		t.Errorf("%d steps kept in %d places, want at most %d", len(h.steps), cap(h.steps), stepsKept)
	}
	// The clock goes back by a day: what is ahead of it now must not come back.
	back := t0.Add(-24 * time.Hour)
	commit(l, "proxy", back, event(4025, back))
	same(t, "after the clock was set back", recent(l.Snapshot(back), time.Hour), "proxy widevine 4025 1/1")
	if len(h.steps) != 1 {
		t.Errorf("%d steps left, want 1", len(h.steps))
	}
}

func TestUnlistedCodesAreBounded(t *testing.T) {
	l := newLedger(t, "proxy", "player")
	var events []parser.Event
	for code := 9000; code < 9150; code++ {
		events = append(events, event(code, t0), parser.Event{DRM: codes.TVKey, Code: code})
	}
	commit(l, "proxy", t0, events...)
	commit(l, "proxy", t0, events...)
	commit(l, "player", t0, event(9149, t0))

	s := l.Snapshot(t0)
	byNumber, other := map[codes.DRM]int{}, map[codes.DRM]uint64{}
	s.Totals(func(total Total) {
		switch {
		case total.Source == "player" && total.Occurrences > 0:
			if total.Entry.Code != 9149 {
				t.Errorf("another source's limit met %d", total.Entry.Code)
			}
		case total.Entry.Listed:
		case total.Entry.Code == otherCode:
			other[total.Entry.DRM] = total.Occurrences
		default:
			byNumber[total.Entry.DRM]++
			if total.Occurrences != 2 {
				t.Errorf("%d: %d occurrences, want 2", total.Entry.Code, total.Occurrences)
			}
		}
	})
	for _, d := range []codes.DRM{codes.Widevine, codes.TVKey} {
		if byNumber[d] != maxUnlisted || other[d] != 100 {
			t.Errorf("%s: %d by number and %d others, want %d and 100", d, byNumber[d], other[d], maxUnlisted)
		}
	}
	if s.codeOverflow != 200 {
		t.Errorf("overflow %d, want 200", s.codeOverflow)
	}
}

func TestTenantsAreBounded(t *testing.T) {
	l := tenantLedger(t, 4, "proxy")
	for _, tenant := range []string{"alpha", "beta", "gamma", "alpha", "other", "", "\xff\xfe", strings.Repeat("x", parser.MaxLabelValue+1)} {
		e := event(4025, t0)
		e.Tenant = []byte(tenant)
		commit(l, "proxy", t0, e)
	}
	s := l.Snapshot(t0)
	same(t, "totals", totals(s), "proxy widevine 4025 1/1", "proxy widevine 4025 alpha 2/2", "proxy widevine 4025 beta 1/1", "proxy widevine 4025 other 4/4")
	if s.labelOverflow[0] != 3 { // "other" itself fits
		t.Errorf("overflow %d, want 3", s.labelOverflow[0])
	}

	l = newLedger(t, "proxy")
	e := event(4025, t0)
	e.Tenant = []byte("alpha")
	commit(l, "proxy", t0, e)
	same(t, "without the label", totals(l.Snapshot(t0)), "proxy widevine 4025 1/1")
}

func TestTenantTextIsUTF8(t *testing.T) {
	l := tenantLedger(t, 10, "proxy")
	e := event(4025, t0)
	e.Tenant = []byte("a\xffb")
	commit(l, "proxy", t0, e, e)
	same(t, "totals", totals(l.Snapshot(t0)), "proxy widevine 4025 a\uFFFDb 2/2")
}
