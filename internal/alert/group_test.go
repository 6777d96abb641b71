package alert

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// tenants is a ledger of one code that counts for many tenants, and how often
// its windows are read.
type tenants struct {
	*log
	counts map[string]uint64
	reads  int
}

func (l *tenants) Each(_ time.Duration, by string, f func(string, codes.Entry, string, uint64, uint64)) {
	l.reads++
	for value, n := range l.counts {
		if by != "tenant" {
			value = ""
		}
		f("proxy", l.cat.Resolve(codes.Widevine, 6007), value, n, n)
	}
}

func byTenant(name string, w When) RuleConfig {
	return RuleConfig{Name: name, Match: Match{Categories: []string{"key-manager"}}, When: w, By: []string{"tenant"}}
}

func manyTenants(t *testing.T, n int, each uint64) *tenants {
	l := &tenants{log: &log{cat: catalogue(t)}, counts: make(map[string]uint64)}
	for i := range n {
		l.counts[fmt.Sprint("tenant ", i)] = each
	}
	return l
}

// A window is read once in an evaluation, for all groups of all rules.
func TestWindowsAreReadOnce(t *testing.T) {
	l := manyTenants(t, MaxGroups, 1)
	var rules []RuleConfig
	for i := range 16 {
		rules = append(rules, byTenant(fmt.Sprint("Rule", i), When{PerMinute: 6, Over: min1}))
	}
	e := newEngine(t, l.cat, rules...)
	e.Evaluate(noon, l)
	if n := len(e.States()); l.reads != 1 || n != 16*MaxGroups {
		t.Errorf("%d states by %d reads of the window", n, l.reads)
	}
}

func TestGroupsAreCapped(t *testing.T) {
	fast, learning := When{PerMinute: 6, Over: min1}, When{Spike: &Spike{Sensitivity: "page", Usual: "1/min"}}
	for _, test := range []struct {
		name  string
		when  When
		quiet uint64        // incidents of each of the first tenants
		after time.Duration // they are quiet, before
		fresh uint64        // incidents of one more tenant
		place bool          // it gets one
	}{
		{"one more, all others busy", fast, 3, 0, 3, false},
		{"one more with more, all others busy", fast, 3, 0, 4, true},
		{"all others quiet", fast, 0, 2 * time.Minute, 1, true},
		{"one incident takes nothing that was learnt", learning, 0, 2 * time.Minute, 1, false},
		{"a failure does", learning, 0, 2 * time.Minute, 6, true},
		{"clearly more than all others", learning, 3, 0, 9, true},
		{"hardly more than all others", learning, 3, 0, 8, false},
		{"one incident, all others quiet for long", learning, 0, 2 * time.Hour, 1, true},
		{"all others fire", fast, 6, 0, 1000, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := manyTenants(t, MaxGroups, max(test.quiet, 1))
			var out bytes.Buffer
			e, err := New([]RuleConfig{byTenant("Rule", test.when)}, l.cat, Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
			if err != nil {
				t.Fatal(err)
			}
			now := noon
			for range 3 {
				e.Evaluate(now, l)
				now = now.Add(time.Second)
			}
			if test.quiet == 0 {
				clear(l.counts)
			}
			now = now.Add(test.after)
			l.counts["fresh"] = test.fresh
			for range 3 {
				e.Evaluate(now, l)
				now = now.Add(time.Second)
			}
			_, place := e.set.rules[0].groups["fresh"]
			if n := len(e.States()); place != test.place || n != MaxGroups {
				t.Fatalf("has a place: %v, want %v; %d groups", place, test.place, n)
			}
			logged := strings.Count(out.String(), "unwatched=1")
			want, times := []Unwatched{{"Rule", "tenant", MaxGroups, 1}}, 1
			if test.quiet == 0 && place {
				want, times = nil, 0
			}
			if got := e.Unwatched(); !slices.Equal(got, want) || logged != times {
				t.Errorf("unwatched %+v, logged %d times", got, logged)
			}
		})
	}
}

// A group that fires keeps its place while others come, and its alert ends.
func TestFiringGroupKeepsItsPlace(t *testing.T) {
	l := manyTenants(t, 0, 0)
	l.counts["ill"] = 100
	e := newEngine(t, l.cat, byTenant("Rule", When{PerMinute: 6, Over: min1}))
	e.Evaluate(noon, l)
	for i := range 3 * MaxGroups {
		l.counts = map[string]uint64{"ill": 100, fmt.Sprint("tenant ", i): 7}
		e.Evaluate(noon.Add(time.Duration(i)*time.Second), l)
	}
	if got := e.set.rules[0].groups["ill"]; got == nil || got.status.State != Firing {
		t.Fatalf("lost its place: %+v", got)
	}
	delete(l.counts, "ill")
	ended := false
	for _, c := range e.Evaluate(noon.Add(time.Hour), l) {
		ended = ended || c.Group == "ill" && c.To == Inactive
	}
	if !ended {
		t.Error("the alert does not end")
	}
}
