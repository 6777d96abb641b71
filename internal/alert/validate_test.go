package alert

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestDefaultRulesAreValid(t *testing.T) {
	if err := Validate(DefaultRules(), catalogue(t), nil); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	cat := catalogue(t)
	for _, tt := range []struct {
		name string
		edit func(*RuleConfig)
		want string // one error, exactly; "" for none
	}{
		{"nothing wrong", func(*RuleConfig) {}, ""},
		{"no name", func(r *RuleConfig) { r.Name = "" }, "alerts[0].name: missing: give the rule a name such as KeyManagerFailing"},
		{"name", func(r *RuleConfig) { r.Name = "key-manager failing" }, `alerts[0].name: "key-manager failing": must be CamelCase, letters and digits only, such as "KeyManagerFailing"`},
		{"name of digits", func(r *RuleConfig) { r.Name = "6007" }, `alerts[0].name: "6007": must be CamelCase, letters and digits only, such as "Rule6007"`},
		{"no threshold", func(r *RuleConfig) { r.When.PerMinute = 0 }, "alerts[0].when: no condition, or one that is 0: write per_minute, share_of_requests, spike, unlisted, first_seen, silent or burn_rate"},
		{"negative threshold", func(r *RuleConfig) { r.When.PerMinute = -1 }, "alerts[0].when.per_minute: -1: must be above 0"},
		{"no number", func(r *RuleConfig) { r.When.PerMinute = math.NaN() }, "alerts[0].when.per_minute: NaN: must be above 0"},
		{"too low", func(r *RuleConfig) { r.When = When{PerMinute: 0.1, Over: 5 * time.Minute} },
			"alerts[0].when.per_minute: 0.1 over 5m asks for less than one event, which cannot be told from one: use at least 0.2, or a longer over"},
		{"just one event", func(r *RuleConfig) { r.When = When{PerMinute: 0.2, Over: 5 * time.Minute} }, ""},
		{"default window", func(r *RuleConfig) { r.When = When{PerMinute: 0.2} }, ""},
		{"odd window", func(r *RuleConfig) { r.When.Over = 25 * time.Second },
			"alerts[0].when.over: 25s: must be a multiple of 10s, from 10s to 1h: windows are counted in such steps"},
		{"long window", func(r *RuleConfig) { r.When.Over = 2 * time.Hour },
			"alerts[0].when.over: 2h0m0s: must be a multiple of 10s, from 10s to 1h: windows are counted in such steps"},
		{"negative window", func(r *RuleConfig) { r.When.Over = -time.Minute },
			"alerts[0].when.over: -1m0s: must be a multiple of 10s, from 10s to 1h: windows are counted in such steps"},
		{"two conditions", func(r *RuleConfig) { r.When.Unlisted = true }, "alerts[0].when.unlisted: per_minute is set too, but a rule has one condition (only per_minute and spike go together): write two rules"},
		{"threshold and spike", func(r *RuleConfig) { r.When.Spike = &Spike{} }, ""},
		{"no part", func(r *RuleConfig) { r.When = When{ShareOfRequests: 2} },
			"alerts[0].when.share_of_requests: 2: must be above 0 and at most 1: 0.02 is two in a hundred"},
		{"few requests", func(r *RuleConfig) { r.When = When{ShareOfRequests: 0.02, MinRequests: -1} },
			"alerts[0].when.min_requests: -1: must be at least 1"},
		{"share", func(r *RuleConfig) { r.When = When{ShareOfRequests: 0.02} }, ""},
		{"spike", func(r *RuleConfig) { r.When = When{Spike: &Spike{}} }, ""},
		{"spike, all of it", func(r *RuleConfig) {
			r.When = When{Spike: &Spike{Level: "page", Usual: "3/h", PageAfter: 20 * time.Second, MinClients: 3, Tolerance: 3, Relearn: "never", RefusedShare: 0.1}}
			r.By = []string{"tenant"}
		}, ""},
		{"sensitivity", func(r *RuleConfig) { r.When = When{Spike: &Spike{Sensitivity: "high"}} },
			`alerts[0].when.spike.sensitivity: "high": must be page, ticket or a number from 3 to 100, the higher the surer`},
		{"an old word beside level", func(r *RuleConfig) { r.When = When{Spike: &Spike{Level: "page", Sensitivity: "ticket"}} },
			"alerts[0].when.spike.sensitivity: can not be combined with level: remove it, unless it is a number"},
		{"level", func(r *RuleConfig) { r.When = When{Spike: &Spike{Level: "critical"}} },
			`alerts[0].when.spike.level: unknown: "critical": page (many plays lost for some time) or ticket (certainly more than normal)`},
		{"page after", func(r *RuleConfig) { r.When = When{Gateway: &Gateway{PageAfter: 2 * time.Hour}}; r.Match = Match{} },
			"alerts[0].when.gateway.page_after: 2h0m0s: must be from 1s to 1h: how long an outage of all plays would have to last to lose as many"},
		{"min clients", func(r *RuleConfig) { r.When = When{Spike: &Spike{MinClients: 9}} }, "alerts[0].when.spike.min_clients: 9: must be from 1 to 8"},
		{"tolerance", func(r *RuleConfig) { r.When = When{Spike: &Spike{Tolerance: 1}} }, "alerts[0].when.spike.tolerance: 1: must be from 1.2 to 10 times the normal"},
		{"relearn", func(r *RuleConfig) { r.When = When{Spike: &Spike{Relearn: "always"}} }, `alerts[0].when.spike.relearn: unknown: "always": auto or never`},
		{"refused share", func(r *RuleConfig) { r.When = When{Spike: &Spike{RefusedShare: 1}} },
			"alerts[0].when.spike.refused_share: 1: must be a part of the plays, above 0 and below 1"},
		{"drift", func(r *RuleConfig) {
			r.When = When{Drift: &Drift{Ratio: 3}}
			r.Match = Match{}
			r.By = []string{"category"}
		}, ""},
		{"little drift", func(r *RuleConfig) { r.When = When{Drift: &Drift{Ratio: 1.5}}; r.Match = Match{} },
			"alerts[0].when.drift.ratio: 1.5: must be from 2 to 100 times the four weeks before"},
		{"collapse", func(r *RuleConfig) { r.When = When{Collapse: true}; r.Match = Match{} }, ""},
		{"by category", func(r *RuleConfig) { r.By = []string{"category"} }, `alerts[0].by[0]: "category" is not a label that counts are kept by: use one of metrics.labels`},
		{"usual", func(r *RuleConfig) { r.When = When{Spike: &Spike{Usual: "0.2"}} },
			`alerts[0].when.spike.usual: "0.2": must be a rate such as "0.2/min", "3/h" or "1/s"`},
		{"usually nothing", func(r *RuleConfig) { r.When = When{Spike: &Spike{Usual: "0/min"}} },
			`alerts[0].when.spike.usual: "0/min": must be above 0 and at most a million a second`},
		{"unlisted anywhere", func(r *RuleConfig) { r.When = When{Unlisted: true}; r.Match = Match{} }, ""},
		{"first seen", func(r *RuleConfig) { r.When = When{FirstSeen: 24 * time.Hour}; r.Match = Match{} }, ""},
		{"first seen just now", func(r *RuleConfig) { r.When = When{FirstSeen: time.Minute} },
			"alerts[0].when.first_seen: 1m0s: must be at least as long as over, which is 5m"},
		{"silent", func(r *RuleConfig) {
			r.When = When{Silent: 5 * time.Minute}
			r.Match = Match{Sources: []string{"proxy"}}
		}, ""},
		{"silent for long", func(r *RuleConfig) { r.When = When{Silent: 2 * time.Hour} },
			"alerts[0].when.silent: 2h0m0s: must be a multiple of 10s, from 10s to 1h: windows are counted in such steps"},
		{"budget", func(r *RuleConfig) {
			r.When = When{BurnRate: &BurnRate{Objective: 0.995, Windows: "default"}}
			r.Match = Match{}
		}, ""},
		{"low objective", func(r *RuleConfig) { r.When = When{BurnRate: &BurnRate{0.8, "page"}} },
			"alerts[0].when.burn_rate.objective: 0.8: can never fire: even if every licence fails, the budget burns at less than 6 times: use an objective above 0.834"},
		{"an objective for slow windows", func(r *RuleConfig) { r.When = When{BurnRate: &BurnRate{0.8, "default"}} }, ""},
		{"no objective", func(r *RuleConfig) { r.When = When{BurnRate: &BurnRate{}} },
			"alerts[0].when.burn_rate.objective: 0: must be a part of the requests such as 0.995, from 0.5 to below 1"},
		{"a budget that nothing uses up", func(r *RuleConfig) {
			r.When, r.Match = When{BurnRate: &BurnRate{Objective: 0.99}}, Match{Categories: []string{"entitlement"}}
		}, "alerts[0].match: none of these codes is a fault, and only faults use up the budget of burn_rate, so the rule can never fire: see wvwatch codes for their outcome"},
		{"windows of a budget", func(r *RuleConfig) { r.When = When{BurnRate: &BurnRate{0.99, "6h"}} },
			`alerts[0].when.burn_rate.windows: unknown: "6h": page (1h and 5m at 14.4 times, 6h and 30m at 6 times), ticket (1d and 2h at 3 times, 3d and 6h at 1 times) or default (all of them)`},
		{"by", func(r *RuleConfig) { r.By = []string{"app_version"} }, ""},
		{"by a label of the daemon's", func(r *RuleConfig) { r.By = []string{"severity"} }, `alerts[0].by[0]: "severity" is not a label that counts are kept by: use one of metrics.labels`},
		{"by what it sets itself", func(r *RuleConfig) { r.By, r.Labels = []string{"app"}, map[string]string{"app": "x"} }, `alerts[0].by[0]: "app" is in labels too: remove one of the two`},
		{"by two", func(r *RuleConfig) { r.By = []string{"app", "tenant"} }, `alerts[0].by[1]: a rule has an alert for each value of one label: remove the others`},
		{"by what requests do not have", func(r *RuleConfig) { r.When = When{ShareOfRequests: 0.1}; r.By = []string{"tenant"} },
			"alerts[0].by[0]: share_of_requests is not counted by label: remove by"},
		{"where", func(r *RuleConfig) { r.Evaluate = "elsewhere" }, `alerts[0].evaluate: unknown: "elsewhere": here, or prometheus for a rule that only the rule file holds`},
		{"outcome", func(r *RuleConfig) { r.Match.Outcomes = []string{"faulty"} }, `alerts[0].match.outcomes[0]: unknown: "faulty": did you mean fault?`},
		{"negative for", func(r *RuleConfig) { r.For = -1 }, "alerts[0].for: -1ns: must not be negative"},
		{"empty match", func(r *RuleConfig) { r.Match = Match{} },
			"alerts[0].match: empty, which would count every code: set codes, categories, severities, drm or sources"},
		{"unknown category", func(r *RuleConfig) { r.Match.Categories = []string{"entitlement", "key-manger"} },
			`alerts[0].match.categories[1]: unknown: "key-manger": did you mean key-manager?`},
		{"unlisted", func(r *RuleConfig) { r.Match.Categories = []string{"unlisted"} }, ""},
		{"unknown severity of codes", func(r *RuleConfig) { r.Match.Severities = []string{"page"} },
			`alerts[0].match.severities[0]: unknown: "page": one of info, warning, error, critical`},
		{"unknown drm", func(r *RuleConfig) { r.Match.DRMs = []string{"Widevine"} }, `alerts[0].match.drm[0]: unknown: "Widevine": did you mean widevine?`},
		{"unknown source", func(r *RuleConfig) { r.Match.Sources = []string{"proxi"} }, `alerts[0].match.sources[0]: unknown: "proxi": did you mean proxy?`},
		{"unknown code", func(r *RuleConfig) { r.Match = Match{Codes: []int{6009, 6017}} },
			"alerts[0].match.codes[1]: 6017 is in no server's list: did you mean 6007? If not, add it to codes.overlay, or match categories: [unlisted]"},
		{"code of nothing", func(r *RuleConfig) { r.Match = Match{Codes: []int{-1}} },
			"alerts[0].match.codes[0]: -1 is in no server's list: add it to codes.overlay, or match categories: [unlisted]"},
		{"code seen in the field", func(r *RuleConfig) { r.Match = Match{Codes: []int{4400}} }, ""},
		{"code of another server", func(r *RuleConfig) { r.Match = Match{Codes: []int{6007}, DRMs: []string{"ssm"}} },
			"alerts[0].match.codes[0]: 6007 is a code of widevine, not of ssm: change match.drm or the code"},
		{"code of a server without list", func(r *RuleConfig) { r.Match = Match{Codes: []int{6007}, DRMs: []string{"fairplay"}} }, ""},
		{"contradiction", func(r *RuleConfig) { r.Match = Match{Codes: []int{6007}, Categories: []string{"entitlement"}} },
			"alerts[0].match: no code is all of this at once, so the rule can never fire: a code must match every field that is given"},
		{"slip in the severity", func(r *RuleConfig) { r.Severity = "critcal" }, `alerts[0].severity: "critcal": did you mean critical?`},
		{"severity of their own", func(r *RuleConfig) { r.Severity = "sev2" }, ""},
		{"severity in words", func(r *RuleConfig) { r.Severity = "wake everybody" }, `alerts[0].severity: "wake everybody": must be one lower-case word, such as warning or critical`},
		{"reserved label", func(r *RuleConfig) { r.Labels = map[string]string{"drm": "x"} }, "alerts[0].labels.drm: is set by the daemon: choose another name"},
		{"label name", func(r *RuleConfig) { r.Labels = map[string]string{"a-b": "x"} },
			"alerts[0].labels.a-b: not a label name: letters, digits and _ only, not beginning with a digit or __"},
		{"empty label", func(r *RuleConfig) { r.Labels = map[string]string{"team": ""} },
			"alerts[0].labels.team: empty, which is the same as no label: give it a value or leave it out"},
		{"template syntax", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": "{{ .Rule"} },
			"alerts[0].annotations.summary: 1: unclosed action"},
		{"template field", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": "{{ .Tenant }}"} },
			"alerts[0].annotations.summary: 1:3: no field .Tenant: there are .Because, .Category, .Changed, .Codes, .Count, .DRM, .End, .Group, .Host, .Labels, .Lasted, .More, " +
				".Rule, .Sentence, .Severity, .Since, .Sources, .Summary, .Sums, .Threshold, .Until, .Value, .Verdict, .Where"},
		{"one bad template of two", func(r *RuleConfig) {
			r.Annotations = map[string]string{"summary": "{{ .Rule", "other": "{{ .Rule }}"}
		}, "alerts[0].annotations.summary: 1: unclosed action"},
		{"template field, nearly", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": "{{ .count }}"} },
			"alerts[0].annotations.summary: 1:3: no field .count, did you mean .Count? There are .Because, .Category, .Changed, .Codes, .Count, .DRM, .End, .Group, .Host, .Labels, .Lasted, .More, " +
				".Rule, .Sentence, .Severity, .Since, .Sources, .Summary, .Sums, .Threshold, .Until, .Value, .Verdict, .Where"},
		{"field of a code", func(r *RuleConfig) {
			r.Annotations = map[string]string{"summary": "{{ range .Codes }}{{ .Number }}{{ end }}"}
		},
			"alerts[0].annotations.summary: 1:21: no field .Number: there are .Category, .Code, .Count, .DRM, .Description, .Family, .Hint, .Listed, .Outcome, .Owner, .Severity"},
		{"field of the sums", func(r *RuleConfig) {
			r.Annotations = map[string]string{"summary": "{{ .Sums.Share }} {{ .Sums.Viewers }}"}
		},
			"alerts[0].annotations.summary: 1:26: no field .Viewers: there are .Clients, .Codes, .Failed, .Incidents, .Normal, .NormalShare, .Peak, .PeakAt, .Plays, .Records, .Share, .Since, .Sources"},
		{"label of by", func(r *RuleConfig) {
			r.By, r.Annotations = []string{"tenant"}, map[string]string{"summary": "{{ .Labels.tenant }} {{ .Labels.instance }}"}
		}, ""},
		{"label that the rule has not", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": "{{ .Labels.tenant }}"} },
			"alerts[0].annotations.summary: no label tenant in .Labels: alerts of this rule have alertname, category, drm, instance, severity"},
		{"second code", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": "{{ (index .Codes 1).Code }}"} },
			"alerts[0].annotations.summary: an alert may have a single code: use {{ range .Codes }} or {{ with .Codes }}"},
		{"a code in a rule without any", func(r *RuleConfig) {
			r.Match, r.When = Match{}, When{Silent: 5 * time.Minute}
			r.Annotations = map[string]string{"summary": "{{ (index .Codes 0).Code }}"}
		}, "alerts[0].annotations.summary: this rule has no codes, so .Codes is empty: use .Because or .Summary"},
		{"template in a label", func(r *RuleConfig) { r.Labels = map[string]string{"team": "{{ .Category }}"} },
			"alerts[0].labels.team: holds a template, but labels are the identity of an alert and are sent as they are: use an annotation"},
		{"template in a link", func(r *RuleConfig) { r.RunbookURL = "https://wiki.example/{{ .Category }}" },
			`alerts[0].runbook_url: is a template: write it as annotations: {runbook_url: "https://wiki.example/{{ .Category }}"}`},
		{"template length", func(r *RuleConfig) { r.Annotations = map[string]string{"summary": strings.Repeat("x", 5000)} },
			"alerts[0].annotations.summary: longer than 4096 bytes: shorten it"},
		{"runbook", func(r *RuleConfig) { r.RunbookURL = "docs/km.md" },
			`alerts[0].runbook_url: "docs/km.md": must be a whole URL, such as https://wiki.example.com/runbooks/key-manager`},
		{"two runbooks", func(r *RuleConfig) {
			r.RunbookURL, r.Annotations = "https://a.example/", map[string]string{"runbook_url": "x"}
		}, "alerts[0].runbook_url: annotations has it too: remove one of the two"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := keyManager(0, 0)
			tt.edit(&r)
			err := r.Validate(cat, []string{"proxy", "player"})
			if got := text(err); got != tt.want {
				t.Errorf("got:  %s\nwant: %s", got, tt.want)
			}
			// What Validate lets through, New takes.
			if err == nil {
				if _, err := New([]RuleConfig{r}, cat, Options{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestValidateTellsEverything(t *testing.T) {
	r := keyManager(0, 0)
	bad := RuleConfig{Name: "KeyManagerFailing", Match: Match{Codes: []int{7}, Sources: []string{"x"}}, Severity: "warn ing"}
	got := text(Validate([]RuleConfig{r, bad, r}, catalogue(t), []string{"proxy"}))
	for _, path := range []string{
		"alerts[1].match.codes[0]: ", "alerts[1].match.sources[0]: ", "alerts[1].when: ", "alerts[1].severity: ",
		`alerts[1].name: "KeyManagerFailing" is the name of alerts[0] too`, "alerts[2].name: ",
	} {
		if !strings.Contains(got, path) {
			t.Errorf("nothing said of %s in:\n%s", path, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 6 {
		t.Errorf("%d errors, want 6:\n%s", n, got)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
