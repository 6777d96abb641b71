package metrics

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// blameLedger has an hour of requests at four hosts, and three minutes in which one of
// them fails.
func blameLedger(t *testing.T, cfg BlameConfig) (*Ledger, time.Time) {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Blame = cfg
	l := New(c, cat, []string{"proxy"})
	names := []string{"host", "upstream"}
	begin := time.Date(2026, 11, 17, 13, 0, 0, 0, time.UTC)
	for second := range 63 * 60 {
		at := begin.Add(time.Duration(second) * time.Second)
		r := parser.Result{Labels: names, Lines: 4, Records: 4}
		for host := range 4 {
			labels := [][]byte{fmt.Appendf(nil, "h%d", host), []byte("10.0.0.7:8080")}
			q := parser.Request{Time: at.UnixNano(), DRM: codes.Widevine, Sampled: true, Labels: labels}
			if host == 2 && second >= 60*60 {
				client := fmt.Appendf(nil, "device-%d", second)
				q.Outcome, q.Coded, q.Client = parser.Failed, true, client
				r.Events = append(r.Events, parser.Event{
					Time: at.UnixNano(), DRM: codes.Widevine, Code: 6002, Index: cat.Index(codes.Widevine, 6002), Client: client, Sampled: true, Labels: labels,
				})
			}
			r.Requests = append(r.Requests, q)
		}
		l.Commit("proxy", at, &r, tailer.Position{})
	}
	return l, begin
}

func TestVerdictNamesTheHost(t *testing.T) {
	l, begin := blameLedger(t, DefaultBlame())
	v := l.Judge(blame.Question{Onset: begin.Add(time.Hour), Now: begin.Add(63 * time.Minute)})
	if v.Kind != blame.OneHost || len(v.Named) != 1 || v.Named[0] != (blame.Value{Dimension: "host", Value: "h2"}) {
		t.Errorf("kind %q, named %v: %s", v.Kind, v.Named, v.Sentence)
	}
	if v.Clients != 180 || v.Witnesses != 180 {
		t.Errorf("%d clients, %d witnesses, want 180", v.Clients, v.Witnesses)
	}
	b, err := l.Spread(begin.Add(63*time.Minute), 3*time.Minute, 6002, "", "host")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Dimensions) != 1 || len(b.Named) != 1 || b.Named[0].Value != "h2" {
		t.Errorf("breakdown %+v", b)
	}
	if _, err := l.Spread(begin, time.Minute, 0, "", "planet"); err == nil || !strings.Contains(err.Error(), "host") {
		t.Errorf("a dimension that is not known: %v", err)
	}
}

// No hash of a client leaves the process.
func TestNoClientInVerdict(t *testing.T) {
	l, begin := blameLedger(t, DefaultBlame())
	now := begin.Add(63 * time.Minute)
	b, err := l.Spread(now, time.Hour, 0, "", "")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal([]any{l.Judge(blame.Question{Onset: begin.Add(time.Hour), Now: now}), b, l.Publish(now).State()})
	if err != nil {
		t.Fatal(err)
	}
	for second := range 180 {
		id := fmt.Sprintf("device-%d", 3600+second)
		hash := l.clients.hash([]byte(id))
		for _, secret := range []string{id, fmt.Sprint(hash), fmt.Sprint(hash >> 32), fmt.Sprintf("%x", hash), fmt.Sprintf("%x", hash>>32)} {
			if strings.Contains(string(shown), secret) {
				t.Fatalf("%s is shown", secret)
			}
		}
	}
}

// Names of pods look like ids, those of upstream servers like addresses: both are of the
// operator's servers, and may be named. In a label of the configuration an address may not.
func TestNamesOfServers(t *testing.T) {
	cfg := Default()
	cfg.Labels = []string{"platform"}
	b := newBlameWriter(cfg)
	for dimension, want := range map[string]bool{"pod": true, "upstream": true, "host": true, "container": true, "platform": false} {
		for _, value := range []string{"lp-7d9f8b6c5d-x2bqz", "10.9.0.4:8443"} {
			if dimension == "platform" && value != "10.9.0.4:8443" {
				continue
			}
			var first, other, p blame.Places
			d := b.Dimension(dimension)
			b.Place(&first, d, []byte("web"), 1)
			b.Place(&other, d, []byte("\xff"), 1) // no value
			if b.Place(&p, d, []byte(value), 1); (p[d] != other[d]) != want {
				t.Errorf("%s %q is named: %v, want %v", dimension, value, p[d] != other[d], want)
			}
		}
	}
}

func TestClientsOff(t *testing.T) {
	cfg := DefaultBlame()
	cfg.Clients = false
	l, begin := blameLedger(t, cfg)
	v := l.Judge(blame.Question{Onset: begin.Add(time.Hour), Now: begin.Add(63 * time.Minute)})
	if v.Kind != blame.OneHost {
		t.Errorf("kind %q without clients: %s", v.Kind, v.Sentence)
	}
}

func TestBlameConfigFaults(t *testing.T) {
	c := BlameConfig{Dimensions: []string{"platfrom", "platform", "platform", "upstream"}}
	err := c.Validate([]string{"platform"})
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{"dimensions[0]", "dimensions[2]", "dimensions[3]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault of %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "dimensions[1]") {
		t.Errorf("a fault of a known label: %v", err)
	}
}

// A backlog that is read in seconds is sampled by its own minutes, not as one minute of
// the clock; a burst within a minute is sampled more thinly.
func TestSamplingOfABacklog(t *testing.T) {
	const wanted, perMinute = 100, 300
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	var s sampling
	for block := range 200 { // of five minutes each
		s.counted(5*perMinute, wanted, start.Add(time.Duration(5*block)*time.Minute).UnixNano())
	}
	if read := perMinute / s.every; read < wanted/2 || read > 4*wanted {
		t.Errorf("of a backlog: one in %d, %d a minute, want about %d", s.every, read, wanted)
	}
	now := start.Add(24 * time.Hour)
	for range 100 {
		s.counted(1000, wanted, now.UnixNano())
	}
	if read := 100_000 / s.every; read > 4*wanted {
		t.Errorf("of a burst: one in %d, %d in a minute, want at most %d", s.every, read, 4*wanted)
	}
}
