package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"wvwatch/internal/alert"
)

func TestAcceptOverHTTP(t *testing.T) {
	described := askJSON[openAPI](t, handler(t, Config{}, deps(t)), "/api/v1/openapi.json", 200)
	for _, tt := range []struct {
		name, method, path string
		enabled            bool
		header             []string
		status             int
		body               string
		asked              map[string]string // nil where no call is allowed
	}{
		{"off", "POST", "/api/v1/alerts/TokenSpike/accept", false, nil, 403, "web.enable_accept", nil},
		{"on", "POST", "/api/v1/alerts/TokenSpike/accept", true, nil, 200, `{"accepted":[{"alertname":"TokenSpike"}]}`, map[string]string{}},
		{"one group", "POST", "/api/v1/alerts/TokenSpike/accept?tenant=a%20b", true, nil, 200, "TokenSpike", map[string]string{"tenant": "a b"}},
		{"a label twice", "POST", "/api/v1/alerts/TokenSpike/accept?tenant=a&tenant=b", true, nil, 400, "given 2 times", nil},
		{"no such rule", "POST", "/api/v1/alerts/Nothing/accept", true, nil, 404, "no rule", map[string]string{}},
		{"it fails", "POST", "/api/v1/alerts/Broken/accept", true, nil, 500, "broken", map[string]string{}},
		{"by GET", "GET", "/api/v1/alerts/TokenSpike/accept", true, nil, 405, "the method is POST", nil},
		{"by a page of another site", "POST", "/api/v1/alerts/TokenSpike/accept", true,
			[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://elsewhere.example"}, 403, "", nil},
		{"by another origin", "POST", "/api/v1/alerts/TokenSpike/accept", true, []string{"Origin", "https://elsewhere.example"}, 403, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked map[string]string
			d := deps(t)
			d.Accept = func(_ context.Context, rule string, labels map[string]string) ([]map[string]string, error) {
				asked = labels
				switch rule {
				case "Nothing":
					return nil, fmt.Errorf("%w: no rule", alert.ErrNotFound)
				case "Broken":
					return nil, errors.New("broken")
				}
				return []map[string]string{{"alertname": rule}}, nil
			}
			w := ask(handler(t, Config{EnableAccept: tt.enabled}, d), tt.method, tt.path, tt.header...)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) || (asked == nil) != (tt.asked == nil) || !maps.Equal(asked, tt.asked) {
				t.Errorf("%d %s, asked for %v", w.Code, w.Body, asked)
			}
		})
	}
	if described.Paths["/api/v1/alerts/{rule}/accept"]["post"].Responses == nil {
		t.Error("not described")
	}
}

// Muted and accepted alerts are shown as what they are, and how an alert ended.
func TestAlertsShowWhyNothingIsSent(t *testing.T) {
	described := askJSON[openAPI](t, handler(t, Config{}, deps(t)), "/api/v1/openapi.json", 200)
	now := time.Now()
	d := deps(t)
	d.States = func() []alert.Status {
		return []alert.Status{
			{Rule: "Accepted", Accepted: now.Add(-time.Hour), End: alert.EndAccepted, Labels: map[string]string{}},
			{Rule: "Muted", State: alert.Firing, FiredAt: now, Muted: "deploys", Unsent: true, Labels: map[string]string{}},
			{Rule: "Quiet", End: alert.EndOver},
		}
	}
	d.Alerts = func() []alert.Alert {
		return []alert.Alert{{Labels: map[string]string{"alertname": "Level"}, StartsAt: now, ResolvedAt: now, End: alert.EndNewLevel}}
	}
	d.Mutes = func(time.Time) []alert.Mute { return []alert.Mute{{Name: "deploys", Active: true, Muted: 1}} }
	d.Unwatched = func() []alert.Unwatched {
		return []alert.Unwatched{{Rule: "ByTenant", Label: "tenant", Watched: 100, Missed: 3}}
	}
	h := handler(t, Config{}, d)
	var rows []string
	body := askJSON[alertsBody](t, h, "/api/v1/alerts", 200)
	for _, r := range body.Alerts {
		rows = append(rows, strings.TrimSpace(r.State+" "+r.Rule+" "+r.End+" "+r.Muted))
	}
	want := []string{"firing Muted  deploys", "accepted Accepted accepted", "resolved Level new level"}
	if !slices.Equal(rows, want) || body.Firing != 1 || body.Inactive != 2 {
		t.Errorf("%q, %+v", rows, body)
	}
	if len(body.Mutes) != 1 || !body.Mutes[0].Active || len(body.Unwatched) != 1 || body.Unwatched[0].Missed != 3 {
		t.Errorf("%+v", body)
	}
	for _, fault := range described.check("alerts", described.Components.Schemas["Alerts"], askJSON[any](t, h, "/api/v1/alerts", 200)) {
		t.Error(fault)
	}
}
