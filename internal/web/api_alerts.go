package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert"
)

// maxAlerts bounds the alerts of an answer; the counts next to them are of all.
const maxAlerts = 200

// alertsBody answers /api/v1/alerts: firing alerts first, then pending ones, then
// accepted ones with a condition that still holds, then those that were resolved in the last
// quarter of an hour. Among each the worst severity comes first, then the newest. Where
// there are more than maxAlerts, the least severe are left out.
type alertsBody struct {
	Firing   int        `json:"firing"`
	Pending  int        `json:"pending"`
	Inactive int        `json:"inactive"`
	Resolved int        `json:"resolved"`
	Alerts   []alertRow `json:"alerts"`
	LeftOut  int        `json:"left_out"` // alerts over the bound
	// Severities are the numbers of firing, pending and resolved alerts by severity, the
	// worst first.
	Severities []severityCount `json:"severities"`
	// Groups are the rules that have several alerts in one state, also those left out.
	Groups []alertGroup `json:"groups"`
	// Mutes are all that are configured.
	Mutes []alert.Mute `json:"mutes"`
	// Unwatched are the rules that have more values of their label than alerts.
	Unwatched []alert.Unwatched `json:"unwatched"`
}

// severityCount is how many alerts of one severity there are.
type severityCount struct {
	Severity string `json:"severity"`
	Firing   int    `json:"firing"`
	Pending  int    `json:"pending"`
	Resolved int    `json:"resolved"`
}

// alertGroup is how many alerts of one rule with by are in one state.
type alertGroup struct {
	Rule     string `json:"rule"`
	State    string `json:"state"`
	Severity string `json:"severity"`
	Alerts   int    `json:"alerts"`
}

// groups counts the alerts of rules with by, in the order of rows; one alert alone is
// no group.
func groups(rows []alertRow) []alertGroup {
	list, at := []alertGroup{}, make(map[alertGroup]int)
	for _, r := range rows {
		if r.By == "" {
			continue
		}
		key := alertGroup{Rule: r.Rule, State: r.State, Severity: r.Severity}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(list), len(list)
			list = append(list, key)
		}
		list[i].Alerts++
	}
	return slices.DeleteFunc(list, func(g alertGroup) bool { return g.Alerts < 2 })
}

// alertRow is one alert that is not inactive, or was not until lately.
type alertRow struct {
	Rule      string            `json:"rule"`
	State     string            `json:"state"` // firing, pending, accepted or resolved
	Severity  string            `json:"severity"`
	Since     time.Time         `json:"since"`           // firing and resolved: when it began to fire; pending: when the condition began to hold
	Until     time.Time         `json:"until,omitzero"`  // when it was resolved
	Value     *float64          `json:"value,omitempty"` // at the last evaluation; none once resolved
	Threshold *float64          `json:"threshold,omitempty"`
	Sentence  string            `json:"sentence"`
	End       string            `json:"end,omitempty"`         // how it ended: see alert.End
	Muted     string            `json:"muted,omitempty"`       // the mute that keeps it from receivers
	Runbook   string            `json:"runbook_url,omitempty"` // relative to the page, where the daemon serves it itself
	Labels    map[string]string `json:"labels"`
	By        string            `json:"by,omitempty"` // the value of the rule's by label
	Onset     time.Time         `json:"onset"`        // when what it reports began; with Rule and By the address of its page
	Total     alertTotal        `json:"total"`
}

// alertTotal is what an alert counted since its onset; zero for what is not known.
type alertTotal struct {
	Incidents uint64    `json:"incidents"`
	Records   uint64    `json:"records"`
	Clients   uint64    `json:"clients"`
	Peak      float64   `json:"peak"` // incidents, or clients, in the worst minute
	PeakAt    time.Time `json:"peak_at,omitzero"`
	Share     float64   `json:"share"` // of the plays, 0 to 1
	Normal    float64   `json:"normal"`
}

func totalOf(s alert.Sums) alertTotal {
	return alertTotal{s.Incidents, s.Records, s.Clients, s.Peak, s.PeakAt.Round(time.Second), s.Share(), s.Normal}
}

// runbooks is the URL under which this daemon serves the runbooks: the page may
// be open under another.
func newAlerts(deps Deps, runbooks string, now time.Time) alertsBody {
	body := alertsBody{Alerts: []alertRow{}, Severities: []severityCount{}, Mutes: []alert.Mute{}, Unwatched: []alert.Unwatched{}}
	if deps.Mutes != nil {
		body.Mutes = append(body.Mutes, deps.Mutes(now)...)
	}
	if deps.Unwatched != nil {
		body.Unwatched = append(body.Unwatched, deps.Unwatched()...)
	}
	if deps.States != nil {
		for _, s := range deps.States() {
			body.count(s.State)
			if s.State != alert.Inactive || !s.Accepted.IsZero() {
				body.Alerts = append(body.Alerts, activeRow(s))
			}
		}
	}
	if deps.Alerts != nil {
		for _, a := range deps.Alerts() {
			if !a.ResolvedAt.IsZero() {
				body.Resolved++
				body.Alerts = append(body.Alerts, resolvedRow(a))
			}
		}
	}
	for i := range body.Alerts {
		if name, ok := strings.CutPrefix(body.Alerts[i].Runbook, runbooks); ok {
			body.Alerts[i].Runbook = strings.TrimPrefix(RunbookPath, "/") + name
		}
	}
	body.Severities, body.Groups = severities(body.Alerts), groups(body.Alerts)
	if n := len(body.Alerts) - maxAlerts; n > 0 {
		slices.SortStableFunc(body.Alerts, func(a, b alertRow) int {
			return cmp.Or(a.over()-b.over(), cmp.Compare(gravity(a.Severity), gravity(b.Severity)), compareRows(a, b))
		})
		body.Alerts, body.LeftOut = body.Alerts[:maxAlerts], n
	}
	slices.SortStableFunc(body.Alerts, compareRows)
	return body
}

// over is 1 for an alert that is no longer active: it gives way to those that are.
func (r *alertRow) over() int {
	if r.State == "resolved" {
		return 1
	}
	return 0
}

// compareRows orders alerts for people: by state, the worst severity first, the newest
// first.
func compareRows(a, b alertRow) int {
	order := map[string]int{"firing": 0, "pending": 1, "accepted": 2, "resolved": 3}
	at := func(r alertRow) time.Time {
		if r.State == "resolved" {
			return r.Until
		}
		return r.Since
	}
	return cmp.Or(order[a.State]-order[b.State], gravity(a.Severity)-gravity(b.Severity), at(b).Compare(at(a)), cmp.Compare(a.Rule, b.Rule))
}

// gravity orders severities, the worst first. Unknown severities come between
// warning and info.
func gravity(severity string) int {
	switch severity {
	case "critical", "page", "emergency", "fatal":
		return 0
	case "error", "high", "major":
		return 1
	case "warning", "warn", "ticket", "":
		return 2
	case "info", "low", "minor", "none", "notice", "debug":
		return 4
	}
	return 3
}

// severities counts the alerts by severity.
func severities(rows []alertRow) []severityCount {
	counts := []severityCount{}
	for _, r := range rows {
		i := slices.IndexFunc(counts, func(c severityCount) bool { return c.Severity == r.Severity })
		if i < 0 {
			i, counts = len(counts), append(counts, severityCount{Severity: r.Severity})
		}
		switch r.State {
		case "firing":
			counts[i].Firing++
		case "pending":
			counts[i].Pending++
		case "resolved":
			counts[i].Resolved++
		}
	}
	slices.SortFunc(counts, func(a, b severityCount) int {
		return cmp.Or(gravity(a.Severity)-gravity(b.Severity), cmp.Compare(a.Severity, b.Severity))
	})
	return counts
}

func (b *alertsBody) count(s alert.State) {
	switch s {
	case alert.Firing:
		b.Firing++
	case alert.Pending:
		b.Pending++
	default:
		b.Inactive++
	}
}

func activeRow(s alert.Status) alertRow {
	row := alertRow{
		Rule: s.Rule, State: s.State.String(), Severity: s.Severity, Since: s.ActiveSince.UTC(),
		Value: &s.Value, Threshold: &s.Threshold, Sentence: s.Sentence, Runbook: s.Annotations["runbook_url"], Labels: s.Labels,
	}
	row.Muted, row.By, row.Onset, row.Total = s.Muted, s.Labels[s.By], s.Onset().UTC(), totalOf(s.Account.Total)
	switch {
	case s.State == alert.Firing:
		row.Since = s.FiredAt.UTC()
	case s.State == alert.Inactive:
		row.State, row.End, row.Since = "accepted", string(alert.EndAccepted), s.Accepted.UTC()
	}
	return row
}

func resolvedRow(a alert.Alert) alertRow {
	sentence := a.Annotations["summary"]
	if sentence == "" {
		sentence = a.Annotations["description"]
	}
	return alertRow{
		Rule: a.Labels["alertname"], State: "resolved", End: string(a.End), Severity: a.Labels["severity"], Since: a.StartsAt.UTC(), Until: a.ResolvedAt.UTC(),
		Sentence: sentence, Runbook: a.Annotations["runbook_url"], Labels: a.Labels,
		By: a.Labels[a.By], Onset: a.Onset().UTC(), Total: totalOf(a.Sums),
	}
}
