package codes

import "fmt"

// Entry is one code of one licence server. Values are copies: changing one
// changes nothing in the catalogue.
type Entry struct {
	DRM         DRM    `json:"drm"`
	Code        int    `json:"code"`
	Listed      bool   `json:"listed"`      // in a server's table or in the user's overlay
	Description string `json:"description"` // the vendor's text (NAGRA SSP documentation 20.49) where Listed
	Family      string `json:"family"`      // "40xx": the vendor's grouping
	Category    string `json:"category"`    // "entitlement", "key-manager", ...; CategoryUnlisted where not Listed
	Severity    string `json:"severity"`    // info, warning, error, critical
	Owner       string `json:"owner"`       // the team that can act
	Outcome     string `json:"outcome"`     // expected, mixed, fault
	Hint        string `json:"hint"`        // where to look first
}

// CategoryUnlisted is the category of every code that is in no table.
const CategoryUnlisted = "unlisted"

// The range of a licence server's codes: a number outside it is none.
const (
	MinCode = 1000
	MaxCode = 9999
)

// What is assumed of a code that has no judgement yet.
const (
	defaultSeverity = "warning"
	defaultOwner    = "operator-backend"
	defaultOutcome  = "mixed"
)

// Severities returns the accepted severities, mildest first.
func Severities() []string { return []string{"info", "warning", "error", "critical"} }

// Outcomes returns the accepted outcomes: expected is the product working,
// fault needs a fix, mixed needs the rate.
func Outcomes() []string { return []string{"expected", "mixed", "fault"} }

// unlisted returns the entry of a code that is in no table.
func unlisted(d DRM, code int) Entry {
	return Entry{
		DRM:      d,
		Code:     code,
		Category: CategoryUnlisted,
		Severity: defaultSeverity,
		Owner:    defaultOwner,
		Outcome:  defaultOutcome,
		Hint:     "In no table; once you know what it means, list it in the file of codes.overlay.",
	}
}

// familyOf returns the vendor's grouping of a number: by thousands, the
// entitlement and device refusals of 4xxx by hundreds.
func familyOf(code int) string {
	if code/1000 == 4 {
		return fmt.Sprintf("%dxx", code/100)
	}
	return fmt.Sprintf("%dxxx", code/1000)
}
