package web

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// askJSON returns an answer of the API, which must have that status.
func askJSON[T any](t *testing.T, h http.Handler, path string, status int) T {
	t.Helper()
	w := ask(h, "GET", path)
	var v T
	if w.Code != status || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

func TestAPICodes(t *testing.T) {
	w := newWorld(t, "proxy", "player")
	w.happen("proxy", 4025, 3)
	w.happen("player", 4025, 2)
	w.happen("player", 4400, 1) // in no table, but known from the field
	h := handler(t, Config{}, w.deps(t))
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"", []string{"player 4025 entitlement 2/2 [2 2 2]", "player 4400 unlisted 1/1 [1 1 1]", "proxy 4025 entitlement 3/3 [3 3 3]"}},
		{"?source=proxy", []string{"proxy 4025 entitlement 3/3 [3 3 3]"}},
		{"?category=unlisted", []string{"player 4400 unlisted 1/1 [1 1 1]"}},
		{"?drm=ssm", nil},
		{"?drm=widevine&source=player&category=entitlement", []string{"player 4025 entitlement 2/2 [2 2 2]"}},
	} {
		body := askJSON[codesBody](t, h, "/api/v1/codes"+tt.query, 200)
		var got []string
		for _, r := range body.Codes {
			got = append(got, fmt.Sprintf("%s %d %s %d/%d %v", r.Source, r.Code, r.Category, r.Occurrences, r.Incidents, r.Recent))
			if r.Listed == (r.Description != "") {
				t.Errorf("%d: listed %t with description %q", r.Code, r.Listed, r.Description)
			}
		}
		if !slices.Equal(got, tt.want) || body.LeftOut != 0 || !slices.Equal(body.Windows, []int{60, 300, 900}) {
			t.Errorf("%s: %q, want %q; %+v", tt.query, got, tt.want, body)
		}
	}
}

func TestAPISeries(t *testing.T) {
	w := newWorld(t, "proxy", "player")
	now := time.Now()
	r := &parser.Result{
		Events: []parser.Event{
			{Time: now.Add(-10 * time.Minute).UnixNano(), DRM: codes.Widevine, Code: 6007},
			{DRM: codes.Widevine, Code: 6007}, {DRM: codes.Widevine, Code: 6001}, {DRM: codes.SSM, Code: 1007},
		},
		Requests: []parser.Request{{DRM: codes.Widevine, Outcome: parser.Failed}},
	}
	w.ledger.Commit("proxy", now, r, tailer.Position{})
	w.happen("player", 4025, 1)
	h := handler(t, Config{}, w.deps(t))

	s := askJSON[seriesBody](t, h, "/api/v1/series?source=proxy&drm=widevine&over=15m", 200)
	if len(s.Categories) != 2 || len(s.Categories["key-manager"]) != 90 || sum(s.Categories["key-manager"]) != 2 || s.Step != 10 {
		t.Errorf("categories: %+v", s.Categories)
	}
	if len(s.Requests) != int(parser.NumOutcomes) || sum(s.Requests["failed"]) != 1 || sum(s.Requests["granted"]) != 0 {
		t.Errorf("requests: %+v", s.Requests)
	}
	if len(s.Codes) != 2 || s.Codes[0].Code != 6007 || sum(s.Codes[0].Steps) != 2 || len(s.Codes[0].Steps) != 15 {
		t.Errorf("codes: %+v", s.Codes)
	}
	all := askJSON[seriesBody](t, h, "/api/v1/series", 200)
	if len(all.Categories) != 4 || len(all.Codes) != 4 || len(all.Categories["entitlement"]) != 360 {
		t.Errorf("of all sources: %d categories, %d codes", len(all.Categories), len(all.Codes))
	}
	if age := all.Now.Sub(all.Start); age < 59*time.Minute || age > time.Hour {
		t.Errorf("starts %s ago", age)
	}
	// Odd lengths: the oldest minute is a short one, and nothing is left out.
	odd := askJSON[seriesBody](t, h, "/api/v1/series?over=95s", 200)
	if len(odd.Requests["failed"]) != 9 || sum(odd.Requests["failed"]) != 1 || len(odd.Codes[0].Steps) != 2 {
		t.Errorf("over 95 s: %+v", odd)
	}
}

func sum(values []uint64) (total uint64) {
	for _, v := range values {
		total += v
	}
	return total
}

func TestAPIStatusAlertsSources(t *testing.T) {
	w := busyHour(t)
	w.why = "reading"
	w.stats["player-web"] = tailer.SourceStats{CatchingUp: true, LagBytes: 1000, Counts: tailer.Counts{LostBytes: 7}}
	w.receivers = []notify.Receiver{{Name: "http://am:9093", URL: "http://am:9093", Waiting: 1}, {Name: "http://am2:9093", Waiting: 3, Dropped: 2, Failing: true}}
	deps := w.deps(t)
	deps.Lag = func(source string, _ time.Time) metrics.Lag {
		if source == "player-web" {
			return metrics.Lag{Median: -90 * time.Minute, Samples: 3}
		}
		return metrics.Lag{}
	}
	h := handler(t, Config{}, deps)
	s := askJSON[statusBody](t, h, "/api/v1/status", 200)
	if want := []undelivered{{"http://am2:9093", 3, 2}}; !slices.Equal(s.Undelivered, want) {
		t.Errorf("undelivered: %+v, want %+v", s.Undelivered, want)
	}
	if want := []string{"http://am:9093"}; !slices.Equal(s.Alertmanagers, want) {
		t.Errorf("alertmanagers: %q, want %q", s.Alertmanagers, want)
	}
	if s.Ready || s.Why != "reading" || s.Firing != 1 || s.Pending != 1 || s.LagBytes != 19_400 || !slices.Equal(s.CatchingUp, []string{"player-web"}) || s.Requests[2].Failed == 0 {
		t.Errorf("status: %+v", s)
	}
	a := askJSON[alertsBody](t, h, "/api/v1/alerts", 200)
	var states []string
	for _, r := range a.Alerts {
		states = append(states, r.State+" "+r.Rule)
	}
	if want := []string{"firing KeyManagerFailing", "pending EntitlementStepChange", "resolved KeyManagerFailing"}; !slices.Equal(states, want) || a.Inactive != 22 {
		t.Errorf("alerts: %q, want %q; %d inactive", states, want, a.Inactive)
	}
	src := askJSON[struct{ Sources []sourceRow }](t, h, "/api/v1/sources", 200).Sources
	if len(src) != 4 || src[0].Source != "player-web" || src[0].LostBytes != 7 || src[0].Vetoed["attached"] == 0 || src[0].Unlisted["widevine"] == 0 {
		t.Errorf("sources: %+v", src)
	}
	if src[0].EventLag == nil || *src[0].EventLag != -5400 || src[1].EventLag != nil {
		t.Errorf("lags: %v, %v, want -5400 s and none", src[0].EventLag, src[1].EventLag)
	}
}

// catalogueAnswer is what the test looks at; "unknown" is no drm to read.
type catalogueAnswer struct {
	Codes []struct {
		Code       int
		Collisions []meaning
	}
	Unlisted struct{ Category string }
}

func TestAPICatalogue(t *testing.T) {
	w := newWorld(t)
	h := handler(t, Config{}, w.deps(t))
	whole := askJSON[catalogueAnswer](t, h, "/api/v1/catalogue", 200)
	if len(whole.Codes) != w.cat.Len() || whole.Unlisted.Category != codes.CategoryUnlisted {
		t.Errorf("%d codes, want %d", len(whole.Codes), w.cat.Len())
	}
	some := askJSON[catalogueAnswer](t, h, "/api/v1/catalogue?drm=widevine&q=KEY+6007", 200)
	if len(some.Codes) != 1 || some.Codes[0].Code != 6007 || len(some.Codes[0].Collisions) == 0 {
		t.Errorf("search: %+v", some.Codes)
	}
	first := ask(h, "GET", "/api/v1/catalogue", "Accept-Encoding", "gzip")
	if again := ask(h, "GET", "/api/v1/catalogue", "Accept-Encoding", "gzip", "If-None-Match", first.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("asked again: %d, %d bytes", again.Code, again.Body.Len())
	}
	// After a reload, the page sees the new catalogue.
	cat, err := codes.Load(codes.Config{Overlay: "../codes/testdata/overlay.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	w.change(func() { w.cat = cat })
	h = handler(t, Config{}, w.deps(t)) // another feed: the old one's frame is younger than a second
	if reloaded := askJSON[catalogueAnswer](t, h, "/api/v1/catalogue", 200); len(reloaded.Codes) != len(whole.Codes)+2 {
		t.Errorf("%d codes after the reload, want two more than %d", len(reloaded.Codes), len(whole.Codes))
	}
}

func TestAPIRefuses(t *testing.T) {
	h := handler(t, Config{}, newWorld(t, "proxy").deps(t))
	for _, tt := range []struct {
		path   string
		status int
		part   string
	}{
		{"/api/v1/codes?source=<b>", 400, `source: "<b>" is not configured`},
		{"/api/v1/codes?drm=widewine", 400, "widevine, playready"},
		{"/api/v1/codes?from=1", 400, `"from" is no parameter here: one of source, drm, category, label, value`},
		{"/api/v1/codes?drm=ssm&drm=prm", 400, "drm: given 2 times"},
		{"/api/v1/codes?%zz", 400, "query"},
		{"/api/v1/codes?label=tenant&value=x", 400, "metrics.labels"},
		{"/api/v1/codes?value=x", 400, "of which label"},
		{"/api/v1/codes?category=entitlment", 400, "account, "},
		{"/api/v1/breakdown?category=entitlment", 400, "gateway"},
		{"/api/v1/status?x=1", 400, "there is none"},
		{"/api/v1/series?over=49h", 400, "from 1m to 48h"},
		{"/api/v1/series?over=-15m", 400, "from 1m to 48h"},
		{"/api/v1/series?over=15", 400, "write 15m or 6h"},
		{"/api/v1/series?source=x", 400, "not configured"},
		{"/api/v1/catalogue?drm=x", 400, "unknown drm"},
		{"/api/v1/catalogue?q=" + strings.Repeat("x", 201), 400, "at most 200"},
		{"/api/v1/nowhere", 404, "no GET /api/v1/nowhere"},
		{"/api/v1/samples?source=x", 400, "not configured"},
		{"/api/v1/samples?drm=x", 400, "unknown drm"},
		{"/api/v1/samples?code=99", 400, "no number from 1000 to 9999"},
		{"/api/v1/samples?code=4006x", 400, "no number from 1000 to 9999"},
		{"/api/v1/samples?reason=x", 400, "attached"},
		{"/api/v2/status", 404, "openapi.json"},
	} {
		got := askJSON[map[string]string](t, h, tt.path, tt.status)
		if !strings.Contains(got["error"], tt.part) || len(got) != 1 {
			t.Errorf("%s: %q, want %q in it", tt.path, got, tt.part)
		}
	}
	if w := ask(h, "GET", "/api/v1/codes?source=<b>"); strings.Contains(w.Body.String(), "<b>") {
		t.Errorf("markup in an answer: %s", w.Body)
	}
	if w := ask(h, "POST", "/api/v1/codes"); w.Code != 404 && w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// Nothing that the page shows is needed to serve: a command may have no ledger.
func TestAPIOfNothing(t *testing.T) {
	h := handler(t, Config{}, deps(t))
	for _, path := range []string{"status", "codes", "series", "alerts", "sources", "samples", "catalogue"} {
		w := ask(h, "GET", "/api/v1/"+path)
		if w.Code != 200 || strings.Contains(w.Body.String(), "null") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// Answers are bounded, whatever a source holds.
func TestAPIBounds(t *testing.T) {
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprintf("source-%d", i)
	}
	w := newWorld(t, names...)
	for i, name := range names {
		r := &parser.Result{}
		for code := range 100 {
			r.Events = append(r.Events, parser.Event{DRM: codes.TVKey, Code: 1000 + 100*i + code})
		}
		w.ledger.Commit(name, time.Now().Add(time.Duration(i)*time.Millisecond), r, tailer.Position{})
	}
	h := handler(t, Config{}, w.deps(t))
	c := askJSON[codesBody](t, h, "/api/v1/codes", 200)
	if len(c.Codes) != maxCodeRows || c.LeftOut != 2000 || c.Codes[0].Source != "source-39" {
		t.Errorf("%d codes, %d left out, first of %s", len(c.Codes), c.LeftOut, c.Codes[0].Source)
	}
	s := askJSON[seriesBody](t, h, "/api/v1/series", 200)
	if len(s.Codes) != maxCourses || s.LeftOut != 4000-maxCourses {
		t.Errorf("%d courses, %d left out", len(s.Codes), s.LeftOut)
	}
}

// However often it is asked, the ledger is looked at twice a second.
func TestFramesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "proxy")
		h := handler(t, Config{}, w.deps(t))
		for range 50 {
			ask(h, "GET", "/api/v1/codes")
			ask(h, "GET", "/api/v1/series")
			time.Sleep(100 * time.Millisecond)
		}
		if w.looked != 10 {
			t.Errorf("looked %d times in 5 s", w.looked)
		}
	})
}

func TestBodiesAreCompressed(t *testing.T) {
	h := handler(t, Config{}, busyHour(t).deps(t))
	for _, path := range []string{"/", "/page/main.js", "/page/style.css", "/api/v1/codes", "/api/v1/catalogue", "/api/v1/openapi.json"} {
		plain := ask(h, "GET", path, "Accept-Encoding", "gzip;q=0, br")
		packed := ask(h, "GET", path, "Accept-Encoding", "br, gzip;q=0.5")
		if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v and %v", path, plain.Header(), packed.Header())
			continue
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || string(text) != plain.Body.String() {
			t.Errorf("%s: %v; %d bytes, want %d", path, err, len(text), plain.Body.Len())
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	w := busyHour(b)
	f := newFeed(Deps{Ready: func() (bool, string) { return true, "" }, Snapshot: w.ledger.Snapshot, Catalogue: func() *codes.Catalogue { return w.cat }}, "")
	last := f.look(time.Now())
	for b.Loop() {
		w.happen("ssp-edge", 4025, 1)
		fr := f.look(time.Now())
		if c, ok := changeOf(last, fr); !ok || len(c.Codes) != 1 {
			b.Fatal(len(c.Codes))
		}
		last = fr
	}
}

func BenchmarkSeries(b *testing.B) {
	w := busyHour(b)
	h := New(&Listeners{cfg: Config{}}, w.deps(b), discard()).handler
	for b.Loop() {
		if answer := ask(h, "GET", "/api/v1/series", "Accept-Encoding", "gzip"); answer.Code != http.StatusOK {
			b.Fatal(answer.Code, answer.Body)
		}
	}
}

// A flood of one rule is counted whole, though not all of it is in the answer.
func TestAPIAlertGroups(t *testing.T) {
	w := newWorld(t, "proxy")
	for i := range 1000 {
		w.states = append(w.states, alert.Status{Rule: "TenantRefusals", Severity: "warning", State: alert.Firing, By: "tenant", Labels: map[string]string{"tenant": fmt.Sprint(i)}})
	}
	w.states = append(w.states, alert.Status{Rule: "TenantRefusals", Severity: "warning", State: alert.Pending, By: "tenant", Labels: map[string]string{"tenant": "one"}},
		alert.Status{Rule: "KeyManagerFailing", Severity: "critical", State: alert.Firing})
	a := askJSON[alertsBody](t, handler(t, Config{}, w.deps(t)), "/api/v1/alerts", 200)
	if want := []alertGroup{{"TenantRefusals", "firing", "warning", 1000}}; !slices.Equal(a.Groups, want) {
		t.Errorf("%+v, want %+v", a.Groups, want)
	}
	if len(a.Alerts) != 200 || a.LeftOut != 802 || a.Alerts[0].Rule != "KeyManagerFailing" {
		t.Errorf("%d alerts, %d left out, the first %s", len(a.Alerts), a.LeftOut, a.Alerts[0].Rule)
	}
}
