// Package alert decides from windows of counts which rules fire.
//
// It holds the rules as they are configured, the condition of each kind of
// rule, and the state of each rule. It promises that a state survives restart
// and reload, that a backlog starts no alert, and that each firing alert gives
// its reason in one sentence. Counting is left to metrics, notification to notify.
package alert

import "time"

// Interval is how often a caller should let the engine evaluate: half the
// step of the windows, so that a full one is seen at once.
const Interval = 5 * time.Second

// RuleConfig is one rule as the user writes it. The zero value of a field
// means its default, see withDefaults.
//
// The configuration reader lower-cases the keys of maps and splits them at
// dots, so the names of labels and annotations are lower case and hold none.
type RuleConfig struct {
	Name          string            `mapstructure:"name" yaml:"name"` // CamelCase, unique; the label alertname
	Match         Match             `mapstructure:"match" yaml:"match"`
	When          When              `mapstructure:"when" yaml:"when"`
	For           time.Duration     `mapstructure:"for" yaml:"for"`                         // how long the condition must hold before the alert fires
	KeepFiringFor time.Duration     `mapstructure:"keep_firing_for" yaml:"keep_firing_for"` // how long it fires on after the condition last held
	Severity      string            `mapstructure:"severity" yaml:"severity"`               // the label severity; default warning
	Labels        map[string]string `mapstructure:"labels" yaml:"labels,omitempty"`         // further labels: part of the alert's identity
	Annotations   map[string]string `mapstructure:"annotations" yaml:"annotations,omitempty"`
	RunbookURL    string            `mapstructure:"runbook_url" yaml:"runbook_url,omitempty"` // default: the runbook of the category
	By            []string          `mapstructure:"by" yaml:"by,omitempty"`                   // at most one label: an alert for each of its values, at most MaxGroups
	Evaluate      string            `mapstructure:"evaluate" yaml:"evaluate,omitempty"`       // here (default), or prometheus: by the rule file, not by the engine
}

// MaxGroups bounds the alerts of one rule with by. A value that comes later
// takes the place of one that is quieter, or has none; see Engine.Unwatched.
const MaxGroups = 100

// Match selects what a rule counts. The fields narrow each other, the values
// of one field widen it; an empty field allows everything. All sources that
// match are counted together: a rule is one alert, over their sum.
type Match struct {
	// Codes are numbers. Without DRMs a number is meant as each server that
	// lists it means it; for a server that has no list, name it in DRMs.
	Codes      []int    `mapstructure:"codes" yaml:"codes,omitempty"`
	Categories []string `mapstructure:"categories" yaml:"categories,omitempty"` // of the catalogue, or "unlisted"
	Severities []string `mapstructure:"severities" yaml:"severities,omitempty"` // of the code, not of the rule
	Outcomes   []string `mapstructure:"outcomes" yaml:"outcomes,omitempty"`     // of the code: expected, mixed, fault
	DRMs       []string `mapstructure:"drm" yaml:"drm,omitempty"`
	Sources    []string `mapstructure:"sources" yaml:"sources,omitempty"`
}

// When is the condition. Its fields determine the kind of the rule; see kinds.
type When struct {
	PerMinute       float64       `mapstructure:"per_minute" yaml:"per_minute,omitempty"`               // incidents per minute at which the rule fires
	ShareOfRequests float64       `mapstructure:"share_of_requests" yaml:"share_of_requests,omitempty"` // part of the licence requests, above 0 to 1
	MinRequests     int           `mapstructure:"min_requests" yaml:"min_requests,omitempty"`           // fewer give no share; default 100
	Spike           *Spike        `mapstructure:"spike" yaml:"spike,omitempty"`                         // more than usual; the detector learns what is
	Drift           *Drift        `mapstructure:"drift" yaml:"drift,omitempty"`                         // more in the last day than in the four weeks before
	Gateway         *Gateway      `mapstructure:"gateway" yaml:"gateway,omitempty"`                     // plays get no answer from a licence server
	Collapse        bool          `mapstructure:"collapse" yaml:"collapse,omitempty"`                   // players ask for less than half of the licences that are usual
	Unlisted        bool          `mapstructure:"unlisted" yaml:"unlisted,omitempty"`                   // a code that is in no table
	FirstSeen       time.Duration `mapstructure:"first_seen" yaml:"first_seen,omitempty"`               // a code that was not seen for so long
	Silent          time.Duration `mapstructure:"silent" yaml:"silent,omitempty"`                       // no line, or no licence granted, for so long
	BurnRate        *BurnRate     `mapstructure:"burn_rate" yaml:"burn_rate,omitempty"`                 // failures use up the budget of an objective
	Over            time.Duration `mapstructure:"over" yaml:"over,omitempty"`                           // the window of per_minute, share_of_requests, unlisted and first_seen; default 5m
}

// Spike asks for the detector of sudden rises.
type Spike struct {
	Level        string        `mapstructure:"level" yaml:"level,omitempty"`                 // ticket (default): certainly more than normal; page: and enough plays lost
	PageAfter    time.Duration `mapstructure:"page_after" yaml:"page_after,omitempty"`       // of a page: the lost plays are worth an outage of all for so long; default 10s
	MinClients   int           `mapstructure:"min_clients" yaml:"min_clients,omitempty"`     // different clients, or where they are unknown 8/5 times as many failures; default 5
	Tolerance    float64       `mapstructure:"tolerance" yaml:"tolerance,omitempty"`         // times the normal that is no surprise; default 2, without requests 2.5
	Usual        string        `mapstructure:"usual" yaml:"usual,omitempty"`                 // what is normal before it was learnt, "0.2/min"
	Relearn      string        `mapstructure:"relearn" yaml:"relearn,omitempty"`             // auto (default): expected codes that stay at another level for hours become normal; never
	RefusedShare float64       `mapstructure:"refused_share" yaml:"refused_share,omitempty"` // part of the plays that is refused, of a log with refusals only; default 0.05
	Sensitivity  string        `mapstructure:"sensitivity" yaml:"sensitivity,omitempty"`     // evidence of a ticket in nats, default 10; or page or ticket (8), from before level
}

// Gateway asks for plays that get no answer from a licence server. Its fields are as
// those of Spike.
type Gateway struct {
	Level     string        `mapstructure:"level" yaml:"level,omitempty"`
	PageAfter time.Duration `mapstructure:"page_after" yaml:"page_after,omitempty"`
}

// spike returns the settings of g as those of a spike.
func (g *Gateway) spike() *Spike { return &Spike{Level: g.Level, PageAfter: g.PageAfter} }

// BurnRate asks how fast failures use up the error budget.
type BurnRate struct {
	Objective float64 `mapstructure:"objective" yaml:"objective"`       // the part of requests that shall not fail, such as 0.995
	Windows   string  `mapstructure:"windows" yaml:"windows,omitempty"` // page: 1h and 5m, 6h and 30m; ticket: 1d and 2h, 3d and 6h; default: all four
}

// ByCategory in RuleConfig.By makes an alert for each category that the rule counts.
const ByCategory = "category"

// The defaults of omitted fields.
const (
	defaultOver        = 5 * time.Minute
	defaultSeverity    = "warning"
	defaultMinRequests = 100
)

// The values of RuleConfig.Evaluate.
const (
	evaluateHere       = "here"
	evaluatePrometheus = "prometheus"
)

// withDefaults fills what the user left out. Annotations are not among it:
// the user's are laid over the default ones when they are rendered.
func (c RuleConfig) withDefaults() RuleConfig {
	if c.Severity == "" {
		c.Severity = defaultSeverity
	}
	if c.Evaluate == "" {
		c.Evaluate = evaluateHere
	}
	if c.When.Over == 0 {
		c.When.Over = defaultOver
	}
	if c.When.MinRequests == 0 {
		c.When.MinRequests = defaultMinRequests
	}
	return c
}

// EvaluatedHere returns a copy of rules in which the engine evaluates all, also those
// that are left to Prometheus: over old logs and in tests of rules there is none.
func EvaluatedHere(rules []RuleConfig) []RuleConfig {
	here := make([]RuleConfig, len(rules))
	for i, r := range rules {
		r.Evaluate = "here"
		here[i] = r
	}
	return here
}
