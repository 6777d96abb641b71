package replay

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/parser"
)

// traffic is a log of healthy plays from a time on, to which a test adds what is wrong.
type traffic struct {
	t      *testing.T
	r      *rand.Rand
	rate   float64 // plays a second
	onset  time.Time
	before time.Duration // of health
	after  time.Duration
	files  map[string]*strings.Builder
	change func(p *storyPlay) (file string) // "" leaves the play out
}

func newTraffic(t *testing.T, rate float64, after time.Duration) *traffic {
	t.Helper()
	if testing.Short() {
		t.Skip("a log of an hour")
	}
	return &traffic{
		t: t, r: rand.New(rand.NewPCG(5, 17)), rate: rate, onset: time.Date(2026, 11, 17, 14, 0, 0, 0, time.UTC), before: storyHealth, after: after,
		files: make(map[string]*strings.Builder), change: func(*storyPlay) string { return "app.log" },
	}
}

// write writes the plays, some of which fail in good times, too.
func (f *traffic) write() {
	for at := f.onset.Add(-f.before); at.Before(f.onset.Add(f.after)); {
		at = at.Add(time.Duration(f.r.ExpFloat64() / f.rate * float64(time.Second)))
		p := newStoryPlay(f.r, at, at.Sub(f.onset))
		if p.chance(.029) {
			p.fail(400, normalRefusals[f.r.IntN(len(normalRefusals))])
		}
		f.add(p, f.change(p))
	}
}

func (f *traffic) add(p *storyPlay, file string) {
	if file == "" {
		return
	}
	if f.files[file] == nil {
		f.files[file] = new(strings.Builder)
	}
	p.write(f.files[file])
}

// replay replays the logs by the default rules. Labels are further dimensions.
func (f *traffic) replay(labels ...parser.LabelConfig) *Report {
	f.t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		f.t.Fatal(err)
	}
	dir, files := f.t.TempDir(), []string(nil)
	for name, log := range f.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			f.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(log.String()), 0o600); err != nil {
			f.t.Fatal(err)
		}
		files = append(files, path)
	}
	cfg := config.Default()
	for _, l := range labels {
		cfg.Blame.Dimensions = append(cfg.Blame.Dimensions, l.Name)
	}
	cfg.Metrics.Blame, cfg.Alerts = cfg.Blame, alert.DefaultRules()
	o := Options{Config: cfg, Catalogue: cat, Source: "proxy", Parser: parser.Config{Timezone: "UTC", Labels: labels}, Progress: io.Discard, PostMortem: true}
	report, err := Run(f.t.Context(), o, files)
	if err != nil {
		f.t.Fatal(err)
	}
	var text strings.Builder
	_ = report.WritePostMortems(&text)
	f.t.Log(text.String())
	return report
}

// one returns the only incident of a report, which must be of a kind and have the bounds.
func (f *traffic) one(r *Report, kind blame.Kind, from, to time.Duration) *PostMortem {
	f.t.Helper()
	if len(r.PostMortems) != 1 {
		f.t.Fatalf("%d incidents, want 1", len(r.PostMortems))
	}
	f.check(r.PostMortems[0], kind, from, to)
	return r.PostMortems[0]
}

// check holds an incident against its kind and its bounds, since the onset.
func (f *traffic) check(p *PostMortem, kind blame.Kind, from, to time.Duration) {
	f.t.Helper()
	if p.Verdict.Kind != kind {
		f.t.Errorf("%s: %s, want %s", p.Verdict.Kind, p.Verdict.Sentence, kind)
	}
	if p.From.Sub(f.onset.Add(from)).Abs() > time.Minute || p.To.Sub(f.onset.Add(to)).Abs() > time.Minute {
		f.t.Errorf("%s, want from %s to %s after %s", p.title(), from, to, f.onset)
	}
}

// Pods are in the paths of logs: one that fails is named. What no log names, such as
// upstream servers or apps, is not ruled out.
func TestOnePod(t *testing.T) {
	f := newTraffic(t, 8, 8*time.Minute)
	f.change = func(p *storyPlay) string {
		pod := f.r.IntN(5)
		p.host, p.upstream = "", ""
		if p.since >= 0 && pod == 3 && p.chance(.6) {
			p.fail(500, 6002)
		}
		return fmt.Sprintf("var/log/pods/drm_licence-7d9f8b6c5d-x%dbqz_3f1f0bca-7d70-4a27-9a0e-5b3c6f1d2e%02d/proxy/0.log", pod, pod)
	}
	f.write()
	p := f.one(f.replay(), blame.OneHost, 0, f.after)
	if got := p.Verdict.Named; len(got) != 1 || got[0] != (blame.Value{Dimension: "pod", Value: "licence-7d9f8b6c5d-x3bqz"}) {
		t.Errorf("named %v", got)
	}
	for _, kind := range []string{"host-out", "upstream", "release"} {
		if slices.Contains(p.Verdict.RuledOut, kind) {
			t.Errorf("%s is ruled out by logs that do not show it", kind)
		}
	}
	for _, kind := range []string{"one-device", "crowd", "gateway"} {
		if !slices.Contains(p.Verdict.RuledOut, kind) {
			t.Errorf("%s is not ruled out", kind)
		}
	}
	if !p.Still || p.Peak < 60 || p.PeakAt.Before(p.From) {
		t.Errorf("peak %d at %v, still %v", p.Peak, p.PeakAt, p.Still)
	}
}

// A monitoring probe that fails is no incident, a device that has a tenth of the requests is
// one that nobody has to act on.
func TestProbe(t *testing.T) {
	for every, kind := range map[time.Duration]blame.Kind{time.Minute: "", 10 * time.Second: "", time.Second: blame.OneDevice} {
		f := newTraffic(t, 8, 12*time.Minute)
		f.write()
		for at := f.onset; at.Before(f.onset.Add(f.after)); at = at.Add(every) {
			p := newStoryPlay(f.r, at, 0)
			p.fail(400, 4001)
			p.device, p.tenant = "probe", "probe"
			f.add(p, "probe.log")
		}
		r := f.replay()
		if kind != "" {
			f.one(r, kind, 0, f.after)
		} else if len(r.PostMortems) > 0 {
			t.Errorf("a probe every %v: %d incidents", every, len(r.PostMortems))
		}
	}
}

// Two causes at one time are two incidents, each with its own alerts, place and bounds.
func TestTwoCauses(t *testing.T) {
	f := newTraffic(t, 12, 20*time.Minute)
	f.change = func(p *storyPlay) string {
		if p.since >= 0 && p.since < 15*time.Minute && p.tenant == "t2" && p.chance(.9) {
			p.fail(400, 3004)
		}
		if p.since >= 5*time.Minute && p.since < 12*time.Minute && p.host == "h1" && p.chance(.6) {
			p.fail(500, 6002)
		}
		return "app.log"
	}
	f.write()
	r := f.replay(parser.LabelConfig{Name: "host"})
	if len(r.PostMortems) != 2 {
		t.Fatalf("%d incidents, want 2", len(r.PostMortems))
	}
	token, host := r.PostMortems[0], r.PostMortems[1]
	f.check(token, blame.Tenant, 0, 15*time.Minute)
	f.check(host, blame.OneHost, 5*time.Minute, 12*time.Minute)
	if got := strings.Join(token.Rules, " "); got != "TokenSpike" {
		t.Errorf("the tenant's alerts are %s", got)
	}
	for _, p := range r.PostMortems {
		if v := &p.Verdict; len(v.Codes) != 1 || v.Plays.Failing < .07 || v.Plays.Failing > .2 || !strings.Contains(v.Sentence, "other codes rose, too") {
			t.Errorf("%+v: %s", v.Codes, v.Sentence)
		}
	}
	var text strings.Builder
	if err := r.WriteMarkdown(&text); err != nil || strings.Count(text.String(), "| timeline |") != 2 {
		t.Errorf("%v\n%s", err, text.String())
	}
	text.Reset()
	if err := r.WriteJSON(&text); err != nil || regexp.MustCompile(`:\d\d\.\d+Z"`).MatchString(text.String()) {
		t.Errorf("%v, or times with parts of a second: %s", err, text.String())
	}
}

// A collapse is over when plays come back, and those who come back are no crowd.
func TestAfterACollapse(t *testing.T) {
	f := newTraffic(t, 8, 25*time.Minute)
	f.change = func(p *storyPlay) string {
		if p.since >= 0 && p.since < 6*time.Minute && p.chance(.9) {
			return ""
		}
		if p.since >= 6*time.Minute && p.since < 12*time.Minute {
			f.add(newStoryPlay(f.r, p.at, p.since), "app.log")
		}
		return "app.log"
	}
	f.write()
	p := f.one(f.replay(), blame.Collapse, 0, 6*time.Minute)
	if part := float64(p.Verdict.Plays.Now) / float64(p.Verdict.Plays.Expected); part < .07 || part > .13 {
		t.Errorf("%.2f of the plays: %s", part, p.Verdict.Sentence)
	}
}

// A log of refusals alone has no plays: clients are counted, and nothing is a share of them.
func TestNothingGranted(t *testing.T) {
	f := newTraffic(t, 8, 25*time.Minute)
	f.change = func(p *storyPlay) string {
		if p.since >= 0 && p.since < 8*time.Minute && p.tenant == "t2" && p.chance(.9) {
			p.fail(400, 3004)
		}
		if p.code == 0 {
			return ""
		}
		return "app.log"
	}
	f.write()
	p := f.one(f.replay(), blame.Tenant, 0, 8*time.Minute)
	v := &p.Verdict
	if v.Plays != (blame.Plays{}) || v.Granted != (blame.Granted{}) || strings.Contains(v.Sentence, "of plays") || strings.Contains(v.Sentence, "granted") {
		t.Errorf("%+v: %s", v.Plays, v.Sentence)
	}
	for _, kind := range []string{"collapse", "crowd", "retry"} {
		if slices.Contains(v.RuledOut, kind) {
			t.Errorf("%s is ruled out without plays", kind)
		}
	}
}
