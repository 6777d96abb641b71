package replay

import (
	"fmt"
	"strings"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/metrics"
)

// scenario is a log, and rules to judge it by.
type scenario struct {
	name     string
	rules    []alert.RuleConfig
	lasts    time.Duration
	log      func(w *parityLog)
	fires    []string // the rules, in the order in which they begin to fire
	byTenant bool
	slow     bool // twelve requests a minute, and Prometheus looks every two minutes: for scenarios of days
}

// interval is how often Prometheus scrapes and evaluates, and how far from a
// change it may differ: by one evaluation. Windows of days come to their
// threshold so slowly that what increase() adds at their ends is worth minutes.
func (s scenario) interval() (scrape, evaluate, margin time.Duration) {
	if s.slow {
		return 2 * time.Minute, 2 * time.Minute, 10 * time.Minute
	}
	return metrics.Step, 15 * time.Second, 15 * time.Second // as in the generated rule file
}

func scenarios() []scenario {
	keyManager := func(r alert.RuleConfig) alert.RuleConfig {
		r.Name, r.Match = "KeyManager", alert.Match{Categories: []string{"key-manager"}}
		if r.When.PerMinute == 0 {
			r.When = alert.When{PerMinute: 6, Over: time.Minute}
		}
		return r
	}
	one := func(r alert.RuleConfig) []alert.RuleConfig { return []alert.RuleConfig{r} }
	return []scenario{
		{name: "an outage", rules: one(keyManager(alert.RuleConfig{})), lasts: 15 * time.Minute, fires: []string{"KeyManager"},
			log: func(w *parityLog) { w.code(5*time.Minute, 8*time.Minute, 2*time.Second, 6007) }},
		{name: "too few", rules: one(keyManager(alert.RuleConfig{})), lasts: 15 * time.Minute,
			log: func(w *parityLog) { w.code(5*time.Minute, 12*time.Minute, 20*time.Second, 6007) }},
		{name: "a burst in a long window", rules: one(keyManager(alert.RuleConfig{When: alert.When{PerMinute: 4, Over: 5 * time.Minute}})), lasts: 20 * time.Minute, fires: []string{"KeyManager"},
			log: func(w *parityLog) { w.code(5*time.Minute, 6*time.Minute, time.Second, 6007) }},
		{name: "for has passed", rules: one(keyManager(alert.RuleConfig{For: 2 * time.Minute})), lasts: 20 * time.Minute, fires: []string{"KeyManager"},
			log: func(w *parityLog) { w.code(5*time.Minute, 10*time.Minute, 2*time.Second, 6007) }},
		{name: "for has not passed", rules: one(keyManager(alert.RuleConfig{For: 4 * time.Minute})), lasts: 20 * time.Minute,
			log: func(w *parityLog) { w.code(5*time.Minute, 7*time.Minute, 2*time.Second, 6007) }},
		{name: "keep firing", rules: one(keyManager(alert.RuleConfig{KeepFiringFor: 5 * time.Minute})), lasts: 25 * time.Minute, fires: []string{"KeyManager"},
			log: func(w *parityLog) { w.code(5*time.Minute, 8*time.Minute, 2*time.Second, 6007) }},
		{name: "kept firing over a pause", rules: one(keyManager(alert.RuleConfig{KeepFiringFor: 5 * time.Minute})), lasts: 30 * time.Minute, fires: []string{"KeyManager"},
			log: func(w *parityLog) {
				w.code(5*time.Minute, 8*time.Minute, 2*time.Second, 6007)
				w.code(11*time.Minute, 14*time.Minute, 2*time.Second, 6008)
			}},
		{name: "two outages", rules: one(keyManager(alert.RuleConfig{})), lasts: 30 * time.Minute, fires: []string{"KeyManager", "KeyManager"},
			log: func(w *parityLog) {
				w.code(5*time.Minute, 8*time.Minute, 2*time.Second, 6007)
				w.code(20*time.Minute, 23*time.Minute, 2*time.Second, 6007)
			}},
		{name: "retries of one request", rules: one(keyManager(alert.RuleConfig{})), lasts: 15 * time.Minute,
			log: func(w *parityLog) { w.retries(5*time.Minute, 8*time.Minute, 2*time.Second, 6007) }},
		{name: "other codes", rules: one(keyManager(alert.RuleConfig{})), lasts: 15 * time.Minute,
			log: func(w *parityLog) { w.code(5*time.Minute, 8*time.Minute, 2*time.Second, 4025) }},
		{name: "numbers by outcome", lasts: 15 * time.Minute, fires: []string{"Expected"},
			rules: one(alert.RuleConfig{Name: "Expected", Match: alert.Match{Outcomes: []string{"expected"}, DRMs: []string{"widevine"}}, When: alert.When{PerMinute: 10, Over: 2 * time.Minute}}),
			log:   func(w *parityLog) { w.code(5*time.Minute, 9*time.Minute, time.Second, 4025) }},
		{name: "numbers by code", lasts: 15 * time.Minute, fires: []string{"Dates"},
			rules: one(alert.RuleConfig{Name: "Dates", Match: alert.Match{Codes: []int{1007, 4400}, Sources: []string{"proxy"}}, When: alert.When{PerMinute: 10, Over: time.Minute}}),
			log:   func(w *parityLog) { w.code(5*time.Minute, 9*time.Minute, time.Second, 1007) }},
		{name: "two codes add up", lasts: 15 * time.Minute, fires: []string{"KeyManager"}, rules: one(keyManager(alert.RuleConfig{})),
			log: func(w *parityLog) {
				w.code(5*time.Minute, 9*time.Minute, 14*time.Second, 6007)
				w.code(5*time.Minute+7*time.Second, 9*time.Minute, 14*time.Second, 6008)
			}},
		{name: "numbers by severity", lasts: 15 * time.Minute, fires: []string{"Critical"},
			rules: one(alert.RuleConfig{Name: "Critical", Match: alert.Match{Severities: []string{"critical"}}, When: alert.When{PerMinute: 5, Over: 3 * time.Minute}}),
			log: func(w *parityLog) {
				w.code(3*time.Minute, 12*time.Minute, 2*time.Second, 4025)
				w.code(5*time.Minute, 9*time.Minute, 5*time.Second, 6007)
			}},
		{name: "by tenant", byTenant: true, lasts: 15 * time.Minute, fires: []string{"KeyManager"},
			rules: one(keyManager(alert.RuleConfig{By: []string{"tenant"}})),
			log:   func(w *parityLog) { w.code(5*time.Minute, 9*time.Minute, 3*time.Second, 6007) }},
		{name: "a share", lasts: 25 * time.Minute, fires: []string{"Share"},
			rules: one(alert.RuleConfig{Name: "Share", Match: alert.Match{Categories: []string{"token"}}, When: alert.When{ShareOfRequests: 0.2, MinRequests: 50, Over: 5 * time.Minute}}),
			log:   func(w *parityLog) { w.code(8*time.Minute, 16*time.Minute, 2*time.Second, 4006) }},
		{name: "an unlisted code", lasts: 15 * time.Minute, fires: []string{"Unlisted"},
			rules: one(alert.RuleConfig{Name: "Unlisted", When: alert.When{Unlisted: true, Over: 2 * time.Minute}}),
			log:   func(w *parityLog) { w.code(5*time.Minute, 7*time.Minute, 5*time.Second, 8765) }},
		// The second time half an hour is known, so that the pair of 30 minutes counts.
		{name: "burning the budget", lasts: 40 * time.Minute, fires: []string{"Budget", "Budget"},
			rules: one(alert.RuleConfig{Name: "Budget", When: alert.When{BurnRate: &alert.BurnRate{Objective: 0.99}}}),
			log:   func(w *parityLog) { w.code(10*time.Minute, 20*time.Minute, time.Second, 6007) }},
		{name: "first sights", lasts: 110 * time.Minute, fires: []string{"News", "News"},
			rules: one(alert.RuleConfig{Name: "News", Match: alert.Match{Outcomes: []string{"fault"}}, When: alert.When{FirstSeen: time.Hour, Over: 5 * time.Minute}}),
			log: func(w *parityLog) {
				w.code(time.Minute, 100*time.Minute, 10*time.Minute, 6007) // often
				w.code(20*time.Minute, 21*time.Minute, time.Minute, 6001)  // within the first hour: unknown
				w.code(75*time.Minute, 76*time.Minute, time.Minute, 5001)  // never before
				w.code(90*time.Minute, 94*time.Minute, time.Minute, 6001)  // not for 70 minutes
			}},
		{name: "burning the budget slowly", lasts: 5 * time.Hour, fires: []string{"Budget"},
			rules: one(alert.RuleConfig{Name: "Budget", When: alert.When{BurnRate: &alert.BurnRate{Objective: 0.99, Windows: "page"}}}),
			// One request in eight fails from the third hour on: too few for an hour's window, too many for six.
			log: func(w *parityLog) { w.code(2*time.Hour, 4*time.Hour, 7*time.Second, 6007) }},
		// Of ten requests one fails, after two days with four times as many requests: too many for the last
		// day, too few for three. Windows of days end where one failure more or less decides, hence the keeping.
		{name: "burning a day's budget", slow: true, lasts: 70 * time.Hour, fires: []string{"Budget"},
			rules: one(alert.RuleConfig{Name: "Budget", When: alert.When{BurnRate: &alert.BurnRate{Objective: 0.99, Windows: "ticket"}}, KeepFiringFor: 30 * time.Minute}),
			log: func(w *parityLog) {
				w.quieter = 48 * time.Hour
				w.code(50*time.Hour, 66*time.Hour, 180*time.Second, 6007)
			}},
		// Of sixty one fails: never too many for a day, but for three.
		{name: "burning three days' budget", slow: true, lasts: 68 * time.Hour, fires: []string{"Budget"},
			rules: one(alert.RuleConfig{Name: "Budget", When: alert.When{BurnRate: &alert.BurnRate{Objective: 0.99, Windows: "ticket"}}, KeepFiringFor: 30 * time.Minute}),
			log:   func(w *parityLog) { w.code(20*time.Hour, 60*time.Hour, 295*time.Second, 6007) }},
		{name: "a spike", lasts: 30 * time.Minute, fires: []string{"ChallengeSpike"},
			rules: keptFiring(one(alert.RuleConfig{Name: "ChallengeSpike", Match: alert.Match{Categories: []string{"challenge"}}, When: alert.When{Spike: &alert.Spike{Sensitivity: "ticket", Usual: "0.2/min"}}})),
			log:   func(w *parityLog) { w.code(15*time.Minute, 20*time.Minute, 4*time.Second, 2001) }},
		{name: "the default rules", rules: keptFiring(alert.DefaultRules()), lasts: 25 * time.Minute, fires: []string{"KeyManagerFailing", "KeyManagerSpike"},
			log: func(w *parityLog) { w.code(10*time.Minute, 13*time.Minute, 2*time.Second, 6007) }},
		{name: "silence", lasts: 40 * time.Minute, fires: []string{"Silent"},
			rules: one(alert.RuleConfig{Name: "Silent", When: alert.When{Silent: 5 * time.Minute}}),
			log:   func(w *parityLog) { w.pause(15*time.Minute, 28*time.Minute) }},
	}
}

// keptFiring has rules on spikes fire on for as long as Prometheus keeps them.
func keptFiring(rules []alert.RuleConfig) []alert.RuleConfig {
	for i := range rules {
		if rules[i].When.Spike != nil {
			rules[i].KeepFiringFor = 5 * time.Minute
		}
	}
	return rules
}

// parityLog is an access log of a service that grants a licence every so often.
type parityLog struct {
	pace     time.Duration
	quieter  time.Duration // from when on it is asked for a quarter as many; 0 for never
	refusals []refusal
	from, to time.Duration // nothing is written in between
}

type refusal struct {
	at   time.Duration
	code int
	id   string
}

func (w *parityLog) code(from, to, every time.Duration, code int) {
	for at := from; at < to; at += every {
		w.refusals = append(w.refusals, refusal{at, code, fmt.Sprintf("r%d", len(w.refusals))})
	}
}

func (w *parityLog) retries(from, to, every time.Duration, code int) {
	for at := from; at < to; at += every {
		w.refusals = append(w.refusals, refusal{at, code, "again"})
	}
}

func (w *parityLog) pause(from, to time.Duration) { w.from, w.to = from, to }

func (w *parityLog) text(lasts time.Duration) string {
	begin := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var b strings.Builder
	line := func(at time.Duration, status int, id, body string) {
		fmt.Fprintf(&b, `{"@timestamp":"%s","request":"POST /acme/wvls/v1/licenses HTTP/1.1","status":%d,"correlation_id":"%s","resp_body":"%s"}`+"\n",
			begin.Add(at).Format(time.RFC3339Nano), status, id, body)
	}
	for at := 300 * time.Millisecond; at < lasts; at += w.pace {
		if at < w.from || at >= w.to {
			line(at, 200, fmt.Sprintf("g%d", at), "-")
		}
		if w.quieter > 0 && at >= w.quieter {
			at += 3 * w.pace
		}
	}
	for _, r := range w.refusals {
		line(r.at+600*time.Millisecond, 400, r.id, fmt.Sprintf(`{\"errorCode\":%d}`, r.code))
	}
	return b.String()
}
