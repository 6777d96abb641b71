package alert

import (
	"strings"

	"wvwatch/internal/codes"
)

// Runbooks is where the runbooks are among the project's files: a page for each
// category of the catalogue, and README.md over them.
const Runbooks = "docs/runbooks/"

// runbookURL returns where the reader of an alert finds what to do: what the
// rule names, else the page of its category under base. A rule that spans
// categories, or is about one that only the user's overlay knows, leads to the
// list of pages.
func runbookURL(c RuleConfig, category, base string) string {
	if c.RunbookURL != "" {
		return c.RunbookURL
	}
	if base == "" {
		base = Runbooks
	}
	return strings.TrimSuffix(base, "/") + "/" + runbookPage(category)
}

func runbookPage(category string) string {
	switch category {
	case "account", "challenge", "configuration", "content", "content-key", "device", "drm-sdk",
		"entitlement", "internal", "key-manager", "offline", "output-protection", "request",
		"session", "token", codes.CategoryUnlisted:
		return category + ".md"
	}
	return "README.md"
}
