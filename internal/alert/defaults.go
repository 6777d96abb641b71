package alert

import (
	"strings"
	"time"
)

// DefaultRules are the rules of a configuration that has none: one for each
// category that can break, listing its codes. What grants nobody a licence any
// more pages after a few events, and on a spike where a few are usual. All
// else is a ticket when there is suddenly more of it, expected refusals too:
// their number means nothing, but a fault of the subscriber system looks like
// a wave of lapsed subscriptions.
func DefaultRules() []RuleConfig {
	rules := []RuleConfig{
		{
			// An expected code is the product working: viewers without a
			// subscription are refused all day, more of them in the evening,
			// and the more the larger the service. No number wakes anybody.
			Name:          "EntitlementRefusalsSpike",
			Match:         Match{Categories: []string{"entitlement"}},
			When:          When{Spike: &Spike{Sensitivity: "10"}},
			KeepFiringFor: 15 * time.Minute,
			Severity:      "warning",
		},
		{
			// Without its key manager a licence server grants nothing at all:
			// six refusals in a minute are no accident, and every second
			// counts. Where so many are usual the number counts no more (see
			// either). It fires on for five minutes because clients back off.
			Name:          "KeyManagerFailing",
			Match:         Match{Categories: []string{"key-manager"}},
			When:          When{PerMinute: 6, Over: time.Minute, Spike: &Spike{Sensitivity: "page"}},
			KeepFiringFor: 5 * time.Minute,
			Severity:      "critical",
		},
	}
	for _, category := range []string{"internal", "drm-sdk", "configuration"} {
		// Here one tenant, or one model of device, can fail alone: it takes
		// longer to be sure, and a detector that knows what is usual.
		rules = append(rules, RuleConfig{
			Name:          ruleName(category, "Failing"),
			Match:         Match{Categories: []string{category}},
			When:          When{PerMinute: 6, Over: 5 * time.Minute, Spike: &Spike{Sensitivity: "page"}},
			KeepFiringFor: 5 * time.Minute,
			Severity:      "critical",
		})
	}
	for _, category := range []string{
		"challenge", "content", "content-key", "offline", "output-protection", "request", "session", "token",
	} {
		rules = append(rules, spikeRule(category, "Spike", "10", "warning"))
	}
	for _, category := range []string{"account", "device"} {
		rules = append(rules, spikeRule(category, "StepChange", "10", "warning"))
	}
	return append(rules, RuleConfig{
		Name:     "SourceSilent",
		When:     When{Silent: 15 * time.Minute},
		Severity: "warning",
	})
}

func spikeRule(category, suffix, sensitivity, severity string) RuleConfig {
	return RuleConfig{
		Name:     ruleName(category, suffix),
		Match:    Match{Categories: []string{category}},
		When:     When{Spike: &Spike{Sensitivity: sensitivity}},
		Severity: severity,
	}
}

// ruleName makes KeyManagerFailing of key-manager.
func ruleName(category, suffix string) string {
	return camelCase(strings.ReplaceAll(category, "drm-sdk", "DRM-SDK")) + suffix
}
