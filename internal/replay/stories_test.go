package replay

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/config"
	"wvwatch/internal/parser"
	"wvwatch/internal/race"
)

// A story is an incident in the log of a service: who plays where, and what is wrong
// from the onset on. Its verdict is what a person on call should be shown.
type story struct {
	name     string
	onset    string // of the incident; the log begins 70 minutes before
	factor   float64
	fails    func(*storyPlay)
	owner    string
	kind     blame.Kind
	sure     blame.Confidence
	named    string // "tenant t12", in the order of the verdict
	mentions []string
	device   func(i int) *storyPlay // further requests of one device, each second
}

// storyPlay is one play of a viewer.
type storyPlay struct {
	r                                              *rand.Rand
	at                                             time.Time
	since                                          time.Duration // the onset; negative before it
	tenant, app, platform, host, upstream, country string
	device                                         string
	status, code                                   int
	server                                         string // "SSM" for session management
	took                                           time.Duration
	tries                                          int
}

func (p *storyPlay) chance(c float64) bool { return p.r.Float64() < c }

// fail makes the play fail with a code, and the status that it comes with.
func (p *storyPlay) fail(status, code int) { p.status, p.code = status, code }

const (
	storyRate   = 12 // plays a second
	storyHealth = 70 * time.Minute
	storyLasts  = 8 * time.Minute
)

// after returns what fails with chance c of the plays from the onset on.
func after(c float64, status, code int) func(*storyPlay) {
	return func(p *storyPlay) {
		if p.since >= 0 && p.chance(c) {
			p.fail(status, code)
		}
	}
}

func stories() []story {
	slow := func(f func(*storyPlay), early time.Duration, times float64) func(*storyPlay) {
		return func(p *storyPlay) {
			if p.since >= -early {
				p.took = time.Duration(float64(p.took) * times)
			}
			f(p)
		}
	}
	only := func(where func(*storyPlay) bool, f func(*storyPlay)) func(*storyPlay) {
		return func(p *storyPlay) {
			if where(p) {
				f(p)
			}
		}
	}
	none := func(*storyPlay) {}
	return []story{
		{name: "01 key manager slow, then gone", fails: slow(after(.32, 500, 6007), 2*time.Minute, 30), kind: blame.KeyManager, owner: "infrastructure", sure: blame.High, mentions: []string{"6007", "alike", "p95"}},
		{name: "02 one tenant's token keys out of step", fails: only(func(p *storyPlay) bool { return p.tenant == "t12" }, after(.95, 400, 3004)), kind: blame.Tenant, owner: "operator-backend", sure: blame.High, named: "tenant t12", mentions: []string{"3004", "as usual"}},
		{name: "03 new app release broken", fails: func(p *storyPlay) {
			if p.since > -30*time.Minute && p.platform == "p2" && p.chance(.2) {
				p.app = "a20"
				after(.9, 400, 2001)(p)
			}
		}, kind: blame.Release, owner: "client-app", sure: blame.High, named: "app_version a20", mentions: []string{"2001", "first seen"}},
		{name: "04 one proxy host", fails: only(func(p *storyPlay) bool { return p.host == "h0" }, after(.5, 500, 6002)), kind: blame.OneHost, owner: "infrastructure", sure: blame.High, named: "host h0"},
		{name: "05 one licence-server node", fails: only(func(p *storyPlay) bool { return p.upstream == "u2" }, after(.25, 500, 6001)), kind: blame.Upstream, owner: "drm-platform", sure: blame.High, named: "upstream u2"},
		{name: "06 licence server not reachable", fails: slow(after(.8, 504, 0), time.Minute, 10), kind: blame.Gateway, owner: "infrastructure", sure: blame.High, mentions: []string{"no answer", "alike"}},
		{name: "07 viewers cannot even ask", factor: .16, fails: none, kind: blame.Collapse, owner: "in front of the proxy", sure: blame.High, mentions: []string{"fewer licences"}},
		{name: "08 one host out, the others carry it", fails: func(p *storyPlay) {
			if p.since >= 0 && p.host == "h3" {
				p.host = fmt.Sprintf("h%d", p.r.IntN(3))
			}
		}, kind: blame.HostOut, owner: "infrastructure", sure: blame.High, mentions: []string{"h3"}},
		{name: "09 subscriber system out of step", fails: func(p *storyPlay) {
			if p.since >= 0 && p.chance(.25) {
				p.fail(400, []int{4025, 4020, 4021}[p.r.IntN(3)])
			}
		}, kind: blame.Subscriber, owner: "operator-backend", sure: blame.High, mentions: []string{"4025", "4020", "4021"}},
		{name: "10 month-end wave of expiries", onset: "2026-12-01T00:03:00Z", fails: after(.12, 400, 4025), kind: blame.Wave, owner: "viewer", sure: blame.High, mentions: []string{"turn of the month"}},
		{name: "11 retry storm only", fails: func(p *storyPlay) {
			if p.since >= 0 {
				p.tries = 2 + p.r.IntN(4)
			}
		}, kind: blame.Retry, owner: "client-app", sure: blame.High},
		{name: "12 one stuck device", fails: none, device: func(int) *storyPlay { return &storyPlay{status: 500, code: 6002} }, kind: blame.OneDevice, owner: "none needed", sure: blame.High},
		{name: "13 new tenant not configured", fails: func(p *storyPlay) {
			if p.since >= 0 && p.chance(.012) {
				p.tenant = "t42"
				p.fail(400, 1008)
			}
		}, kind: blame.NewTenant, owner: "operator-config", sure: blame.High, named: "tenant t42"},
		{name: "14 sessions not torn down", fails: func(p *storyPlay) {
			if p.since >= 0 && p.chance(.08) {
				p.server = "SSM"
				p.fail(400, 1007)
			}
		}, kind: blame.Sessions, owner: "drm-platform", sure: blame.High},
		{name: "15 big match", factor: 3.2, fails: none, kind: blame.Crowd, owner: "none needed", sure: blame.High},
		{name: "16 one tenant on one app version", fails: only(func(p *storyPlay) bool { return p.tenant == "t3" && p.platform == "p1" && p.since > -20*time.Minute }, func(p *storyPlay) {
			p.app = "a2new"
			after(.9, 400, 4001)(p)
		}), kind: blame.Release, owner: "client-app", sure: blame.High},
		{name: "17 overload", factor: 3, fails: slow(after(.14, 500, 6001), 3*time.Minute, 20), kind: blame.Overload, owner: "drm-platform", sure: blame.High},
		{name: "18 nothing at all", fails: none, kind: blame.Nothing},
		{name: "19 subscriber system, at a turn of a month", onset: "2026-12-01T00:03:00Z", fails: func(p *storyPlay) {
			if p.since >= 0 && p.chance(.13) {
				p.fail(400, []int{4025, 4020, 4021}[p.r.IntN(3)])
			}
		}, kind: blame.Subscriber, owner: "operator-backend", sure: blame.Medium},
		{name: "20 one host gets no answer", fails: only(func(p *storyPlay) bool { return p.host == "h0" }, after(.6, 504, 0)), kind: blame.Gateway, owner: "infrastructure", sure: blame.High, named: "host h0"},
		{name: "21 a cause that no log names", fails: after(.08, 400, 2001), kind: blame.Code, owner: "client-app", sure: blame.High, mentions: []string{"alike"}},
		{name: "22 6007 at one licence-server node", fails: only(func(p *storyPlay) bool { return p.upstream == "u0" }, after(.55, 500, 6007)), kind: blame.Upstream, owner: "infrastructure", sure: blame.High, named: "upstream u0"},
		{name: "23 refusals of one tenant", onset: "2026-11-17T10:20:00Z", fails: only(func(p *storyPlay) bool { return p.tenant == "t4" }, after(.4, 400, 4020)), kind: blame.Tenant, owner: "viewer", sure: blame.Low, named: "tenant t4"},
	}
}

// normalRefusals are the codes of the 2.9 % of plays that fail in good times.
var normalRefusals = []int{4025, 4025, 4025, 4006, 4006, 4020, 4021, 4008, 4013, 2001, 6002}

// write writes the story's log.
func (s story) write(w io.Writer, onset time.Time, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 17))
	begin := onset.Add(-storyHealth)
	for at := begin; at.Before(onset.Add(storyLasts)); {
		rate := float64(storyRate)
		if !at.Before(onset) && s.factor > 0 {
			rate *= s.factor
		}
		at = at.Add(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
		p := newStoryPlay(r, at, at.Sub(onset))
		if p.chance(.029) {
			code := normalRefusals[r.IntN(len(normalRefusals))]
			status := 400
			if code/1000 == 6 {
				status = 500
			}
			p.fail(status, code)
		}
		s.fails(p)
		p.write(w)
	}
}

// skewed draws a number below n, the first ones far more often.
func skewed(r *rand.Rand, n int) int {
	return min(int(float64(n)*r.Float64()*r.Float64()*r.Float64()), n-1)
}

func newStoryPlay(r *rand.Rand, at time.Time, since time.Duration) *storyPlay {
	p := &storyPlay{r: r, at: at, since: since, status: 200, tries: 1}
	tenant, platform := skewed(r, 42), skewed(r, 5)
	p.tenant, p.platform = fmt.Sprintf("t%d", tenant), fmt.Sprintf("p%d", platform)
	p.app = fmt.Sprintf("a%d", 4*platform+skewed(r, 4))
	p.country = fmt.Sprintf("c%d", tenant%9)
	p.host = fmt.Sprintf("h%d", r.IntN(4))
	p.upstream = "u" + string("000011122"[r.IntN(9)])
	p.device = fmt.Sprintf("dev-%08x", r.IntN(2_000_000))
	p.took = time.Duration(60+80*r.ExpFloat64()) * time.Millisecond / 2
	return p
}

// write writes the play's lines, one for each try, some seconds apart.
func (p *storyPlay) write(w io.Writer) {
	server, name := "wvls", ""
	if p.server == "SSM" {
		server, name = "ssm", `,"component":"ssm"`
	}
	body := ""
	if p.code != 0 {
		body = fmt.Sprintf(`,"response_body":"{\"errorCode\":%d,\"message\":\"refused\"}"`, p.code)
	}
	for i := range p.tries {
		fmt.Fprintf(w, `{"time":"%s","host":"%s","method":"POST","uri":"/%s/%s/contentlicenseservice/v1/licenses","status":%d,"request_time":%.3f,"device_id":"%s","correlation_id":"%08x","tenant":"%s","app_version":"%s","platform":"%s","country":"%s","upstream_addr":"%s"%s%s}`+"\n",
			p.at.Add(time.Duration(i)*3*time.Second).Format(time.RFC3339Nano), p.host, p.tenant, server, p.status, p.took.Seconds(), p.device, p.r.Uint32(), p.tenant, p.app, p.platform, p.country, p.upstream, name, body)
	}
}

// The stories are logs of an hour of health and an incident. Replay must give each
// the verdict that a person on call needs. STORY_SEED makes other logs.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("23 logs of an hour each")
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(2)
	if text := os.Getenv("STORY_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			if race.Enabled && !strings.HasPrefix(s.name, "01 ") {
				t.Skip("an hour of traffic in one goroutine: make test replays it without the race detector")
			}
			v := s.replay(t, cat, seed)
			t.Log(v.Sentence)
			if v.Kind != s.kind {
				t.Errorf("kind %q, want %q", v.Kind, s.kind)
			}
			if s.kind == blame.Nothing {
				return
			}
			if v.Owner != s.owner || v.Confidence != s.sure {
				t.Errorf("owner %s (%s), want %s (%s)", v.Owner, v.Confidence, s.owner, s.sure)
			}
			var named []string
			for _, n := range v.Named {
				named = append(named, n.Dimension+" "+n.Value)
			}
			if got := strings.Join(named, ", "); s.named != "" && got != s.named || s.named == "" && got != "" && s.kind != blame.Release {
				t.Errorf("named %q, want %q", got, s.named)
			}
			for _, m := range s.mentions {
				if !strings.Contains(v.Sentence, m) {
					t.Errorf("the sentence does not mention %q", m)
				}
			}
		})
	}
}

func (s story) replay(t *testing.T, cat *codes.Catalogue, seed uint64) blame.Verdict {
	t.Helper()
	at := s.onset
	if at == "" {
		at = "2026-11-17T14:01:00Z"
	}
	onset, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "story.log")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	s.write(w, onset, seed)
	if s.device != nil {
		for i := range int(storyLasts.Seconds()) {
			p := newStoryPlay(rand.New(rand.NewPCG(1, uint64(i))), onset.Add(time.Duration(i)*time.Second), 0)
			stuck := s.device(i)
			p.status, p.code, p.device = stuck.status, stuck.code, "dev-stuck"
			p.write(w)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Blame.Dimensions = []string{"app_version", "platform", "host", "country"}
	cfg.Metrics.Blame = cfg.Blame
	parse := parser.Config{Timezone: "UTC"}
	for _, name := range cfg.Blame.Dimensions {
		parse.Labels = append(parse.Labels, parser.LabelConfig{Name: name})
	}
	o := Options{Config: cfg, Catalogue: cat, Source: "proxy", Parser: parse, Progress: io.Discard, PostMortem: true}
	cfg.Alerts = alert.DefaultRules()
	report, err := Run(t.Context(), o, []string{file})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.PostMortems) == 0 {
		return blame.Verdict{Kind: blame.Nothing}
	}
	last := report.PostMortems[len(report.PostMortems)-1]
	for _, p := range report.PostMortems {
		t.Log(p.title(), string(p.Verdict.Kind), p.Verdict.Sentence)
	}
	return last.Verdict
}

// An incident that no alert is about begins and ends with its records, and what comes after
// it is not taken for another one.
func TestIncidentsWithoutAlerts(t *testing.T) {
	if testing.Short() {
		t.Skip("logs of an hour and a half")
	}
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		kind   blame.Kind
		change func(p *storyPlay) bool // of the plays of the incident; false leaves one out
		copies int
	}{
		{"crowd", blame.Crowd, func(*storyPlay) bool { return true }, 3},
		{"retries", blame.Retry, func(p *storyPlay) bool { p.tries = 4; return true }, 1},
		{"host out", blame.HostOut, func(p *storyPlay) bool {
			if p.host == "h3" {
				p.host = "h1"
			}
			return true
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const lasts = 12 * time.Minute
			onset := time.Date(2026, 11, 17, 14, 0, 0, 0, time.UTC)
			r := rand.New(rand.NewPCG(5, 17))
			var log strings.Builder
			for at := onset.Add(-storyHealth); at.Before(onset.Add(lasts + 15*time.Minute)); {
				at = at.Add(time.Duration(r.ExpFloat64() / storyRate * float64(time.Second)))
				during, copies := !at.Before(onset) && at.Before(onset.Add(lasts)), 1
				if during {
					copies = tt.copies
				}
				for range copies {
					p := newStoryPlay(r, at, at.Sub(onset))
					if p.chance(.029) {
						p.fail(400, normalRefusals[r.IntN(len(normalRefusals))])
					}
					if !during || tt.change(p) {
						p.write(&log)
					}
				}
			}
			report := replayText(t, cat, log.String())
			if len(report.PostMortems) != 1 {
				for _, p := range report.PostMortems {
					t.Log(p.title(), p.Verdict.Sentence)
				}
				t.Fatalf("%d incidents, want 1", len(report.PostMortems))
			}
			p := report.PostMortems[0]
			if p.Verdict.Kind != tt.kind || p.From.Sub(onset).Abs() > time.Minute || p.To.Sub(onset.Add(lasts)).Abs() > 2*time.Minute || p.Still {
				t.Errorf("%s: %s, want %s from %v to %v", p.title(), p.Verdict.Sentence, tt.kind, onset, onset.Add(lasts))
			}
		})
	}
}

// A healthy log ends without an alert, wherever it is cut.
func TestEndOfALog(t *testing.T) {
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 17, 14, 0, 0, 0, time.UTC)
	for _, cut := range []time.Duration{300 * time.Millisecond, 1700 * time.Millisecond, 5 * time.Second, 9900 * time.Millisecond} {
		r := rand.New(rand.NewPCG(uint64(cut), 3))
		var log strings.Builder
		for at := begin; at.Before(begin.Add(70*time.Minute + cut)); at = at.Add(time.Duration(r.ExpFloat64() / 10 * float64(time.Second))) {
			newStoryPlay(r, at, -time.Hour).write(&log)
		}
		report := replayText(t, cat, log.String())
		if len(report.Transitions) > 0 || len(report.PostMortems) > 0 {
			t.Errorf("cut after %v: %v, %v", cut, report.Transitions, report.PostMortems)
		}
	}
}

// replayText replays one log by the default rules.
func replayText(t *testing.T, cat *codes.Catalogue, log string) *Report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(file, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Blame.Dimensions = []string{"host"}
	cfg.Metrics.Blame = cfg.Blame
	cfg.Alerts = alert.DefaultRules()
	parse := parser.Config{Timezone: "UTC", Labels: []parser.LabelConfig{{Name: "host"}}}
	report, err := Run(t.Context(), Options{Config: cfg, Catalogue: cat, Source: "proxy", Parser: parse, Progress: io.Discard, PostMortem: true}, []string{file})
	if err != nil {
		t.Fatal(err)
	}
	return report
}
