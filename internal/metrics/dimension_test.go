package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// tenants counts an event of each tenant, at and read at a time.
func tenants(l *Ledger, at time.Time, names ...string) {
	for _, name := range names {
		r := labelled("", name)
		r.Events[0].Time = at.UnixNano()
		l.Commit("proxy", at, r, tailer.Position{})
	}
}

func numbered(prefix string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(prefix, i))
	}
	return names
}

// byTenant returns the counts of each tenant, and their sum.
func byTenant(l *Ledger, at time.Time) (counts map[string]uint64, sum uint64) {
	counts = make(map[string]uint64)
	l.Snapshot(at).Totals(func(t Total) {
		value := ""
		if len(t.Labels) > 0 {
			value = t.Labels[0]
		}
		if t.Occurrences > 0 {
			counts[value] += t.Occurrences
		}
		sum += t.Occurrences
	})
	return counts, sum
}

// A hundred invented tenants, one refused request each, leave half of the slots to
// those that come back.
func TestInventedValuesTakeHalfOfTheSlots(t *testing.T) {
	l := tenantLedger(t, 100, "proxy")
	tenants(l, t0, numbered("bogus", 1000)...)
	counts, sum := byTenant(l, t0)
	if len(counts) != 51 || counts[Other] != 950 || sum != 1000 {
		t.Errorf("%d tenants, %d other of %d", len(counts), counts[Other], sum)
	}
	for i := range 5 { // fifty real ones fail for a minute, invented ones in between
		at := t0.Add(time.Duration(i) * 15 * time.Second)
		tenants(l, at, numbered("T", 50)...)
		tenants(l, at, numbered(fmt.Sprint("fake", i, "x"), 300)...)
	}
	counts, sum = byTenant(l, t0)
	for _, name := range numbered("T", 50) {
		if counts[name] < 2 {
			t.Errorf("%s: %d by name", name, counts[name])
		}
	}
	if sum != 1000+5*350 {
		t.Errorf("%d in all", sum)
	}
}

// A real tenant that fails in a burst gets a slot within the burst, whatever was
// invented before.
func TestBurstEarnsASlot(t *testing.T) {
	l := tenantLedger(t, 100, "proxy")
	tenants(l, t0, numbered("bogus", 100)...)
	for range 20 {
		tenants(l, t0, "T1", "T2", "T3")
	}
	counts, sum := byTenant(l, t0)
	if counts["T1"] != 18 || counts["T3"] != 18 || sum != 160 {
		t.Errorf("T1 %d, T3 %d of %d", counts["T1"], counts["T3"], sum)
	}
}

// Where all slots are taken, the tenant that starts to fail is other: its events are
// in the windows of a label that rules look at.
func TestOneTenantTooMany(t *testing.T) {
	l := tenantLedger(t, 100, "proxy")
	for i := range 4 {
		tenants(l, t0.Add(time.Duration(i)*20*time.Second), numbered("T", 100)...)
	}
	at := t0.Add(2 * time.Minute)
	for range 20 {
		tenants(l, at, "late")
	}
	var n uint64
	l.Snapshot(at).Each(time.Minute, labelTenant, func(_ string, _ codes.Entry, value string, occurrences, _ uint64) {
		if value == Other {
			n += occurrences
		}
	})
	if n != 20 {
		t.Errorf("%d events of other in the window, want 20", n)
	}
	if s := l.Snapshot(at); s.labelOverflow[0] < 20 {
		t.Errorf("overflow %d", s.labelOverflow[0])
	}
}

func TestPrivateValuesAreOther(t *testing.T) {
	l := tenantLedger(t, 100, "proxy")
	tenants(l, t0, "192.0.2.77", "4111111111111111", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "zeynep@example.com", "2001:db8::1", "T1")
	counts, _ := byTenant(l, t0)
	if len(counts) != 2 || counts["T1"] != 1 || counts[Other] != 6 {
		t.Errorf("%v", counts)
	}
}

// Slots of values that were not seen for days go to those that wait; no count is
// lost, also over a restart.
func TestSlotsAreGivenBack(t *testing.T) {
	l := labelLedger(t, []string{"tenant", "app"}, 10, "proxy")
	commit := func(at time.Time, rows ...string) {
		r := labelled("app", rows...)
		for i := range r.Events {
			r.Events[i].Time = at.UnixNano()
		}
		l.Commit("proxy", at, r, tailer.Position{})
	}
	commit(t0, "gone0 1", "gone1 1", "gone2 1")
	commit(t0.Add(time.Hour), "gone3 2", "gone4 2", "gone4 2")
	day := t0.Add(2 * 24 * time.Hour)
	commit(day, "gone0 1") // seen lately: stays
	later := t0.Add(4 * 24 * time.Hour)
	for i := range 6 {
		commit(later.Add(time.Duration(i)*2*time.Minute), "new0 1", "new1 1", "new2 3")
		if i == 2 { // a restart in between
			after := labelLedger(t, []string{"tenant", "app"}, 10, "proxy")
			after.Restore(throughJSON(t, l.State()))
			l = after
		}
	}
	counts, sum := byTenant(l, later)
	if sum != 7+18 {
		t.Errorf("%d in all, want 25: %v", sum, counts)
	}
	for _, name := range []string{"gone0", "new0", "new1", "new2"} {
		if counts[name] == 0 {
			t.Errorf("%s has no slot: %v", name, counts)
		}
	}
	if counts["gone1"]+counts["gone2"] > 0 { // those that were needed, the longest unseen first
		t.Errorf("slots are kept: %v", counts)
	}
	if again := throughJSON(t, l.State()); len(again.Sources) != 1 {
		t.Fatalf("%d sources", len(again.Sources))
	}
	after := labelLedger(t, []string{"tenant", "app"}, 10, "proxy")
	after.Restore(throughJSON(t, l.State()))
	same(t, "after a restart", totals(after.Snapshot(later)), totals(l.Snapshot(later)))
}

// What a scraper saw of other does not go back when counts are moved there, and a
// series that is made for it appears with its count.
func TestCountersDoNotGoBackWhenSlotsAreGivenBack(t *testing.T) {
	l := tenantLedger(t, 4, "proxy")
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	last := map[string]float64{}
	at := t0
	look := func() {
		t.Helper()
		for _, f := range gather(t, c) {
			if f.GetName() != "drm_extras_total" {
				continue
			}
			seen := map[string]float64{}
			for _, m := range f.Metric {
				key := fmt.Sprint(m.Label)
				seen[key] = m.Counter.GetValue()
				if seen[key] < last[key] {
					t.Errorf("%s went from %v to %v", key, last[key], seen[key])
				}
			}
			last = seen
		}
	}
	for i := range 40 {
		at = t0.Add(time.Duration(i) * 6 * time.Hour)
		for j := range 4 {
			tenants(l, at.Add(time.Duration(j)*time.Minute), fmt.Sprint("a", i/16), fmt.Sprint("b", i/20), fmt.Sprint("c", i/24))
			look()
			look()
		}
	}
	if counts, sum := byTenant(l, at); sum != 40*4*3 || counts[Other] == 0 {
		t.Errorf("%d in all: %v", sum, counts)
	}
}

func TestConfiguredValues(t *testing.T) {
	cfg := Default()
	cfg.Labels, cfg.LabelValues = []string{"tenant"}, []LabelValues{{"tenant", []string{"T1", "192.0.2.77"}}}
	l := New(cfg, catalogue(t), []string{"proxy"})
	tenants(l, t0, "T1", "T2", "T2", "192.0.2.77")
	for range 2 {
		counts, _ := byTenant(l, t0)
		if fmt.Sprint(counts) != "map[192.0.2.77:1 T1:1 other:2]" {
			t.Errorf("%v", counts)
		}
		st := throughJSON(t, l.State())
		l = New(cfg, catalogue(t), []string{"proxy"})
		l.Restore(st)
	}
}

// Names of pods have hashes in them, as tokens do: a label that is taken from paths
// keeps them, also over a restart, and no other label does.
func TestValuesFromPaths(t *testing.T) {
	const pod = "proxy-5bf87f5f59-x2k4p"
	cfg := Default()
	cfg.Labels, cfg.PathLabels = []string{"pod", "os"}, []string{"pod"}
	l := New(cfg, catalogue(t), []string{"proxy"})
	l.Commit("proxy", t0, labelled("pod os", "- "+pod+" "+pod, "- "+strings.Repeat("x", 129)+" tvos"), tailer.Position{})
	for range 2 {
		counts := map[string]uint64{}
		l.Snapshot(t0).Totals(func(c Total) {
			if c.Occurrences > 0 {
				counts[strings.Join(c.Labels, ",")] = c.Occurrences
			}
		})
		if fmt.Sprint(counts) != "map[other,tvos:1 "+pod+",other:1]" {
			t.Errorf("%v", counts)
		}
		st := throughJSON(t, l.State())
		l = New(cfg, catalogue(t), []string{"proxy"})
		l.Restore(st)
	}
}

// However many combinations of codes and values there are, the series are bounded.
func TestCellsAreBounded(t *testing.T) {
	l := labelLedger(t, []string{"a", "b"}, 1000, "x")
	var rows []string
	for i := range 400 {
		for j := range 40 {
			rows = append(rows, fmt.Sprintf("- a%d b%d", i, j))
		}
	}
	r := labelled("a b", rows...)
	total := uint64(0)
	for code := range 10 {
		for i := range r.Events {
			r.Events[i].Code = 4001 + code
		}
		l.Commit("x", t0, r, tailer.Position{})
		total += uint64(len(rows))
	}
	cells := 0
	for _, s := range l.layout.sources {
		cells += len(s.late)
	}
	if cells < maxSeries || cells > maxSeries+20 {
		t.Errorf("%d cells, want %d and those of other", cells, maxSeries)
	}
	if _, sum := byTenant(l, t0); sum != total {
		t.Errorf("%d in all, want %d", sum, total)
	}
}

// Invented values cost the path of a line no allocation.
func TestInventedValuesAllocateNothing(t *testing.T) {
	l := tenantLedger(t, 10, "proxy")
	tenants(l, t0, numbered("T", 10)...)
	var at columns
	at[0] = asTenant
	e := &parser.Event{Time: t0.UnixNano()}
	names := [][]byte{[]byte("192.0.2.77"), []byte(strings.Repeat("x", 200)), []byte("bogus-1"), []byte("bogus-2")}
	n := 0
	allocs := testing.AllocsPerRun(1000, func() {
		e.Tenant = names[n%len(names)]
		n++
		l.layout.labels.of(e, &at, t0.UnixNano())
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
