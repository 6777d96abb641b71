// Package alert decides from windows of counts which rules fire.
//
// It holds the rules as they are configured, the condition of each kind of
// rule, and the state of each rule. It promises that a state survives restart
// and reload, that a backlog starts no alert, and that each firing alert says
// in one sentence why. Counting is left to metrics, telling anybody to notify.
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
	RunbookURL    string            `mapstructure:"runbook_url" yaml:"runbook_url,omitempty"`
}

// Match selects what a rule counts. The fields narrow each other, the values
// of one field widen it; an empty field allows everything. All sources that
// match are counted together: a rule is one alert, over their sum.
type Match struct {
	// Codes are numbers. Without DRMs a number is meant as each server that
	// lists it means it; for a server that has no list, name it in DRMs.
	Codes      []int    `mapstructure:"codes" yaml:"codes,omitempty"`
	Categories []string `mapstructure:"categories" yaml:"categories,omitempty"` // of the catalogue, or "unlisted"
	Severities []string `mapstructure:"severities" yaml:"severities,omitempty"` // of the code, not of the rule
	DRMs       []string `mapstructure:"drm" yaml:"drm,omitempty"`
	Sources    []string `mapstructure:"sources" yaml:"sources,omitempty"`
}

// When is the condition. Its fields say which kind of rule it is; see kinds.
type When struct {
	PerMinute float64       `mapstructure:"per_minute" yaml:"per_minute"` // incidents per minute at which the rule fires
	Over      time.Duration `mapstructure:"over" yaml:"over"`             // the window they are averaged over; default 5m
}

// The defaults of omitted fields.
const (
	defaultOver     = 5 * time.Minute
	defaultSeverity = "warning"
)

// withDefaults fills what the user left out. Annotations are not among it:
// the user's are laid over the default ones when they are rendered.
func (c RuleConfig) withDefaults() RuleConfig {
	if c.Severity == "" {
		c.Severity = defaultSeverity
	}
	if c.When.Over == 0 {
		c.When.Over = defaultOver
	}
	return c
}

// DefaultRules are the rules of a configuration that has none.
func DefaultRules() []RuleConfig {
	return []RuleConfig{
		{
			// An expected code is the product working: viewers without a
			// subscription are refused all day, more of them in the evening.
			// The number alone must wake nobody. Half a refusal a second for a
			// quarter of an hour is past what chance and a busy evening make of
			// a middling installation; it is a ticket, and a large one raises it.
			Name:          "EntitlementRefusalsSpike",
			Match:         Match{Categories: []string{"entitlement"}},
			When:          When{PerMinute: 30, Over: 15 * time.Minute},
			For:           5 * time.Minute,
			KeepFiringFor: 15 * time.Minute,
			Severity:      "warning",
		},
		{
			// Without its key manager a licence server grants nothing at all:
			// six refusals in a minute are no accident, and every second
			// counts. It fires on for five minutes because clients back off.
			Name:          "KeyManagerFailing",
			Match:         Match{Categories: []string{"key-manager"}},
			When:          When{PerMinute: 6, Over: time.Minute},
			KeepFiringFor: 5 * time.Minute,
			Severity:      "critical",
		},
	}
}
