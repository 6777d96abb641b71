package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/series"
	"wvwatch/internal/tailer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// gather scrapes collectors through a pedantic registry.
func gather(t testing.TB, c prometheus.Collector) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func exposition(t testing.TB, families []*dto.MetricFamily) string {
	t.Helper()
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// lines returns those of an exposition that hold all of what.
func lines(t testing.TB, c prometheus.Collector, what ...string) string {
	t.Helper()
	var found []string
	for line := range strings.Lines(exposition(t, gather(t, c))) {
		holds := !strings.HasPrefix(line, "#")
		for _, w := range what {
			holds = holds && strings.Contains(line, w)
		}
		if holds {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return strings.Join(found, "\n")
}

func clock(t time.Time) func() time.Time { return func() time.Time { return t } }

// withFiles returns the scrapes of l, with the figures of stats.
func withFiles(l *Ledger) func(time.Time) Scrape {
	return func(now time.Time) Scrape {
		p := l.Publish(now)
		l.Shown(p)
		return Scrape{Snapshot: p.Snapshot, Files: stats()}
	}
}

func stats() tailer.Stats {
	return tailer.Stats{"proxy": {
		Files: 3, LagBytes: 4096, CatchingUp: true,
		Counts:        tailer.Counts{Rotations: 2, Truncations: 1, LostBytes: 512, LostFiles: 6, OverlongLines: 4, OpenErrors: 5},
		LastReadNanos: t0.UnixNano() + int64(500*time.Millisecond),
	}}
}

func TestExposition(t *testing.T) {
	l := filled(t)
	c := NewCollector(l, CollectorOptions{Now: clock(t0.Add(time.Second)), Scrape: withFiles(l)})
	gather(t, c) // late series are shown as 0 at first
	families := gather(t, c)
	text := exposition(t, families)

	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("promlint: %s: %s", p.Metric, p.Text)
	}

	const golden = "testdata/exposition.txt"
	got := squeeze(text)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the exposition is not %s (go test -update writes it anew):\n%s", golden, got)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			made := m.GetCounter().GetCreatedTimestamp()
			if strings.HasPrefix(f.GetName(), "drm_") && m.Counter != nil && !made.AsTime().Equal(t0) {
				t.Fatalf("%s %v: created at %s, want %s", f.GetName(), m.Label, made.AsTime(), t0)
			}
		}
	}
}

// squeeze leaves out the series of catalogue codes on which nothing happened:
// there are hundreds of them, and TestAllCodesFromTheFirstScrape counts them.
func squeeze(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "drm_") && strings.HasSuffix(line, " 0\n") && !strings.HasPrefix(line, "drm_licence_") {
			continue
		}
		if strings.HasPrefix(line, "drm_code_info") && !strings.Contains(line, `"4025"`) && !strings.Contains(line, `"other"`) {
			continue
		}
		if strings.Contains(line, `drm="tvkey"`) && strings.Contains(line, `code="90`) && !strings.Contains(line, `code="9001"`) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestAllCodesFromTheFirstScrape(t *testing.T) {
	cat := catalogue(t)
	cfg := Default()
	cfg.AllCodes = true
	text := exposition(t, gather(t, NewCollector(New(cfg, cat, []string{"a", "b"}), CollectorOptions{Now: clock(t0)})))
	for prefix, want := range map[string]int{
		"drm_extras_total{":           2 * cat.Len(),
		"drm_incidents_total{":        2 * cat.Len(),
		"drm_extras_per_second{":      2 * cat.Len() * 3,
		"drm_code_info{":              cat.Len(),
		"drm_licence_requests_total{": 2 * int(parser.NumOutcomes),
		"wvwatch_vetoed_total{":       2 * int(parser.NoEvidence),
		"wvwatch_unlisted_total{":     2 * (codes.NumDRM - 1),
		"wvwatch_files_followed{":     0, // the tailer's figures are not set
	} {
		if got := strings.Count(text, "\n"+prefix); got != want {
			t.Errorf("%d series of %s, want %d", got, prefix, want)
		}
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "drm_code_info") && !strings.HasSuffix(line, " 0\n") {
			t.Errorf("not 0 at the first scrape: %s", line)
		}
	}
}

func TestFirstSight(t *testing.T) {
	l := tenantLedger(t, 10, "proxy")
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	late := event(4025, t0)
	late.Tenant = []byte("alpha")
	l.Commit("proxy", t0, &parser.Result{
		Events:   []parser.Event{event(4025, t0), event(4400, t0), late},
		Requests: []parser.Request{{DRM: codes.SSM}, {DRM: codes.Widevine}},
	}, tailer.Position{})

	const (
		listed   = `drm_extras_total{category="entitlement",code="4025",drm="widevine",severity="info",source="proxy",tenant=""} `
		tenant   = `drm_extras_total{category="entitlement",code="4025",drm="widevine",severity="info",source="proxy",tenant="alpha"} `
		unlisted = `drm_extras_total{category="unlisted",code="4400",drm="widevine",severity="warning",source="proxy",tenant=""} `
		ssm      = `drm_licence_requests_total{drm="ssm",outcome="granted",source="proxy"} `
		widevine = `drm_licence_requests_total{drm="widevine",outcome="granted",source="proxy"} `
	)
	scrape := func() string {
		var found []string
		for line := range strings.Lines(exposition(t, gather(t, c))) {
			for _, s := range []string{listed, tenant, unlisted, ssm, widevine} {
				if strings.HasPrefix(line, s) {
					found = append(found, strings.TrimSpace(line))
				}
			}
		}
		return strings.Join(found, "\n")
	}
	same(t, "first scrape", scrape(), listed+"1", tenant+"0", unlisted+"0", ssm+"0", widevine+"1")
	commit(l, "proxy", t0, event(4400, t0))
	same(t, "second scrape", scrape(), listed+"1", tenant+"1", unlisted+"2", ssm+"1", widevine+"1")

	// A restart does not bring the 0 back; what no scraper saw begins with it.
	commit(l, "proxy", t0, event(4401, t0))
	after := tenantLedger(t, 10, "proxy")
	after.Restore(throughJSON(t, l.State()))
	c = NewCollector(after, CollectorOptions{Now: clock(t0)})
	same(t, "after a restart", scrape(), listed+"1", tenant+"1", unlisted+"2", ssm+"1", widevine+"1")
	same(t, "what was never seen", lines(t, NewCollector(after, CollectorOptions{Now: clock(t0)}), "extras_total", `"4401"`),
		`drm_extras_total{category="unlisted",code="4401",drm="widevine",severity="warning",source="proxy",tenant=""} 1`)
}

// A series that is born late is exported as 0 until a publication with its 0 was
// shown, and a state records this no earlier than it may be exported with its count.
func TestFirstSightFollowsWhatWasShown(t *testing.T) {
	l := newLedger(t, "proxy")
	value := func(p Publication) string {
		c := NewCollector(l, CollectorOptions{Now: clock(t0), Scrape: func(time.Time) Scrape { return Scrape{Snapshot: p.Snapshot} }})
		line := lines(t, c, "drm_extras_total", `code="4400"`)
		return line[strings.LastIndexByte(line, ' ')+1:]
	}
	seen := func(st State) bool { return len(st.Sources[0].Codes) > 0 && st.Sources[0].Codes[0].Seen }
	reconfigure := func() { l.Reconfigure(Default(), catalogue(t), []string{"proxy"}) }
	restart := func() { l.Restore(throughJSON(t, l.State())) }
	var last Publication
	show := func() { l.Shown(last) }
	for i, tt := range []struct {
		before func()
		want   string // of the next publication
		seen   bool   // in its state
	}{
		{func() {}, "", false}, // not born
		{func() { show(); commit(l, "proxy", t0, event(4400, t0)) }, "0", false},
		{func() {}, "0", false},   // the 0 was not shown
		{restart, "0", false},     // nor does a restart
		{reconfigure, "0", false}, // or a reload show it
		{show, "1", true},
		{func() { commit(l, "proxy", t0, event(4400, t0)) }, "2", true},
		{show, "2", true},
		{reconfigure, "2", true},
		{restart, "2", true},
	} {
		tt.before()
		p := l.Publish(t0)
		if got := value(p); got != tt.want {
			t.Errorf("publication %d shows %q, want %q", i, got, tt.want)
		}
		if got := seen(p.State()); got != tt.seen {
			t.Errorf("publication %d: seen %v in its state, want %v", i, got, tt.seen)
		}
		if last.Revision > p.Revision {
			t.Errorf("publication %d has revision %d after %d", i, p.Revision, last.Revision)
		}
		if a, b := throughJSON(t, last.State()), throughJSON(t, p.State()); i > 0 && last.Revision == p.Revision && !reflect.DeepEqual(a, b) {
			t.Errorf("publications %d and %d have one revision but the states\n%+v\n%+v", i-1, i, a, b)
		}
		last = p
	}
}

// A reload between the 0 and the count, and one after the count was shown.
func TestReloadKeepsWhatWasShown(t *testing.T) {
	l := newLedger(t, "proxy")
	var events []parser.Event
	for code := 9000; code < 9050; code++ {
		events = append(events, event(code, t0))
	}
	commit(l, "proxy", t0, events...)
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	shown := func() int {
		return strings.Count(lines(t, c, "drm_extras_total", `category="unlisted"`)+"\n", "} 1\n")
	}
	for i, want := range []int{0, 50, 50} {
		if got := shown(); got != want {
			t.Errorf("scrape %d: %d series with their count, want %d", i, got, want)
		}
		l.Reconfigure(Default(), catalogue(t), []string{"proxy", "player"})
	}
}

func TestAdded(t *testing.T) {
	l := newLedger(t, "a")
	added := func() bool {
		select {
		case <-l.Added():
			return true
		default:
			return false
		}
	}
	at := func(inode uint64, offset int64) func() {
		return func() {
			l.Commit("a", t0, nil, tailer.Position{ID: tailer.ID(inode), Source: "a", Inode: inode, Offset: offset})
		}
	}
	for i, tt := range []struct {
		do   func()
		want bool
	}{
		{func() {}, false},
		{func() { commit(l, "a", t0, event(4025, t0)) }, false},
		{at(1, 0), true},   // an empty file
		{at(1, 0), false},  // the same
		{at(1, 10), true},  // its first content
		{at(1, 20), false}, // more
		{func() { at(2, 5)(); at(3, 5)() }, true},
		{func() {}, false}, // one value for both
		{func() { l.Restore(l.State()); at(2, 6)() }, false},
		{func() { l.Forget(2); at(2, 6)() }, true},
	} {
		tt.do()
		if got := added(); got != tt.want {
			t.Errorf("step %d: added %v, want %v", i, got, tt.want)
		}
	}
}

func TestFinalShowsEverything(t *testing.T) {
	l := newLedger(t, "proxy")
	commit(l, "proxy", t0, event(4400, t0))
	same(t, "the only scrape", lines(t, NewCollector(l, CollectorOptions{Now: clock(t0), Final: true}), "drm_extras_total", `"4400"`),
		`drm_extras_total{category="unlisted",code="4400",drm="widevine",severity="warning",source="proxy"} 1`)
}

func TestRatesAddTenantsUp(t *testing.T) {
	l := tenantLedger(t, 10, "proxy")
	for _, tenant := range []string{"", "alpha", "beta"} {
		e := event(6007, t0)
		e.Tenant = []byte(tenant)
		commit(l, "proxy", t0, e, e)
	}
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	same(t, "code", lines(t, c, "drm_extras_per_second", `"6007"`, `drm="widevine"`, `"1m"`),
		`drm_extras_per_second{category="key-manager",code="6007",drm="widevine",source="proxy",window="1m"} 0.1`)
	same(t, "category", lines(t, c, "drm_category", `"key-manager"`, `drm="widevine"`, `"1m"`),
		`drm_category_extras_per_second{category="key-manager",drm="widevine",source="proxy",window="1m"} 0.1`)
}

func TestReconfiguredLabelsAreExported(t *testing.T) {
	l := newLedger(t, "proxy")
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(NewCollector(l, CollectorOptions{Now: clock(t0)}))
	cfg := Default()
	cfg.Windows = []time.Duration{time.Hour}
	l.Reconfigure(cfg, catalogue(t), []string{"proxy", "player"})
	if _, err := registry.Gather(); err != nil {
		t.Errorf("other windows and sources: %v", err)
	}
	cfg.Labels = []string{"tenant", "app"}
	l.Reconfigure(cfg, catalogue(t), []string{"proxy"})
	families, err := registry.Gather()
	if err != nil {
		t.Fatalf("other labels: %v", err)
	}
	if text := exposition(t, families); !strings.Contains(text, `drm_extras_total{app="",category="entitlement",code="4025",drm="widevine",severity="info",source="proxy",tenant=""} 0`) {
		t.Error("the new labels are not exported")
	}
}

// The codes of the servers that a source is configured for are there from the first
// scrape on, those of another once something of it was met: as 0 at first.
func TestServersOfASource(t *testing.T) {
	cat := catalogue(t)
	cfg := Default()
	cfg.Windows = nil
	cfg.Servers = map[string][]codes.DRM{"tv": {codes.PlayReady, codes.FairPlay}}
	l := New(cfg, cat, []string{"proxy", "tv"})
	listed := func(d codes.DRM) (n int) {
		for i := range cat.Len() {
			if cat.At(i).DRM == d {
				n++
			}
		}
		return n
	}
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	count := func(what ...string) int {
		if text := lines(t, c, what...); text != "" {
			return strings.Count(text, "\n") + 1
		}
		return 0
	}
	check := func(when string, source string, d codes.DRM, want int) {
		t.Helper()
		for _, name := range []string{"drm_extras_total", "drm_incidents_total"} {
			if got := count(name+"{", `drm="`+d.String()+`"`, `source="`+source+`"`); got != want {
				t.Errorf("%s: %d series of %s of %s in %s, want %d", when, got, name, d, source, want)
			}
		}
	}
	for _, d := range []codes.DRM{codes.Widevine, codes.PlayReady, codes.FairPlay, codes.SSM} {
		here, there := 0, 0
		if d == codes.Widevine {
			here = listed(d)
		} else if d != codes.SSM {
			there = listed(d)
		}
		check("at first", "proxy", d, here)
		check("at first", "tv", d, there)
	}
	if got, want := count("drm_code_info{"), listed(codes.Widevine)+listed(codes.PlayReady)+listed(codes.FairPlay); got != want {
		t.Errorf("%d codes are explained, want %d", got, want)
	}
	for what, want := range map[string]int{`source="proxy"`: 1, `source="tv"`: 2} {
		if got := count("wvwatch_unlisted_total{", what); got != want {
			t.Errorf("%d series of unlisted codes of %s, want %d", got, what, want)
		}
	}
	if got := count("per_second"); got != 0 {
		t.Errorf("%d rates without windows", got)
	}

	// A code, and for another server a request.
	var first codes.Entry
	for i := range cat.Len() {
		if e := cat.At(i); e.DRM == codes.PlayReady {
			first = e
			break
		}
	}
	r := &parser.Result{
		Events:   []parser.Event{{Time: t0.UnixNano(), DRM: codes.PlayReady, Code: first.Code}},
		Requests: []parser.Request{{DRM: codes.SSM, Outcome: parser.Failed}},
	}
	l.Commit("proxy", t0, r, tailer.Position{})
	value := func() string {
		line := lines(t, c, "drm_extras_total{", `drm="playready"`, `source="proxy"`, fmt.Sprintf(`code="%d"`, first.Code))
		return line[strings.LastIndexByte(line, ' ')+1:]
	}
	if got := value(); got != "0" {
		t.Errorf("the first scrape shows %q", got)
	}
	if got := value(); got != "1" {
		t.Errorf("the second scrape shows %q", got)
	}
	check("met", "proxy", codes.PlayReady, listed(codes.PlayReady))
	check("met", "proxy", codes.SSM, listed(codes.SSM))
	check("met", "tv", codes.SSM, 0)

	// A restart keeps them, with their counts; a reload too.
	l.Reconfigure(cfg, cat, []string{"tv", "proxy"})
	check("after a reload", "proxy", codes.PlayReady, listed(codes.PlayReady))
	again := New(cfg, cat, []string{"proxy", "tv"})
	again.Restore(throughJSON(t, l.State()))
	c = NewCollector(again, CollectorOptions{Now: clock(t0)})
	if got := value(); got != "1" {
		t.Errorf("after a restart: %q", got)
	}
	check("after a restart", "proxy", codes.PlayReady, listed(codes.PlayReady))
	check("after a restart", "proxy", codes.SSM, listed(codes.SSM))
	check("after a restart", "tv", codes.SSM, 0)
}

// One scrape shows the groups that it asks for, and does not call others shown.
func TestGroupsOfAScrape(t *testing.T) {
	l := newLedger(t, "proxy")
	c := NewCollector(l, CollectorOptions{Now: clock(t0)})
	commit(l, "proxy", t0, event(4400, t0))
	names := func(groups ...series.Group) (list []string) {
		for _, f := range series.Families(c, func(g series.Group) bool { return slices.Contains(groups, g) }) {
			list = append(list, f.GetName())
		}
		return list
	}
	for range 3 {
		if got := names(series.Requests); !slices.Equal(got, []string{"drm_licence_requests_total"}) {
			t.Errorf("requests: %q", got)
		}
		if got := names(); got != nil {
			t.Errorf("no group: %q", got)
		}
	}
	if got := names(series.Codes, series.Rates); len(got) != 5 {
		t.Errorf("codes and rates: %q", got)
	}
}
