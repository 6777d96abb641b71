package web

import (
	"slices"
	"strings"
	"time"

	"wvwatch/internal/alert"
)

// maxAlerts bounds the alerts of an answer; the numbers beside them are of all.
const maxAlerts = 200

// alertsBody answers /api/v1/alerts: firing alerts first, then pending ones, then
// accepted ones whose condition still holds, then those that were resolved in the last quarter of an hour; newest first among
// each.
type alertsBody struct {
	Firing   int        `json:"firing"`
	Pending  int        `json:"pending"`
	Inactive int        `json:"inactive"`
	Resolved int        `json:"resolved"`
	Alerts   []alertRow `json:"alerts"`
	// Mutes are all that are configured.
	Mutes []alert.Mute `json:"mutes"`
	// Unwatched are the rules that have more values of their label than alerts.
	Unwatched []alert.Unwatched `json:"unwatched"`
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
}

// runbooks is the URL under which this daemon serves the runbooks: the page may
// be open under another.
func newAlerts(deps Deps, runbooks string, now time.Time) alertsBody {
	body := alertsBody{Alerts: []alertRow{}, Mutes: []alert.Mute{}, Unwatched: []alert.Unwatched{}}
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
	order := map[string]int{"firing": 0, "pending": 1, "accepted": 2, "resolved": 3}
	slices.SortStableFunc(body.Alerts, func(a, b alertRow) int {
		if a.State != b.State {
			return order[a.State] - order[b.State]
		}
		if a.State == "resolved" {
			return b.Until.Compare(a.Until)
		}
		return b.Since.Compare(a.Since)
	})
	body.Alerts = body.Alerts[:min(len(body.Alerts), maxAlerts)]
	return body
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
	row.Muted = s.Muted
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
	}
}
