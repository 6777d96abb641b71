package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// filled returns a ledger with something of every kind in it.
func filled(t testing.TB) *Ledger {
	l := tenantLedger(t, 4, "proxy", "player")
	tenant := func(e parser.Event, name string) parser.Event { e.Tenant = []byte(name); return e }
	r := &parser.Result{
		Lines: 9, Records: 8,
		Events: []parser.Event{
			event(4025, t0), event(4025, t0.Add(-10*time.Minute)), event(6007, t0.Add(30*time.Second)),
			tenant(event(4025, t0), "alpha"), tenant(event(4400, t0), "beta"), tenant(event(4025, t0), "gamma"),
			event(4025, t0.Add(-30*time.Hour)), event(4025, t0.Add(time.Hour)),
			{DRM: codes.Unknown, Code: 4025},
		},
		Requests: []parser.Request{
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
			{Time: t0.UnixNano(), DRM: codes.PlayReady, Outcome: parser.Gateway},
		},
	}
	r.Vetoed[parser.Attached] = 5
	l.Commit("proxy", t0, r, tailer.Position{ID: 5, Source: "proxy", Name: "/p", Device: 1, Inode: 2, Offset: 1 << 40, Head: 1<<64 - 1, HeadLen: 1024, Guard: 7, GuardLen: 512})
	commit(l, "player", t0, event(4020, t0))
	var overflow []parser.Event
	for code := 9000; code < 9120; code++ {
		overflow = append(overflow, parser.Event{DRM: codes.TVKey, Code: code})
	}
	commit(l, "player", t0, overflow...)
	return l
}

// throughJSON does to a state what a checkpoint does.
func throughJSON(t testing.TB, st State) State {
	t.Helper()
	text, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	var back State
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestRestoreBringsEverythingBack(t *testing.T) {
	was := filled(t)
	st := throughJSON(t, was.State())
	is := tenantLedger(t, 4, "proxy", "player")
	is.Commit("proxy", time.Time{}, nil, tailer.Position{Source: "proxy", Inode: 99}) // replaced
	is.Restore(st)
	if at := throughJSON(t, is.State()); !reflect.DeepEqual(at, st) {
		t.Errorf("state before anything happened:\n%+v\nwant:\n%+v", at, st)
	}

	before, after := was.Snapshot(t0), is.Snapshot(t0)
	same(t, "totals", totals(after), totals(before))
	for _, over := range []time.Duration{Step, time.Minute, 15 * time.Minute, time.Hour} {
		same(t, over.String(), recent(after, over), recent(before, over))
	}
	if a, b := after.Sources(), before.Sources(); !reflect.DeepEqual(a, b) {
		t.Errorf("sources %+v, want %+v", a, b)
	}
	if after.codeOverflow != before.codeOverflow || after.labelOverflow[0] != before.labelOverflow[0] || after.codeOverflow == 0 || after.labelOverflow[0] == 0 {
		t.Errorf("overflow %d, %d, want %d, %d", after.codeOverflow, after.labelOverflow[0], before.codeOverflow, before.labelOverflow[0])
	}
	again := throughJSON(t, is.State())
	if !reflect.DeepEqual(again, st) {
		t.Errorf("state after a restart:\n%+v\nwant:\n%+v", again, st)
	}

	// And it goes on from there, in the windows too.
	later := t0.Add(20 * time.Second)
	commit(is, "proxy", later, event(4025, t0), event(4025, later))
	commit(was, "proxy", later, event(4025, t0), event(4025, later))
	same(t, "totals later", totals(is.Snapshot(later)), totals(was.Snapshot(later)))
	same(t, "windows later", recent(is.Snapshot(later), time.Minute), recent(was.Snapshot(later), time.Minute))
}

// Positions of an old version have no ID.
func TestRestoreGivesPositionsAnID(t *testing.T) {
	l := newLedger(t, "a")
	l.Restore(State{Positions: []tailer.Position{{Source: "a", Inode: 1}, {Source: "a", Inode: 2}, {ID: 7, Source: "a", Inode: 3}}})
	ids := map[tailer.ID]uint64{}
	for _, p := range l.Positions() {
		ids[p.ID] = p.Inode
	}
	if len(ids) != 3 || ids[0] != 0 || ids[7] != 3 {
		t.Errorf("inodes by ID: %v", ids)
	}
}

func TestStateDropsStepsPastTheRetention(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4025, t0))
	later := t0.Add(Retention + Step)
	commit(l, "proxy", later, event(6007, later))
	for _, c := range l.State().Sources[0].Codes {
		if kept := len(c.Steps) > 0; kept != (c.Code == 6007) {
			t.Errorf("%d: steps %v", c.Code, c.Steps)
		}
	}
}

func TestRestoreUnderAnotherConfiguration(t *testing.T) {
	st := filled(t).State()

	t.Run("tenants no longer told apart", func(t *testing.T) {
		l := newLedger(t, "proxy")
		l.Restore(st)
		same(t, "totals", totals(l.Snapshot(t0)),
			"proxy unknown 4025 1/1", "proxy widevine 4025 6/6", "proxy widevine 4400 1/1", "proxy widevine 6007 1/1")
		same(t, "last minute", recent(l.Snapshot(t0), time.Minute),
			"proxy unknown 4025 1/1", "proxy widevine 4025 4/4", "proxy widevine 4400 1/1")
	})
	t.Run("fewer tenants", func(t *testing.T) {
		l := tenantLedger(t, 1, "proxy")
		l.Restore(st)
		same(t, "totals", totals(l.Snapshot(t0)),
			"proxy unknown 4025 1/1", "proxy widevine 4025 4/4", "proxy widevine 4025 alpha 1/1", "proxy widevine 4025 other 1/1",
			"proxy widevine 4400 other 1/1", "proxy widevine 6007 1/1")
	})
	t.Run("a code is listed now", func(t *testing.T) {
		overlay := filepath.Join(t.TempDir(), "codes.yaml")
		text := "codes:\n  - {drm: widevine, code: 4400, description: Old CDM., category: request}\n"
		if err := os.WriteFile(overlay, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cat, err := codes.Load(codes.Config{Overlay: overlay})
		if err != nil {
			t.Fatal(err)
		}
		l := New(Default(), cat, []string{"proxy"})
		l.Restore(st)
		found := false
		l.Snapshot(t0).Totals(func(total Total) {
			if total.Entry.Code == 4400 && total.Entry.DRM == codes.Widevine {
				found = total.Entry.Listed && total.Occurrences == 1 && total.Entry.Description == "Old CDM."
			}
		})
		if !found {
			t.Error("4400 did not find its count")
		}
	})
}

// A source that is taken out of the configuration and put back neither loses
// its counts nor its positions.
func TestSourceComesBack(t *testing.T) {
	was := filled(t)
	want := totals(was.Snapshot(t0))

	without := tenantLedger(t, 4, "player")
	without.Restore(throughJSON(t, was.State()))
	for _, s := range without.Snapshot(t0).Sources() {
		if s.Name == "proxy" {
			t.Error("a source that is not configured is shown")
		}
	}
	if n := len(without.Positions()); n != 1 {
		t.Errorf("%d positions, want 1", n)
	}
	back := tenantLedger(t, 4, "proxy", "player")
	back.Restore(throughJSON(t, without.State()))
	same(t, "totals", totals(back.Snapshot(t0)), want)
}

func TestReconfigureLosesNothing(t *testing.T) {
	l := filled(t)
	want := totals(l.Snapshot(t0))
	cfg := l.layout.config
	cfg.Windows = []time.Duration{time.Hour}
	l.Reconfigure(cfg, catalogue(t), []string{"new"})
	same(t, "totals of a new source", totals(l.Snapshot(t0)), "")
	commit(l, "proxy", t0, event(4025, t0)) // its last batch was under way
	l.Reconfigure(cfg, catalogue(t), []string{"proxy", "player"})
	if n := len(l.Positions()); n != 1 {
		t.Errorf("%d positions, want 1", n)
	}
	got := l.Snapshot(t0)
	if n := got.Sources()[0].Lines; n != 10 {
		t.Errorf("%d lines, want 10", n)
	}
	if totals(got) == want {
		t.Error("the last batch is missing")
	}
}

// What a checkpoint holds is not trusted to make sense.
func TestRestoreSurvivesNonsense(t *testing.T) {
	l := tenantLedger(t, 1, "proxy")
	l.Restore(State{Sources: []SourceState{
		{Name: "", Vetoed: map[string]uint64{"?": 1}, Codes: []CodeState{{DRM: "?", Code: -5, Tenant: "\xff", Labels: map[string]string{"?": "\xff"}, Occurrences: 1}}},
		{Name: "proxy", Codes: []CodeState{
			{DRM: "widevine", Code: 1 << 40, Occurrences: 1, Steps: Steps{5, -1, -1, -9, 1 << 40, 1, 3}},
			{DRM: "widevine", Code: 4025, Occurrences: 1, Steps: Steps{1}},
			{DRM: "widevine", Code: 4025, Occurrences: 1},
		}, Requests: []RequestState{{DRM: "?", Outcome: "?"}, {DRM: "tvkey", Outcome: "granted", Count: 1}}},
		{Name: "proxy"},
	}})
	commit(l, "proxy", t0, event(4025, t0))
	same(t, "totals", totals(l.Snapshot(t0)), "proxy widevine 0 1/0", "proxy widevine 4025 3/1")
	throughJSON(t, l.State())
}
