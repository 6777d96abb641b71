package alert

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wvwatch/internal/codes"
)

// maxCodes bounds how many codes a sentence or an annotation names.
const maxCodes = 5

// Facts is what the template of an annotation can say. It holds numbers, the
// catalogue's text and names from the configuration, nothing from a log.
type Facts struct {
	Rule     string
	Severity string
	DRM      string // as the label: one server, or "several"
	Category string // likewise
	Value    float64
	// Threshold is the value at which the rule fires. Its unit, and that of
	// Value, is the condition's: incidents per minute (per_minute), a part
	// (share_of_requests), nats (spike), codes or incidents (first_seen,
	// unlisted), seconds (silent), times the budget (burn_rate).
	Threshold float64
	Count     uint64      // incidents in the window
	Codes     []CodeCount // at most 5, the most frequent first; .Code, .Count, .Description, .Owner, .Hint, ...
	More      int         // how many codes are left out of Codes
	Sources   []string    // that reported them, sorted
	Since     time.Time   // when the condition began to hold
	Because   string      // the numbers that make it hold
	Sentence  string      // all of it in one line
}

// newFacts describes a rule whose condition has held since then.
func newFacts(r *rule, v verdict, since, now time.Time) Facts {
	if !v.since.IsZero() {
		since = v.since
	}
	f := Facts{
		Rule: r.Name, Severity: r.Severity, DRM: r.labels["drm"], Category: r.labels["category"],
		Value: v.value, Threshold: v.threshold,
		Count: v.tally.total, Codes: v.tally.codes, Sources: v.tally.sources,
		Since: since, Because: v.because,
	}
	if len(f.Codes) > maxCodes {
		f.More = len(f.Codes) - maxCodes
		f.Codes = f.Codes[:maxCodes:maxCodes]
	}
	f.Sentence = f.sentence(v.because, now)
	return f
}

// sentence explains an alert: since when, which codes, what fires it.
func (f Facts) sentence(because string, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "since %s (%s): ", f.Since.In(now.Location()).Format(time.TimeOnly), lasting(now.Sub(f.Since)))
	for i, c := range f.Codes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d x ", c.Count)
		if f.DRM == several {
			b.WriteString(c.DRM.String() + " ")
		}
		if c.Code != 0 { // the ledger sums up unlisted codes over its limit as 0
			fmt.Fprintf(&b, "%d ", c.Code)
		}
		b.WriteString(phrase(c.Entry))
	}
	if f.More > 0 {
		fmt.Fprintf(&b, " and %d more", f.More)
	}
	if len(f.Codes) > 0 {
		b.WriteString("; ")
	}
	b.WriteString(because)
	return b.String()
}

// phrase is the catalogue's description as a part of a sentence.
func phrase(e codes.Entry) string {
	switch {
	case !e.Listed:
		return codes.CategoryUnlisted
	case e.Description == "":
		return e.Category
	}
	text := strings.TrimRight(e.Description, ".")
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); !unicode.IsUpper(second) { // not "DRM error"
		first = unicode.ToLower(first)
	}
	return string(first) + text[size:]
}

// lasting writes a duration for people: seconds matter at first only.
func lasting(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	default:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
}
