package blame

import (
	"strings"
	"testing"
	"time"

	"wvwatch/internal/codes"
)

// calmSignals are those of a service with a thousand plays, of which 3 % fail as usual.
func calmSignals() *signals {
	return &signals{
		Question: Question{Onset: onsetOfTests, Now: onsetOfTests.Add(8 * time.Minute)},
		before:   &before{failing: .03, minutes: 15, plays: 125, byPlay: true, p95: .1}, known: true, counted: true, part: 1, minutes: 8,
		plays: 1000, expected: 1000, failing: .03, tries: 1, usual: 1, triesSeen: true, triesKnown: true, p95: .1, clients: 30,
		finding: Finding{Known: true, names: []string{"tenant", "app_version", "platform", "upstream", "host", "pod", "country"}},
		started: onsetOfTests.Add(-2 * time.Hour),
	}
}

// rises makes codes rise, with a hundred clients each.
func (s *signals) rises(t *testing.T, drm codes.DRM, list ...int) {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		s.rising = append(s.rising, rising{entry: cat.Resolve(drm, c), clients: 100, normal: 1, own: true})
	}
}

// carried names values of dimensions that carry the rise.
func (s *signals) carried(names ...string) {
	s.finding.Others, s.finding.Nats = true, 50
	for _, name := range names {
		for d, n := range s.finding.names {
			if n == name {
				s.finding.Named = append(s.finding.Named, Place{Dimension: d, Value: firstPlace, Share: 1, first: onsetOfTests.Add(-90 * time.Minute).UnixNano()})
			}
		}
	}
}

// Each rule of the table applies to what it is for, and each of its guards keeps it from
// what it is not for: want is "kind owner confidence".
func TestRules(t *testing.T) {
	type change = func(s *signals)
	codesOf := func(list ...int) change { return func(s *signals) { s.rises(t, codes.Widevine, list...) } }
	at := func(names ...string) change { return func(s *signals) { s.carried(names...) } }
	lonely := func(s *signals) {
		s.rises(t, codes.Widevine, 6002)
		s.lonely, s.busiest, s.incidents, s.rising = &s.rising[0], .9, 480, nil
	}
	fresh := func(s *signals) { s.finding.Named[0].first = onsetOfTests.Add(-10 * time.Minute).UnixNano() }
	crowd := func(s *signals) { s.plays, s.expected = 2000, 1000 }
	slow := func(s *signals) { s.p95 = .5 }
	for _, tt := range []struct {
		name    string
		want    string
		changes []change
	}{
		{"calm", "nothing none needed high", nil},
		{"what is normal is not known", "nothing none needed low", []change{func(s *signals) { s.known, s.counted = false, false }}},

		{"collapse", "collapse in front of the proxy high", []change{func(s *signals) { s.plays = 200 }}},
		{"collapse to two fifths", "collapse in front of the proxy medium", []change{func(s *signals) { s.plays = 400 }}},
		{"a fall by less than half", "nothing", []change{func(s *signals) { s.plays = 510 }}},
		{"a fall of few plays", "nothing", []change{func(s *signals) { s.plays, s.expected = 8, 20 }}},
		{"a fall in half a minute", "nothing", []change{func(s *signals) { s.plays, s.minutes = 200, .5 }}},
		{"a fall of plays that are not counted", "nothing", []change{func(s *signals) { s.plays, s.counted = 200, false }}},
		{"a fall in which a code rose", "code", []change{func(s *signals) { s.plays = 200 }, codesOf(2001)}},
		{"a fall in which a part gets no answer", "nothing", []change{func(s *signals) { s.plays, s.gateway, s.before.gateway = 200, .06, .05 }}},

		{"host out", "host-out infrastructure high", []change{func(s *signals) { s.silentFor = 30 }}},
		{"host out, and half of its load lost", "host-out infrastructure medium", []change{func(s *signals) { s.silentFor, s.plays = 30, 800 }}},
		{"host out, a code rose", "code", []change{func(s *signals) { s.silentFor = 30 }, codesOf(2001)}},
		{"host out, no answers", "gateway", []change{func(s *signals) { s.silentFor, s.gateway = 30, .2 }}},

		{"gateway", "gateway infrastructure high", []change{func(s *signals) { s.gateway = .2 }}},
		{"gateway, not much and spread", "gateway infrastructure medium", []change{func(s *signals) { s.gateway = .06 }}},
		{"gateway, not much, at a host", "gateway infrastructure high", []change{func(s *signals) { s.gateway = .06 }, at("host")}},
		{"gateway, and codes rose", "gateway infrastructure medium", []change{func(s *signals) { s.gateway = .2 }, codesOf(6001)}},
		{"hardly any without an answer", "nothing", []change{func(s *signals) { s.gateway = .045 }}},
		{"as many without an answer as usual", "nothing", []change{func(s *signals) { s.gateway, s.before.gateway = .2, .06 }}},
		{"five clients without an answer", "nothing", []change{func(s *signals) { s.plays, s.expected, s.gateway = 25, 25, .2 }}},

		{"retries", "retry client-app high", []change{func(s *signals) { s.tries = 2.2 }}},
		{"some retries", "retry client-app medium", []change{func(s *signals) { s.tries = 1.5 }}},
		{"hardly any retries", "nothing", []change{func(s *signals) { s.tries = 1.3 }}},
		{"retries as usual", "nothing", []change{func(s *signals) { s.tries, s.usual = 2.2, 2 }}},
		{"retries of plays that fail", "nothing", []change{func(s *signals) { s.tries, s.failing = 2.2, .05 }}},
		{"retries of plays that are not counted", "nothing", []change{func(s *signals) { s.tries, s.counted = 2.2, false }}},
		{"retries, a code rose", "code", []change{func(s *signals) { s.tries = 2.2 }, codesOf(2001)}},

		{"one device", "one-device none needed high", []change{lonely}},
		{"one device, with others", "one-device none needed medium", []change{lonely, func(s *signals) { s.busiest = .6 }}},
		{"one device, seldom", "one-device none needed medium", []change{lonely, func(s *signals) { s.incidents = 19 }}},
		{"one device with less than half", "nothing", []change{lonely, func(s *signals) { s.busiest = .4 }}},
		{"one device, a code rose", "code", []change{lonely, codesOf(2001)}},

		{"crowd", "crowd none needed high", []change{crowd}},
		{"a crowd that expires", "crowd none needed high", []change{crowd, codesOf(4025)}},
		{"hardly a crowd", "nothing", []change{func(s *signals) { s.plays = 1550 }}},
		{"a crowd that is not counted", "nothing", []change{crowd, func(s *signals) { s.counted = false }}},
		{"a crowd or retries", "nothing", []change{crowd, func(s *signals) { s.triesKnown = false }}},
		{"a crowd that comes back", "nothing", []change{crowd, func(s *signals) { s.returning = true }}},
		{"a crowd with a fault", "code", []change{crowd, codesOf(6001)}},
		{"a crowd that fails", "nothing", []change{crowd, func(s *signals) { s.failing = .06 }}},

		{"subscriber system", "subscriber operator-backend high", []change{codesOf(4025, 4020, 4021)}},
		{"two families of refusals", "subscriber operator-backend medium", []change{codesOf(4025, 4020)}},
		{"subscriber system at midnight", "subscriber operator-backend medium", []change{codesOf(4025, 4020, 4021), func(s *signals) { s.boundary = true }}},
		{"refusals and a fault", "code", []change{codesOf(4025, 4020, 6001)}},
		{"one family of refusals", "code", []change{codesOf(4020)}},
		{"two families at a tenant", "tenant operator-backend high", []change{codesOf(4025, 4020), at("tenant")}},

		{"wave", "wave viewer high", []change{codesOf(4025), func(s *signals) { s.boundary, s.turn = true, true }}},
		{"wave at midnight", "wave viewer medium", []change{codesOf(4025), func(s *signals) { s.boundary = true }}},
		{"expiries at noon", "code", []change{codesOf(4025)}},
		{"accounts at midnight", "code", []change{codesOf(4020), func(s *signals) { s.boundary = true }}},
		{"expiries and a fault at midnight", "code", []change{codesOf(4025, 6001), func(s *signals) { s.boundary = true }}},
		{"expiries of a tenant at midnight", "tenant", []change{codesOf(4025), at("tenant"), func(s *signals) { s.boundary = true }}},

		{"sessions", "sessions drm-platform high", []change{func(s *signals) { s.rises(t, codes.SSM, 1007) }}},
		{"tokens of sessions", "code", []change{codesOf(4033)}},
		{"another code of the session manager", "code", []change{func(s *signals) { s.rises(t, codes.SSM, 1008) }}},
		{"sessions at a host", "one-host", []change{func(s *signals) { s.rises(t, codes.SSM, 1007) }, at("host")}},

		{"host", "one-host infrastructure high", []change{codesOf(6002), at("host")}},
		{"host, others rose too", "one-host infrastructure medium", []change{codesOf(6002), at("host"), func(s *signals) { s.finding.Others = false }}},
		{"host, little evidence", "one-host infrastructure medium", []change{codesOf(6002), at("host"), func(s *signals) { s.finding.Nats = 8 }}},
		{"host, few clients", "one-host infrastructure medium", []change{codesOf(6002), at("host"), func(s *signals) { s.rising[0].clients = 19 }}},
		{"pod", "one-host infrastructure high", []change{codesOf(6002), at("pod")}},
		{"upstream", "upstream infrastructure high", []change{codesOf(6007), at("upstream")}},
		{"refusals of an upstream", "upstream drm-platform high", []change{codesOf(4006), at("upstream")}},
		{"new tenant", "new-tenant operator-config high", []change{codesOf(1008), at("tenant"), fresh}},
		{"tenant that is known", "tenant", []change{codesOf(1008), at("tenant")}},
		{"new tenant on an app", "release client-app high", []change{codesOf(1008), at("tenant", "app_version"), fresh}},
		{"new app", "release client-app high", []change{codesOf(2001), at("app_version"), fresh}},
		{"new country", "tenant operator-backend high", []change{codesOf(3004), at("country"), fresh}},
		{"app", "release client-app high", []change{codesOf(2001), at("app_version")}},
		{"platform", "release client-app high", []change{codesOf(2001), at("platform")}},
		{"tenant", "tenant operator-backend high", []change{codesOf(3004), at("tenant")}},
		{"one family of refusals at a tenant", "tenant viewer low", []change{codesOf(4020), at("tenant")}},
		{"country", "tenant operator-backend high", []change{codesOf(3004), at("country")}},
		{"two families in a country", "tenant viewer low", []change{codesOf(4025, 4020), at("country")}},

		{"key manager", "key-manager infrastructure high", []change{codesOf(6007), func(s *signals) { s.failing = .2 }, slow}},
		{"key manager, not slow", "key-manager infrastructure medium", []change{codesOf(6007), func(s *signals) { s.failing = .2 }}},
		{"key manager, few plays", "key-manager infrastructure medium", []change{codesOf(6007), slow}},
		{"overload", "overload drm-platform high", []change{codesOf(6001), crowd, slow, func(s *signals) { s.failing = .2 }}},
		{"overload, not twice the plays", "overload drm-platform medium", []change{codesOf(6001), slow, func(s *signals) { s.plays, s.failing = 1700, .2 }}},
		{"overload of few plays", "overload drm-platform medium", []change{codesOf(6001), crowd, slow}},
		{"more plays, not slow", "code", []change{codesOf(6001), crowd}},
		{"slow, no more plays", "code", []change{codesOf(6001), slow}},
		{"slow, plays not counted", "code", []change{codesOf(6001), crowd, slow, func(s *signals) { s.counted = false }}},
		{"code", "code drm-platform high", []change{codesOf(6001)}},
		{"code, twice the usual", "code drm-platform medium", []change{codesOf(6001), func(s *signals) { s.rising[0].normal = 50 }}},
		{"code, where is not known", "code drm-platform medium", []change{codesOf(6001), func(s *signals) { s.finding.Known = false }}},
		{"code, normal is not known", "code drm-platform low", []change{codesOf(6001), func(s *signals) { s.known = false }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := calmSignals()
			for _, change := range tt.changes {
				change(s)
			}
			r, _ := s.choose()
			got := strings.Join([]string{string(r.kind), r.owner(s), string(s.confidence(r))}, " ")
			if got != tt.want && !strings.HasPrefix(got, tt.want+" ") {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// What the logs do not show is not ruled out.
func TestRuledOut(t *testing.T) {
	shown := func(s *signals) {
		s.clientsSeen = true
		for d := range s.finding.names {
			s.finding.Bars = append(s.finding.Bars, Bars{Dimension: d, Values: 3})
		}
	}
	for _, tt := range []struct {
		name   string
		change func(s *signals)
		want   string
	}{
		{"all", func(*signals) {}, "collapse host-out gateway retry one-device crowd subscriber wave sessions one-host upstream new-tenant release tenant key-manager overload"},
		{"no plays", func(s *signals) { s.counted = false }, "host-out one-device subscriber wave sessions one-host upstream new-tenant release tenant key-manager"},
		{"no tries", func(s *signals) { s.triesSeen, s.triesKnown = false, false }, "collapse host-out gateway one-device subscriber wave sessions one-host upstream new-tenant release tenant key-manager overload"},
		{"no clients", func(s *signals) { s.clientsSeen = false }, "collapse host-out gateway retry crowd subscriber wave sessions one-host upstream new-tenant release tenant key-manager overload"},
		{"no durations", func(s *signals) { s.before.p95 = 0 }, "collapse host-out gateway retry one-device crowd subscriber wave sessions one-host upstream new-tenant release tenant key-manager"},
		{"no dimensions", func(s *signals) { s.finding.Bars = nil }, "collapse gateway retry one-device crowd subscriber wave sessions key-manager overload"},
		{"too little traffic", func(s *signals) { s.finding.Known = false }, "collapse gateway retry one-device crowd subscriber wave sessions key-manager overload"},
		{"pods alone", func(s *signals) { s.finding.Bars = []Bars{{Dimension: 5, Values: 2}} }, "collapse gateway retry one-device crowd subscriber wave sessions one-host key-manager overload"},
	} {
		s := calmSignals()
		s.rises(t, codes.Widevine, 6001)
		shown(s)
		tt.change(s)
		if _, out := s.choose(); strings.Join(out, " ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, strings.Join(out, " "), tt.want)
		}
	}
}
