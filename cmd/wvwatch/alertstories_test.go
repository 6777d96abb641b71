package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/race"
	"wvwatch/internal/replay"
)

// service is an access log of a licence proxy in which failures can be put.
type service struct {
	begin  time.Time
	lines  []serviceLine
	random *rand.Rand
	n      int
}

type serviceLine struct {
	at   time.Duration
	text string
}

func newService() *service {
	return &service{begin: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), random: rand.New(rand.NewPCG(14, 1))}
}

// ask is one licence request of a client; code 0 is none.
func (s *service) ask(at time.Duration, client string, status, code int) {
	body := "-"
	if code > 0 {
		body = fmt.Sprintf(`{\"errorCode\":%d,\"message\":\"refused\"}`, code)
	}
	s.n++
	s.lines = append(s.lines, serviceLine{at, fmt.Sprintf(
		`{"@timestamp":"%s","remote_addr":"%s","request":"POST /T1/wvls/v1/licenses HTTP/1.1","status":%d,"correlation_id":"c%07d","resp_body":"%s"}`+"\n",
		s.begin.Add(at).Format(time.RFC3339Nano), client, status, s.n, body)})
}

// plays has clients ask every so often: of a hundred plays, failing percent fail.
func (s *service) plays(from, to, every time.Duration, failing float64, status, code int, tries int) {
	for at := from; at < to; at += every {
		client := fmt.Sprintf("10.%d.%d.%d", s.random.IntN(250), s.random.IntN(250), s.random.IntN(250))
		if s.random.Float64()*100 >= failing {
			s.ask(at, client, 200, 0)
			continue
		}
		for try := range tries {
			s.ask(at+time.Duration(try)*3*time.Second, client, status, code)
		}
	}
}

func (s *service) replay(t *testing.T, config string) *replay.Report {
	t.Helper()
	if race.Enabled {
		t.Skip("days of traffic in one goroutine: make test replays them without the race detector")
	}
	slices.SortStableFunc(s.lines, func(a, b serviceLine) int { return int(a.at - b.at) })
	var text strings.Builder
	for _, l := range s.lines {
		text.WriteString(l.text)
	}
	dir := t.TempDir()
	var args []string
	if config != "" {
		args = append(args, "--config", write(t, dir, "config.yaml", "sources: [{name: proxy, files: [access.log]}]\n"+config))
	}
	return replayed(t, append(args, write(t, dir, "access.log", text.String()))...)
}

// replayed returns the report of wvwatch replay.
func replayed(t *testing.T, args ...string) *replay.Report {
	t.Helper()
	status, stdout, stderr := command(append([]string{"replay", "--format", "json"}, args...)...)
	if status != exitFine {
		t.Fatalf("status %d: %s", status, stderr)
	}
	r := new(replay.Report)
	if err := json.Unmarshal([]byte(stdout), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// fired returns the rules that began to fire, each "offset rule", since the log began.
func (s *service) fired(r *replay.Report) []string {
	var list []string
	for _, c := range r.Transitions {
		if c.To.String() == "firing" {
			list = append(list, fmt.Sprintf("%s %s", c.At.Sub(s.begin).Round(time.Second), c.Rule))
		}
	}
	return list
}

// Of all plays, 80 % are answered 504 for half an hour, which no code reports.
func TestStoryGateway(t *testing.T) {
	s := newService()
	s.plays(0, 2*time.Hour, 500*time.Millisecond, 0, 0, 0, 1)
	s.plays(2*time.Hour, 150*time.Minute, 500*time.Millisecond, 80, 504, 0, 2)
	s.plays(150*time.Minute, 3*time.Hour, 500*time.Millisecond, 0, 0, 0, 1)
	r := s.replay(t, "")
	if got := s.fired(r); len(got) != 1 || !strings.HasPrefix(got[0], "2h0m") || !strings.HasSuffix(got[0], "LicenceGatewayFailing") {
		t.Errorf("fired %q", got)
	}
	if last := r.Transitions[len(r.Transitions)-1]; last.To.String() != "inactive" || last.At.Sub(s.begin) > 160*time.Minute {
		t.Errorf("over at %s: %s", last.At.Sub(s.begin), last.Sentence)
	}
}

// Nine in ten players no longer ask.
func TestStoryCollapse(t *testing.T) {
	s := newService()
	const day = 24 * time.Hour
	s.plays(0, 2*day, 5*time.Second, 0, 0, 0, 1)
	s.plays(2*day, 2*day+time.Hour, 50*time.Second, 0, 0, 0, 1)
	s.plays(2*day+time.Hour, 2*day+2*time.Hour, 5*time.Second, 0, 0, 0, 1)
	r := s.replay(t, "")
	if got := s.fired(r); len(got) != 1 || !strings.HasPrefix(got[0], "48h") || !strings.HasSuffix(got[0], "LicenceRequestsCollapsed") {
		t.Errorf("fired %q", got)
	}
}

// One television that retries for hours is no outage, and neither is a deploy of 40 s
// in which one play in twenty fails.
func TestStoryOneDeviceAndADeploy(t *testing.T) {
	s := newService()
	s.plays(0, 8*time.Hour, 500*time.Millisecond, 0.5, 400, 4006, 1)
	for at := 2 * time.Hour; at < 6*time.Hour; at += 7 * time.Second {
		s.ask(at, "192.0.2.7", 500, 6007)
	}
	s.plays(7*time.Hour, 7*time.Hour+40*time.Second, 500*time.Millisecond, 5, 500, 6002, 1)
	r := s.replay(t, "")
	for _, c := range r.Transitions {
		if c.Severity == "critical" {
			t.Errorf("%s at %s: %s", c.Rule, c.At.Sub(s.begin), c.Sentence)
		}
	}
}

// Every play fails, and each is tried three times: a share of one half fires, and
// reads the share of plays.
func TestStoryShareOfPlays(t *testing.T) {
	s := newService()
	s.plays(0, time.Hour, time.Second, 0, 0, 0, 1)
	s.plays(time.Hour, 70*time.Minute, time.Second, 60, 500, 6007, 3)
	r := s.replay(t, "alerts: [{name: Half, match: {categories: [key-manager]}, when: {share_of_requests: 0.5, over: 5m}}]\n")
	if got := s.fired(r); len(got) != 1 {
		t.Errorf("fired %q", got)
	}
}

// Half of all plays fail for two days: one alert, from the beginning to the end.
func TestStoryLongOutage(t *testing.T) {
	s := newService()
	const day = 24 * time.Hour
	s.plays(0, day, 2*time.Second, 0, 0, 0, 1)
	s.plays(day, 3*day, 2*time.Second, 50, 500, 6007, 1)
	s.plays(3*day, 3*day+2*time.Hour, 2*time.Second, 0, 0, 0, 1)
	r := s.replay(t, "")
	fired := s.fired(r)
	if len(fired) != 2 || !strings.HasPrefix(fired[0], "24h0m") || !strings.HasPrefix(fired[1], "24h0m") {
		t.Fatalf("fired %q", fired)
	}
	for _, c := range r.Transitions {
		if at := c.At.Sub(s.begin); c.To.String() == "inactive" && (at < 3*day || at > 3*day+time.Hour) {
			t.Errorf("%s over at %s: %s", c.Rule, at, c.Sentence)
		}
	}
}

// 6.5 a minute are more than 6, at whatever second of a step they begin.
func TestStoryPerMinuteInEveryPhase(t *testing.T) {
	for phase := range 10 {
		s := newService()
		s.plays(0, 20*time.Minute, time.Second, 0, 0, 0, 1)
		for at := 5*time.Minute + time.Duration(phase)*time.Second; at < 15*time.Minute; at += time.Minute * 10 / 65 {
			s.ask(at, "192.0.2.7", 500, 6007)
		}
		r := s.replay(t, "alerts: [{name: Six, match: {categories: [key-manager]}, when: {per_minute: 6, over: 1m}, for: 2m}]\n")
		if got := s.fired(r); len(got) != 1 {
			t.Errorf("phase %d: fired %q", phase, got)
		}
	}
}
