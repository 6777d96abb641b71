package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMuteTimes(t *testing.T) {
	for _, tt := range []struct {
		name string
		mute MuteConfig
		on   []string // RFC 3339
		off  []string
	}{
		{"always", MuteConfig{}, []string{"2026-11-23T00:00:00Z", "2026-11-29T23:59:59Z"}, nil},
		{"a day", MuteConfig{Days: []string{"sun"}, Timezone: "UTC"}, []string{"2026-11-29T00:00:00Z", "2026-11-29T23:59:59Z"}, []string{"2026-11-28T23:59:59Z", "2026-11-30T00:00:00Z"}},
		{"some days over the weekend", MuteConfig{Days: []string{"Fri-mon", "wed"}, Timezone: "UTC"},
			[]string{"2026-11-27T12:00:00Z", "2026-11-28T12:00:00Z", "2026-11-29T12:00:00Z", "2026-11-30T12:00:00Z", "2026-11-25T12:00:00Z"},
			[]string{"2026-11-24T12:00:00Z", "2026-11-26T12:00:00Z"}},
		{"some hours", MuteConfig{From: "09:30", To: "10:00", Timezone: "UTC"},
			[]string{"2026-11-23T09:30:00Z", "2026-11-23T09:59:59Z"}, []string{"2026-11-23T09:29:59Z", "2026-11-23T10:00:00Z"}},
		{"over midnight, on the day on which it begins", MuteConfig{Days: []string{"saturday"}, From: "22:00", To: "6:00", Timezone: "UTC"},
			[]string{"2026-11-28T22:00:00Z", "2026-11-29T00:00:00Z", "2026-11-29T05:59:59Z"},
			[]string{"2026-11-28T05:00:00Z", "2026-11-28T21:59:59Z", "2026-11-29T06:00:00Z", "2026-11-29T22:00:00Z"}},
		{"to the end of the day", MuteConfig{From: "23:00", To: "24:00", Timezone: "UTC"}, []string{"2026-11-23T23:59:59Z"}, []string{"2026-11-24T00:00:00Z", "2026-11-23T22:59:59Z"}},
		{"from a time on", MuteConfig{From: "23:00", Timezone: "UTC"}, []string{"2026-11-23T23:59:59Z"}, []string{"2026-11-24T00:00:00Z"}},
		{"up to a time", MuteConfig{To: "01:00", Timezone: "UTC"}, []string{"2026-11-23T00:59:59Z"}, []string{"2026-11-23T01:00:00Z"}},
		{"up to midnight", MuteConfig{From: "23:00", To: "00:00", Timezone: "UTC"}, []string{"2026-11-23T23:30:00Z"}, []string{"2026-11-24T00:00:00Z"}},
		{"in a zone", MuteConfig{From: "09:00", To: "10:00", Timezone: "Europe/Zurich"}, []string{"2026-11-23T08:00:00Z", "2026-07-23T07:00:00Z"}, []string{"2026-11-23T09:00:00Z", "2026-07-23T08:00:00Z"}},
		// Clocks go from 03:00 back to 02:00 at 01:00 UTC: the hour comes twice.
		{"an hour that comes twice", MuteConfig{From: "02:15", To: "02:45", Timezone: "Europe/Zurich"},
			[]string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}, []string{"2026-10-25T00:50:00Z", "2026-10-25T01:50:00Z"}},
		// Clocks go from 02:00 to 03:00 at 01:00 UTC.
		{"an hour that is skipped", MuteConfig{From: "02:15", To: "03:15", Timezone: "Europe/Zurich"},
			[]string{"2026-03-29T01:00:00Z", "2026-03-29T01:14:59Z"}, []string{"2026-03-29T00:59:59Z", "2026-03-29T01:15:00Z"}},
		{"a night with 25 hours", MuteConfig{Days: []string{"sat"}, From: "22:00", To: "06:00", Timezone: "Europe/Zurich"},
			[]string{"2026-10-24T20:00:00Z", "2026-10-25T04:59:59Z"}, []string{"2026-10-24T19:59:59Z", "2026-10-25T05:00:00Z"}},
	} {
		tt.mute.Name = tt.name
		m, err := newMute(tt.mute)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, list := range []struct {
			times []string
			want  bool
		}{{tt.on, true}, {tt.off, false}} {
			for _, text := range list.times {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				if got := m.active(at); got != list.want {
					t.Errorf("%s: at %s %v, want %v", tt.name, text, got, list.want)
				}
			}
		}
	}
}

func TestValidateMutes(t *testing.T) {
	cat := catalogue(t)
	byTenant := keyManager(0, 0)
	byTenant.Name, byTenant.By = "ByTenant", []string{"tenant"}
	rules := []RuleConfig{keyManager(0, 0), byTenant}
	for _, tt := range []struct {
		mute MuteConfig
		want string // "" for none
	}{
		{MuteConfig{Name: "a", Days: []string{"sat", "sun"}, From: "22:00", To: "06:00", Timezone: "Europe/Zurich", Match: map[string]string{"alertname": "KeyManager.*", "severity": "critical|warning"}}, ""},
		{MuteConfig{Name: "a", Match: map[string]string{"tenant": "acme"}}, ""},
		{MuteConfig{Name: "a", Match: map[string]string{"cluster": "fra1"}}, ""},
		{MuteConfig{Name: "a", Match: map[string]string{"alertname": "KeyManagerFailingNewLevel", "severity": "info"}}, ""},
		{MuteConfig{}, "mute[0].name: missing"},
		{MuteConfig{Name: "a", Days: []string{"sat", "Caturday"}}, `mute[0].days[1]: "Caturday": one of sun, mon, tue`},
		{MuteConfig{Name: "a", From: "25:00"}, `mute[0].from: "25:00": must be a time of day`},
		{MuteConfig{Name: "a", From: "22:00", To: "22:00"}, "mute[0].to: the same as from"},
		{MuteConfig{Name: "a", Timezone: "Europe/Bern"}, `mute[0].timezone: "Europe/Bern" is no time zone`},
		{MuteConfig{Name: "a", Match: map[string]string{"alertname": "("}}, `mute[0].match.alertname: "(": not a regular expression`},
		{MuteConfig{Name: "a", Match: map[string]string{"tenent": "acme"}}, "mute[0].match.tenent: no alert has this label: did you mean tenant?"},
		{MuteConfig{Name: "a", Match: map[string]string{"alertname": "TokenSpike"}}, "mute[0].match: no rule makes an alert with these labels"},
		{MuteConfig{Name: "a", Match: map[string]string{"severity": "warning"}}, "mute[0].match: no rule makes an alert with these labels"},
	} {
		err := ValidateMutes([]MuteConfig{tt.mute}, rules, cat, map[string]string{"cluster": "fra1"})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%+v: got %v, want %s", tt.mute, err, tt.want)
		}
	}
	if err := ValidateMutes([]MuteConfig{{Name: "a"}, {Name: "a"}}, rules, cat, nil); err == nil || !strings.Contains(err.Error(), "mute[1].name") {
		t.Errorf("two of one name: %v", err)
	}
}

// A muted alert is judged and shown, but not sent; what fires when the mute
// ends is sent then, with its true beginning.
func TestMute(t *testing.T) {
	cat := catalogue(t)
	mute := MuteConfig{Name: "deploy", From: "12:00", To: "12:30", Timezone: "UTC", Match: map[string]string{"alertname": "KeyManagerFailing"}}
	for _, tt := range []struct {
		name       string
		begin, end int    // minutes, of an outage
		sent       string // minute of the first and the last time that receivers are given it firing
		resolved   bool   // its end is sent
	}{
		{"over before the mute ends", 5, 15, "", false},
		{"goes on after the mute", 20, 45, "30-45", true},
		{"begins after the mute", 40, 50, "40-50", true},
		{"began before the mute", -20, 10, "-19-10", true},
	} {
		e, err := New([]RuleConfig{keyManager(0, 0)}, cat, Options{Settings: Settings{Mutes: []MuteConfig{mute}}})
		if err != nil {
			t.Fatal(err)
		}
		l := &log{cat: cat, stepped: true, now: -30 * min1}
		for m := tt.begin; m < tt.end; m++ {
			l.burst(time.Duration(m+1)*min1, "proxy", 6007, 60)
		}
		var sent []int
		resolved, fired := false, 0
		for l.now < 60*min1 {
			for _, c := range e.Evaluate(noon.Add(l.now), l) {
				if c.To == Firing {
					fired++
					if inside := l.now >= 0 && l.now < 30*min1; (c.Muted == "deploy") != inside {
						t.Errorf("%s: muted by %q at %s", tt.name, c.Muted, l.now)
					}
				}
			}
			for _, a := range e.Alerts() {
				if a.ResolvedAt.IsZero() {
					sent = append(sent, int(l.now/min1))
					if began := a.StartsAt.Sub(noon); began < time.Duration(tt.begin)*min1 || began > time.Duration(tt.begin+1)*min1 {
						t.Errorf("%s: began at %s", tt.name, began)
					}
				} else {
					resolved = true
				}
			}
			if l.now%(7*min1) == 0 { // at any time, a restart changes nothing
				b := e.State()
				if e, err = New([]RuleConfig{keyManager(0, 0)}, cat, Options{Settings: Settings{Mutes: []MuteConfig{mute}}}); err != nil {
					t.Fatal(err)
				}
				if err := e.Restore(b); err != nil {
					t.Fatal(err)
				}
			}
			l.now += Interval
		}
		got := ""
		if len(sent) > 0 {
			got = fmt.Sprintf("%d-%d", sent[0], slices.Max(sent))
		}
		if got != tt.sent || resolved != tt.resolved || fired != 1 || len(e.Resolved()) != 1 && tt.end > 44 {
			t.Errorf("%s: sent in minutes %s, resolved %v, fired %d times, %d resolved", tt.name, got, resolved, fired, len(e.Resolved()))
		}
	}
}

// A mute is about the alerts that have its labels, and no other.
func TestMuteMatches(t *testing.T) {
	cat := catalogue(t)
	other := keyManager(0, 0)
	other.Name = "Other"
	e, err := New([]RuleConfig{keyManager(0, 0), other}, cat, Options{Settings: Settings{Mutes: []MuteConfig{{Name: "m", Match: map[string]string{"alertname": "KeyManager.*"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{cat: cat, now: min1}
	l.burst(min1, "proxy", 6007, 6)
	e.Evaluate(noon.Add(l.now), l)
	if a := e.Alerts(); len(a) != 1 || a[0].Labels["alertname"] != "Other" {
		t.Errorf("sent %+v", a)
	}
	if s := e.States(); s[0].State != Firing || s[0].Muted != "m" || s[1].Muted != "" {
		t.Errorf("states %+v", s)
	}
	if m := e.Mutes(noon); len(m) != 1 || m[0] != (Mute{"m", true, 1}) {
		t.Errorf("mutes %+v", m)
	}
}
