package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/humanize"
)

// Report is what a replay has shown. Times are whole seconds.
type Report struct {
	Files       int                `json:"files"`
	Lines       int                `json:"lines"`
	Codes       int                `json:"codes"`
	Requests    int                `json:"requests"`
	Untimed     int                `json:"untimed"` // codes and requests left out, since they have no time
	From        time.Time          `json:"from"`
	To          time.Time          `json:"to"`
	Incidents   []Incident         `json:"incidents"`
	Transitions []alert.Transition `json:"transitions"`
	Rules       []RuleHistory      `json:"rules"`
	Days        []DayHistory       `json:"days"`        // those with alerts
	PerDay      float64            `json:"per_day"`     // alerts that began, by 24 h
	Suggestions []Suggestion       `json:"suggestions"` // with --suggest
	PostMortems []*PostMortem      `json:"post_mortems,omitempty"`
}

// RuleHistory is how one rule fared. Alerts of several tenants that overlap
// count one by one in Fired, their time once in Seconds.
type RuleHistory struct {
	Rule     string  `json:"rule"`
	Severity string  `json:"severity"`
	Fired    int     `json:"fired"`
	Muted    int     `json:"muted"` // of these, while a mute kept them from receivers
	Seconds  float64 `json:"firing_seconds"`
	Longest  float64 `json:"longest_seconds"`
	Still    bool    `json:"still_firing"` // at the end

	firing int       // alerts that do
	since  time.Time // the first of them
}

// DayHistory is how many alerts began to fire on one day, in the local zone.
type DayHistory struct {
	Day    string `json:"day"`
	Alerts int    `json:"alerts"` // that began to fire
}

// report plays the recording and reports what happened from the given time on.
func (p *player) report(ctx context.Context, rules []alert.RuleConfig, from time.Time) (*Report, error) {
	first, last, err := p.span()
	if err != nil {
		return nil, err
	}
	from = later(first, from)
	if !from.Before(last) {
		return nil, fmt.Errorf("nothing to report from %s on: the logs end at %s", from.Format(time.DateTime), last.Format(time.DateTime))
	}
	r := &Report{Files: p.files, Lines: p.lines, Untimed: p.untimed, From: from, To: last, Transitions: []alert.Transition{}, Days: []DayHistory{}}
	r.Codes, r.Requests = p.counts()
	for _, c := range rules {
		r.Rules = append(r.Rules, RuleHistory{Rule: c.Name, Severity: c.Severity})
	}
	var all incidents
	var w watch
	err = p.play(ctx, rules, func(i instant) {
		if p.postMortem && !i.now.After(last) { // what the clock does after the last record is no news
			w.see(i)
		}
		for _, c := range i.changes {
			if c.At = c.At.Truncate(time.Second); c.At.After(last) {
				c.At = last // the last records are judged half a minute later
			}
			r.note(c)
			all.note(c)
		}
	})
	r.Incidents = all.between(from, last)
	for _, pm := range w.list {
		if pm.To.After(from) && pm.Verdict.Kind != "" {
			pm.Still = pm == w.open
			for _, one := range pm.causes() {
				one.complete(p.recording)
				r.PostMortems = append(r.PostMortems, one)
			}
		}
	}
	for i := range r.Rules {
		if h := &r.Rules[i]; h.firing > 0 {
			h.Still = true
			h.end(from, last)
		}
	}
	r.PerDay = float64(r.alerts()) / last.Sub(from).Hours() * 24
	return r, err
}

// note takes a transition down; of one before the report begins, only that an
// alert fires.
func (r *Report) note(c alert.Transition) {
	seen := !c.At.Before(r.From)
	if seen {
		r.Transitions = append(r.Transitions, c)
	}
	h := r.history(c)
	switch {
	case c.To == alert.Firing:
		if h.firing++; h.firing == 1 {
			h.since = c.At
		}
		if seen {
			h.Fired++
			if c.Muted != "" {
				h.Muted++
			}
			r.day(c.At.Format(time.DateOnly))
		}
	case c.From == alert.Firing:
		if h.firing--; h.firing == 0 && seen {
			h.end(r.From, c.At)
		}
	}
}

// history returns that of the rule of a transition. A notice of a new level is
// no rule of the configuration: it comes after those that are.
func (r *Report) history(c alert.Transition) *RuleHistory {
	i := slices.IndexFunc(r.Rules, func(h RuleHistory) bool { return h.Rule == c.Rule })
	if i < 0 {
		i = len(r.Rules)
		r.Rules = append(r.Rules, RuleHistory{Rule: c.Rule, Severity: c.Severity})
	}
	return &r.Rules[i]
}

// end adds a time of firing.
func (h *RuleHistory) end(from, at time.Time) {
	took := at.Sub(later(h.since, from)).Seconds()
	h.Seconds += took
	h.Longest = max(h.Longest, took)
}

func (r *Report) day(day string) {
	if n := len(r.Days); n == 0 || r.Days[n-1].Day != day {
		r.Days = append(r.Days, DayHistory{Day: day})
	}
	r.Days[len(r.Days)-1].Alerts++
}

func (r *Report) alerts() (n int) {
	for _, d := range r.Days {
		n += d.Alerts
	}
	return n
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report for people. Times are local ones.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s: %s, %s\n%s to %s (%s)\n", humanize.Count(r.Lines, "line"), humanize.Count(r.Files, "file"), humanize.Count(r.Codes, "code"), humanize.Count(r.Requests, "licence request"),
		r.From.Format(time.DateTime), r.To.Format(time.DateTime+" MST"), humanize.Duration(r.To.Sub(r.From)))
	if r.Untimed > 0 {
		fmt.Fprintf(&b, "%s left out: before the first record with a time\n", humanize.Count(r.Untimed, "code and request"))
	}
	fmt.Fprintf(&b, "\nIncidents: %d\n", len(r.Incidents))
	writeIncidents(&b, r.Incidents)
	b.WriteString("\nTimeline\n")
	if len(r.Transitions) == 0 {
		b.WriteString("  no alert\n")
	}
	for _, c := range r.Transitions {
		muted := ""
		if c.Muted != "" {
			muted = ", muted: " + c.Muted
		}
		fmt.Fprintf(&b, "  %s  %-8s  %s (%s)%s\n      %s\n", c.At.Format(time.DateTime), wordFor(c), c.Name(), c.Severity, muted, c.Sentence)
	}
	b.WriteString("\nRules\n")
	r.writeRules(&b)
	fmt.Fprintf(&b, "\nAlerts per day: %.1f\n", r.PerDay)
	for _, d := range r.Days {
		fmt.Fprintf(&b, "  %s  %4d\n", d.Day, d.Alerts)
	}
	if r.Suggestions != nil {
		b.WriteString("\nSuggestions: the lowest number per minute at which a rule fires at most so often, by that number alone\n")
		writeSuggestions(&b, r.Suggestions)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wordFor returns one word for what has become of an alert.
func wordFor(c alert.Transition) string {
	switch {
	case c.To != alert.Inactive:
		return c.To.String()
	case c.From == alert.Firing && c.End != alert.EndOver:
		return string(c.End)
	case c.From == alert.Firing:
		return "resolved"
	}
	return "calm" // no longer pending
}

func (r *Report) writeRules(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  rule\tseverity\tfired\tfor\tlongest\tof the time")
	var quiet []string
	for _, h := range r.Rules {
		if h.Fired == 0 && h.Seconds == 0 {
			quiet = append(quiet, h.Rule)
			continue
		}
		still := ""
		if h.Still {
			still = "  still firing at the end"
		}
		if h.Muted > 0 {
			still = fmt.Sprintf("  muted %d times", h.Muted) + still
		}
		fmt.Fprintf(t, "  %s\t%s\t%5d\t%s\t%s\t%.2f %%%s\n", h.Rule, h.Severity, h.Fired, briefSeconds(h.Seconds), briefSeconds(h.Longest),
			100*h.Seconds/r.To.Sub(r.From).Seconds(), still)
	}
	if len(quiet) < len(r.Rules) {
		_ = t.Flush() // into a strings.Builder, which takes everything
	}
	if len(quiet) > 0 {
		for i, line := range humanize.Wrap("never fired: "+strings.Join(quiet, ", "), humanize.Width-4) {
			fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", 2+min(i, 1)*2), line)
		}
	}
}

func briefSeconds(s float64) string { return humanize.Duration(time.Duration(s) * time.Second) }
