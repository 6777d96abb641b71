package alert

import (
	"strings"
	"time"
)

// DefaultRules are the rules of a configuration that has none. No number is in them:
// a detector learns what is normal, and judges by the shares that any service has
// until then. A category without which no client can play pages where as many plays
// are lost as in a total outage of ten seconds; that, and all else, is a ticket as
// soon as it is certain. Expected refusals have one too: their number means
// nothing, but a fault of the subscriber system looks like a wave of lapsed
// subscriptions.
func DefaultRules() []RuleConfig {
	rules := append(failing("key-manager"),
		// The two that no code reports: no server answers, and no player asks.
		RuleConfig{Name: "LicenceGatewayFailing", When: When{Gateway: &Gateway{Level: "page"}}, Severity: "critical"},
		RuleConfig{Name: "LicenceRequestsCollapsed", When: When{Collapse: true}, Severity: "critical"},
	)
	for _, category := range []string{"internal", "drm-sdk", "configuration"} {
		rules = append(rules, failing(category)...)
	}
	rules = append(rules, RuleConfig{
		Name:     "EntitlementRefusalsSpike",
		Match:    Match{Categories: []string{"entitlement"}},
		When:     When{Spike: &Spike{Level: "ticket"}},
		Severity: "warning",
	})
	for _, category := range []string{
		"account", "challenge", "content", "content-key", "device", "offline", "output-protection", "request", "session", "token",
	} {
		rules = append(rules, spikeRule(category, "Spike", "ticket", "warning"))
	}
	return append(rules,
		RuleConfig{Name: "RefusalsDrift", When: When{Drift: &Drift{Ratio: 2}}, By: []string{ByCategory}, Severity: "info"},
		RuleConfig{Name: "SourceSilent", When: When{Silent: 15 * time.Minute}, Severity: "warning"},
	)
}

// failing returns the page and the ticket of a category without which no client can play.
func failing(category string) []RuleConfig {
	return []RuleConfig{spikeRule(category, "Failing", "page", "critical"), spikeRule(category, "Spike", "ticket", "warning")}
}

func spikeRule(category, suffix, level, severity string) RuleConfig {
	return RuleConfig{
		Name:     ruleName(category, suffix),
		Match:    Match{Categories: []string{category}},
		When:     When{Spike: &Spike{Level: level}},
		Severity: severity,
	}
}

// ruleName makes KeyManagerFailing of key-manager.
func ruleName(category, suffix string) string {
	return camelCase(strings.ReplaceAll(category, "drm-sdk", "DRM-SDK")) + suffix
}
