package web

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/alert/notify"
	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// world is a daemon without files: a real ledger, and alerts and tailer counters
// that are made up.
type world struct {
	ledger *metrics.Ledger

	mu        sync.Mutex
	cat       *codes.Catalogue
	states    []alert.Status
	alerts    []alert.Alert
	periods   []alert.Period
	receivers []notify.Receiver
	samples   *metrics.Samples
	positions []tailer.Position
	stats     tailer.Stats
	why       string // not ready, where it is not empty
	looked    int    // how often a snapshot was asked for
}

func newWorld(t testing.TB, sources ...string) *world {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{cat: cat, ledger: metrics.New(metrics.Default(), cat, sources), stats: tailer.Stats{}, samples: metrics.NewSamples()}
	for _, name := range sources {
		w.stats[name] = tailer.SourceStats{Files: 1, LastReadNanos: time.Now().UnixNano()}
	}
	return w
}

// deps adds the world to what every handler has.
func (w *world) deps(t testing.TB) Deps {
	d := deps(t)
	d.Version = "0.7.0"
	locked := func(f func()) { w.mu.Lock(); defer w.mu.Unlock(); f() }
	d.Ready = func() (ok bool, why string) {
		locked(func() { ok, why = w.why == "", w.why })
		return ok, why
	}
	d.Snapshot = func(now time.Time) metrics.Snapshot {
		locked(func() { w.looked++ })
		return w.ledger.Snapshot(now)
	}
	d.Catalogue = func() (cat *codes.Catalogue) { locked(func() { cat = w.cat }); return cat }
	d.States = func() (s []alert.Status) { locked(func() { s = slices.Clone(w.states) }); return s }
	d.Alerts = func() (a []alert.Alert) { locked(func() { a = slices.Clone(w.alerts) }); return a }
	d.Periods = func() (p []alert.Period) { locked(func() { p = slices.Clone(w.periods) }); return p }
	d.Receivers = func() (r []notify.Receiver) { locked(func() { r = slices.Clone(w.receivers) }); return r }
	d.Positions = func() (p []tailer.Position) { locked(func() { p = slices.Clone(w.positions) }); return p }
	d.Samples = w.samples.All
	d.Stats = func() (s tailer.Stats) { locked(func() { s = maps.Clone(w.stats) }); return s }
	return d
}

// change changes the world while it is looked at.
func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// happen counts n occurrences of a Widevine code, now.
func (w *world) happen(source string, code, n int) {
	r := &parser.Result{Lines: n, Records: n}
	for range n {
		r.Events = append(r.Events, parser.Event{DRM: codes.Widevine, Code: code})
	}
	w.ledger.Commit(source, time.Now(), r, tailer.Position{})
}

// read parses text as a block of a file of source, counts what is in it and
// samples it, as the daemon does.
func (w *world) read(t testing.TB, source, text string) {
	t.Helper()
	p, err := parser.New(parser.Config{}, w.cat)
	if err != nil {
		t.Fatal(err)
	}
	var r parser.Result
	p.Parse(&r, []byte(text), len(text))
	w.ledger.Commit(source, time.Now(), &r, tailer.Position{})
	w.samples.Take(source, "/var/log/"+source+"/current.log", time.Now(), []byte(text), p, &r)
}

// busyDay is busyHour after a day of the same, quiet at night, with an outage in
// it, and with records to look at.
func busyDay(t testing.TB) *world {
	w := busyHour(t)
	random := rand.New(rand.NewPCG(3, 4))
	now := time.Now()
	r := &parser.Result{}
	per := map[int]float64{4025: 9, 4021: 2.5, 4006: 3, 4010: 1.2, 4101: 1.4, 4105: 0.7, 1004: 0.4, 3002: 0.5, 4022: 0.8, 4002: 0.9, 4108: 0.4, 6007: 0.02}
	numbers := slices.Sorted(maps.Keys(per))
	for minute := 61; minute < 24*60; minute++ {
		at := now.Add(-time.Duration(minute) * time.Minute)
		shape := 0.55 + 0.45*math.Cos(2*math.Pi*float64(minute)/1440)
		outage := minute > 400 && minute < 425
		for _, code := range numbers {
			expected := per[code] * shape
			if outage && code == 6007 {
				expected = 26
			}
			for range int(expected + random.Float64()*(1+expected)/2) {
				r.Events = append(r.Events, parser.Event{Time: at.UnixNano(), DRM: codes.Widevine, Code: code})
			}
		}
		for o, n := range []float64{450, 27, 0, 3} {
			if outage && parser.Outcome(o) == parser.Failed {
				n = 160
			}
			for range int(n * shape * (0.9 + random.Float64()/5)) {
				r.Requests = append(r.Requests, parser.Request{Time: at.UnixNano(), DRM: codes.Widevine, Outcome: parser.Outcome(o)})
			}
		}
	}
	w.ledger.Commit("ssp-edge", now, r, tailer.Position{})
	labels := w.states[0].Labels
	w.periods = []alert.Period{
		{Rule: "KeyManagerFailing", Labels: labels, From: now.Add(-424 * time.Minute), To: now.Add(-399 * time.Minute),
			Sentence: "since 14:02:10 (24 min): 312 x 6007 key manager service is not reachable; 26.0 per minute over 1m, fires at 6"},
		{Rule: "KeyManagerFailing", Labels: labels, From: w.alerts[0].StartsAt, To: w.alerts[0].ResolvedAt, Sentence: "131 x 6007 key manager service is not reachable", End: alert.EndOver},
	}
	for _, name := range []string{"/var/log/ssp/edge-1.log", "/var/log/ssp/edge-2.log"} {
		w.positions = append(w.positions, tailer.Position{Source: "ssp-edge", Name: name, Offset: 1})
	}
	for _, line := range []string{
		`{"ts":"now","request":"POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":500,"remote_addr":"192.0.2.7","resp_body":"{\"errorCode\":6007,\"message\":\"Key manager service is not reachable.\"}"}`,
		`{"request":"POST /X/wvls/contentlicenseservice/v1/licenses HTTP/1.1","status":400,"nv-authorizations":"` + secret + `","remote_addr":"192.0.2.8"}`,
		`upstream 127.0.0.1 answered extra=4002:1 deviceId=` + secret,
	} {
		w.read(t, "ssp-edge", line+"\n")
	}
	return w
}

// secret must be on no page and in no answer.
const secret = "S3cr3t-0f-a-viewer"

// busyHour is what an operator sees after an hour with an outage in it: lapsed
// subscriptions all the time, some faults, and a key manager that failed twenty
// minutes ago and fails now. It is the same every time, but for the clock.
func busyHour(t testing.TB) *world {
	w := newWorld(t, "player-web", "player-android", "licence-proxy", "ssp-edge")
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	per := map[int]float64{ // per minute
		4025: 9, 4021: 2.5, 4006: 3, 4010: 1.2, 4101: 1.4, 4105: 0.7, 1004: 0.4, 3002: 0.5, 2001: 0.2, 4400: 0.3, 4015: 0.6,
		4022: 0.8, 1003: 0.15, 6003: 0.05, 5001: 0.1, 4002: 0.9, 4007: 0.3, 3005: 0.12, 4108: 0.4,
	}
	numbers := slices.Sorted(maps.Keys(per))
	sources := []string{"player-web", "player-android", "licence-proxy", "ssp-edge"}
	results := map[string]*parser.Result{}
	for _, s := range sources {
		results[s] = &parser.Result{Lines: 40_000 + random.IntN(90_000), Records: 31_000}
		results[s].Vetoed[parser.PlayerObject] = random.IntN(900)
		results[s].Vetoed[parser.Attached] = random.IntN(4000)
		results[s].Vetoed[parser.Negative] = random.IntN(60)
	}
	add := func(at time.Time, code int) {
		if at.After(now) {
			return
		}
		r := results[sources[random.IntN(len(sources))]]
		r.Events = append(r.Events, parser.Event{Time: at.UnixNano(), DRM: codes.Widevine, Code: code})
	}
	for step := range 360 {
		at := now.Add(-time.Hour + time.Duration(step)*10*time.Second)
		for _, code := range numbers {
			for random.Float64() < per[code]/6/(1+per[code]/6) {
				add(at, code)
			}
		}
		outage := step >= 225 && step < 252 || step >= 342
		for range random.IntN(9) {
			if outage {
				add(at, 6007)
			}
		}
		edge := results["ssp-edge"]
		for o, n := range []int{60 + random.IntN(25), 4 + random.IntN(4), 0, random.IntN(2)} {
			if outage && parser.Outcome(o) == parser.Failed {
				n = 22 + random.IntN(8)
			}
			for range n {
				edge.Requests = append(edge.Requests, parser.Request{Time: at.UnixNano(), DRM: codes.Widevine, Outcome: parser.Outcome(o)})
			}
		}
	}
	for _, s := range sources {
		w.ledger.Commit(s, now, results[s], tailer.Position{})
	}
	w.stats["player-android"] = tailer.SourceStats{Files: 3, Counts: tailer.Counts{Rotations: 12}, LastReadNanos: now.UnixNano()}
	w.stats["ssp-edge"] = tailer.SourceStats{Files: 2, Counts: tailer.Counts{Rotations: 4}, LagBytes: 18_400, LastReadNanos: now.UnixNano()}
	labels := func(rule, severity, category string) map[string]string {
		return map[string]string{"alertname": rule, "severity": severity, "category": category, "drm": "widevine"}
	}
	w.states = []alert.Status{
		{Rule: "KeyManagerFailing", Severity: "critical", State: alert.Firing, ActiveSince: now.Add(-3 * time.Minute), FiredAt: now.Add(-165 * time.Second), Value: 24, Threshold: 6,
			Sentence: "24 incidents a minute over the last minute, at least 6 is the limit: 24 x widevine 6007 (Key manager not reachable).",
			Labels:   labels("KeyManagerFailing", "critical", "key-manager"), Annotations: map[string]string{"runbook_url": "https://runbooks.example/key-manager"}},
		{Rule: "EntitlementStepChange", Severity: "warning", State: alert.Pending, ActiveSince: now.Add(-40 * time.Second), Value: 9, Threshold: 8,
			Sentence: "12 incidents a minute where 9 are usual at this hour, mostly widevine 4025 (The subscribed product has expired).", Labels: labels("EntitlementStepChange", "warning", "entitlement")},
	}
	for range 22 {
		w.states = append(w.states, alert.Status{Rule: "Quiet", Severity: "warning"})
	}
	w.alerts = []alert.Alert{
		{Labels: labels("KeyManagerFailing", "critical", "key-manager"), StartsAt: now.Add(-22 * time.Minute), ResolvedAt: now.Add(-14 * time.Minute),
			Annotations: map[string]string{"summary": "KeyManagerFailing: 131 x widevine 6007, more than 6 a minute", "runbook_url": "https://runbooks.example/key-manager"}},
	}
	return w
}
