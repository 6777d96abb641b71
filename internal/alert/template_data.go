package alert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
)

// maxCodes bounds how many codes a sentence or an annotation names.
const maxCodes = 5

// Facts is the data for an annotation's template. It holds numbers, the
// catalogue's text and names from the configuration; of a log only the value
// of the label in the rule's by. docs/configuration.md lists the fields.
type Facts struct {
	Rule      string
	Severity  string
	DRM       string            // as the label: one server, or "several"
	Category  string            // likewise
	Labels    map[string]string // all labels of the alert; not to be changed
	Host      string            // the label instance
	Group     string            // the value of the label in by; "" without by
	Where     string            // "on HOST, cluster C, tenant T"
	Value     float64           // in the unit of Threshold
	Threshold float64           // at which the rule fires; its unit is the condition's, see docs/configuration.md
	Count     uint64            // incidents since the onset
	Codes     []CodeCount       // at most 5, the most frequent first; .Code, .Count, .Description, .Owner, .Hint, ...
	More      int               // how many codes are left out of Codes
	Sources   []string          // that reported them, sorted
	Sums      Sums              // since the onset: .Records, .Clients, .Share, .Peak, ...
	Since     time.Time         // when it began
	Until     time.Time         // when the condition last held
	Lasted    string            // from Since to Until, such as "12 min"
	End       End               // how it ended; empty while it fires
	Because   string            // what makes it hold
	Verdict   blame.Verdict     // what broke: .Sentence, .Owner, .Confidence, .Contributors, ...; empty where it is not known
	Changed   bool              // the verdict's kind or place is another one than when the alert began to fire
	Summary   string            // one line
	Sentence  string            // times, codes, numbers and Because in one line
}

// facts describes an alert. v is the result of its condition, which holds while it
// fires.
func (d describer) facts(s *Status, by string, v result, now time.Time) Facts {
	sums := s.Account.Total
	since := s.Onset()
	if !v.since.IsZero() {
		since = v.since
	}
	f := Facts{
		Rule: s.Rule, Severity: s.Severity, DRM: s.Labels["drm"], Category: s.Labels["category"],
		Labels: s.Labels, Host: s.Labels[instanceLabel], Where: d.where(s.Labels, by),
		Value: v.value, Threshold: v.threshold, Count: sums.Incidents, Sources: sums.Sources, Sums: sums,
		Since: since.In(now.Location()), Until: s.LastHeld.In(now.Location()), End: s.End, Because: s.Because,
	}
	if by != "" {
		f.Group = s.Labels[by]
	}
	if len(f.Sources) == 0 {
		f.Sources = v.tally.sources
	}
	f.Lasted = lasting(f.Until.Sub(f.Since))
	for _, c := range sums.Codes {
		if c.Count > 0 {
			f.Codes = append(f.Codes, CodeCount{d.cat.Resolve(c.DRM, c.Code), c.Count})
		}
	}
	if len(f.Codes) > maxCodes {
		f.More = len(f.Codes) - maxCodes
		f.Codes = f.Codes[:maxCodes:maxCodes]
	}
	f.Sentence, f.Summary = f.sentence(), f.summary()
	return f
}

// where names the daemon and the group of an alert.
func (d describer) where(labels map[string]string, by string) string {
	var words []string
	if host := labels[instanceLabel]; host != "" {
		words = append(words, "on "+host)
	}
	for _, name := range slices.Sorted(maps.Keys(d.external)) {
		if name != instanceLabel && name != by {
			words = append(words, name+" "+labels[name])
		}
	}
	if by != "" {
		words = append(words, by+" "+labels[by])
	}
	return strings.Join(words, ", ")
}

// sentence explains an alert: when, which codes, how many, why.
func (f Facts) sentence() string {
	parts := []string{f.codesText(), f.peakText(), f.normalText(), f.Because}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return f.when() + ": " + strings.Join(parts, "; ")
}

// when writes the time of the alert with its zone and day.
func (f Facts) when() string {
	const clock, day = "15:04:05 MST", " 2 Jan"
	if f.End == "" {
		return fmt.Sprintf("since %s (%s)", f.Since.Format(clock+day), f.Lasted)
	}
	from, to := f.Since.Format(clock+day), f.Until.Format(clock+day)
	if f.Since.Format(day) == f.Until.Format(day) && f.Since.Format("MST") == f.Until.Format("MST") {
		from = f.Since.Format(time.TimeOnly)
	}
	return fmt.Sprintf("%s to %s (%s)", from, to, f.Lasted)
}

// codesText lists the codes, with the clients and the part of plays that they mean.
func (f Facts) codesText() string {
	if len(f.Codes) == 0 {
		return ""
	}
	var b strings.Builder
	for i, c := range f.Codes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s x ", thousands(c.Count))
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
	return b.String() + f.extent()
}

// extent returns how many clients and what part of plays failed, where known.
func (f Facts) extent() string {
	text := ""
	if f.Sums.Clients > 0 {
		text += ", " + thousands(f.Sums.Clients) + " client"
		if f.Sums.Clients > 1 {
			text += "s"
		}
	}
	if share := f.Sums.Share(); share > 0 {
		text += ", " + percent(share) + " of plays"
	}
	return text
}

func (f Facts) normalText() string {
	if f.Sums.Normal <= 0 {
		return ""
	}
	text := "normal in such a time " + amount(f.Sums.Normal)
	if share := f.Sums.NormalShare(); share > 0 {
		text += " (" + percent(share) + ")"
	}
	return text
}

// peakText names the worst minute of what is over.
func (f Facts) peakText() string {
	if f.End == "" || len(f.Codes) == 0 || f.Sums.Peak <= 0 || f.Sums.PeakAt.IsZero() {
		return ""
	}
	return fmt.Sprintf("peak %s in the minute to %s", thousands(uint64(f.Sums.Peak)), f.Sums.PeakAt.In(f.Since.Location()).Format("15:04:05 MST"))
}

// summary is the one line that a list of alerts shows.
func (f Facts) summary() string {
	name := f.Rule
	if f.Where != "" {
		name += " " + f.Where
	}
	top := ""
	if len(f.Codes) > 0 {
		c := f.Codes[0]
		top = fmt.Sprintf("%s x %s", thousands(c.Count), c.DRM)
		if c.Code != 0 {
			top += fmt.Sprintf(" %d", c.Code)
		}
		switch more := f.More + len(f.Codes) - 1; {
		case more == 1:
			top += " and 1 more code"
		case more > 1:
			top += fmt.Sprintf(" and %d more codes", more)
		}
		top += f.extent()
	}
	join := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "; ")
	}
	switch f.End {
	case "":
		if top != "" {
			top += " since " + f.Since.Format("15:04:05 MST")
		}
		return name + ": " + join(top, f.Because)
	case EndNewLevel:
		return fmt.Sprintf("NEW LEVEL, not over: %s; from now on normal; %s", f.level(), name)
	case EndAccepted:
		return name + " was accepted after " + f.Lasted + ": " + join(top, f.peakText(), "fires again once it has been over")
	case EndRuleGone:
		return name + " ends after " + f.Lasted + ", since its rule is no longer configured: " + join(top, f.peakText())
	}
	return name + " is over after " + f.Lasted + ": " + cmp.Or(join(top, f.peakText()), f.Because)
}

// level returns the text of a new level and of the old one.
func (f Facts) level() string {
	var words []string
	for _, c := range f.Codes {
		words = append(words, strconv.Itoa(c.Code))
	}
	text := strings.Join(words, ", ")
	if f.More > 0 {
		text += fmt.Sprintf(" and %d more", f.More)
	}
	since := " since " + f.Since.Format("15:04 MST 2 Jan")
	if share := f.Sums.Share(); share > 0 {
		return fmt.Sprintf("%s %s of plays%s (normal was %s)", text, percent(share), since, percent(f.Sums.NormalShare()))
	}
	hours := max(f.Until.Sub(f.Since).Hours(), 1./60)
	return fmt.Sprintf("%s %s an hour%s (normal was %s)", text, amount(float64(f.Count)/hours), since, amount(f.Sums.Normal/hours))
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

// thousands writes a count for people: 1,044.
func thousands(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
