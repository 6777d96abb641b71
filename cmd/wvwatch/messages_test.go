package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestMessages reads what people get through a real Alertmanager and through a
// webhook: of one alert that fires and ends, of a group, of a muted alert and
// of an accepted one; and that a restart repeats none of it.
func TestMessages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs for a minute")
	}
	am, people, hook := newPatient(t), newNotified(t), newNotified(t)
	am.notifies(people)
	w := newWatched(t, buildBinary(t, t.TempDir()), `
external_labels: {instance: fra1-a, cluster: fra1}
metrics: {labels: [tenant]}
alerts:
  - {name: KeyManagerFailing, match: {categories: [key-manager]}, when: {per_minute: 6, over: 20s}, keep_firing_for: 0s, severity: critical}
  - {name: TokenFailing, match: {categories: [token]}, when: {per_minute: 6, over: 20s}, keep_firing_for: 0s, by: [tenant]}
  - {name: Muted, match: {categories: [content-key]}, when: {per_minute: 6, over: 20s}}
  - {name: Accepted, match: {categories: [entitlement]}, when: {per_minute: 6, over: 20s}}
mute: [{name: maintenance, match: {alertname: Muted}}]
`, am)
	w.settings = strings.Replace(w.settings, "enable_reload: true", "enable_reload: true, enable_accept: true", 1)
	w.settings = strings.Replace(w.settings, "notify: {", fmt.Sprintf("notify: {webhook: {urls: [%q]}, ", hook.url), 1)
	w.follow("player", w.log+".player")
	w.run()
	w.write("acme", 0, 30)
	for _, code := range []int{6007, 6007, 6004, 6005, 6006, 6008, 6009} {
		w.write("acme", code, 3)
	}
	w.write("acme", 4006, 8)
	w.write("globex", 4006, 1)
	w.write("acme", 2001, 8)
	w.write("acme", 4025, 8)
	for _, n := range []*notified{people, hook} {
		eventually(t, "the firing ones", func() error { return n.heard("firing", "KeyManagerFailing", "TokenFailing", "Accepted") })
	}
	answer := w.post(t, "/api/v1/alerts/Accepted/accept", http.StatusOK)
	if !strings.Contains(answer, `"alertname":"Accepted"`) {
		t.Errorf("accepted: %s", answer)
	}
	w.post(t, "/api/v1/alerts/Nothing/accept", http.StatusNotFound)
	for _, n := range []*notified{people, hook} {
		eventually(t, "their ends", func() error { return n.heard("resolved", "KeyManagerFailing", "TokenFailing", "Accepted") })
	}
	var alerts struct {
		Alerts []struct{ Rule, State, End, Muted string }
		Mutes  []struct {
			Name   string
			Active bool
		}
	}
	if err := getJSON("http://"+w.address+"/api/v1/alerts", &alerts); err != nil || len(alerts.Mutes) != 1 || !alerts.Mutes[0].Active {
		t.Errorf("mutes: %+v, %v", alerts, err)
	}
	// An alert that has ended is not sent again after a restart or a kill.
	before := len(people.messages) + len(hook.messages)
	for _, how := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		stop(t, w.process, how)
		w.run()
		w.judged(3)
	}
	w.judged(10) // what the first judgements would send is sent by now
	for name, n := range map[string]*notified{"Alertmanager": people, "webhook": hook} {
		n.check(t, name)
	}
	if after := len(people.messages) + len(hook.messages); after != before {
		t.Errorf("%d messages before the restarts, %d after", before, after)
	}
}

// heard reports whether all of these were sent with a status.
func (n *notified) heard(status string, names ...string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	seen := make(map[string]bool)
	for _, m := range n.messages {
		for _, a := range m.Alerts {
			if a.Status == status {
				seen[a.Labels["alertname"]] = true
			}
		}
	}
	for _, name := range names {
		if !seen[name] {
			return fmt.Errorf("%s not %s: heard of %v", name, status, seen)
		}
	}
	return nil
}

// check compares the texts of TestMessages, and logs them for the reader.
func (n *notified) check(t *testing.T, name string) {
	t.Helper()
	const clock = `\d\d:\d\d:\d\d [A-Z0-9+-]+`
	for alert, want := range map[string][]string{
		"KeyManagerFailing": {
			`^firing: KeyManagerFailing on fra1-a, cluster fra1: \d+ x widevine 6007( and \d more codes)?, [0-9.]+ % of plays since ` + clock + `; [0-9.]+ per minute over 20s, fires at 6\non fra1-a, cluster fra1, since ` + clock + ` \d+ [A-Z][a-z]{2} \(\d+ s\): \d+ x 6007 key manager`,
			`^resolved: KeyManagerFailing on fra1-a, cluster fra1 is over after \d+ s: 6 x widevine 6007 and 4 more codes, [0-9.]+ % of plays; peak 18 in the minute to ` + clock + `\n.*, [0-9.]+ % of plays; peak 18 in the minute to`,
		},
		"TokenFailing": {
			`^firing: TokenFailing on fra1-a, cluster fra1, tenant acme: 8 x widevine 4006 since `,
			`^resolved: TokenFailing on fra1-a, cluster fra1, tenant acme is over after \d+ s: 8 x widevine 4006; peak 8 in the minute to `,
		},
		"Accepted": {
			`^firing: Accepted on fra1-a, cluster fra1: 8 x widevine 4025`,
			`^resolved: Accepted on fra1-a, cluster fra1 was accepted after \d+ s: 8 x widevine 4025, [0-9.]+ % of plays; peak 8 in the minute to .*; fires again once it has been over`,
		},
		"Muted": nil,
	} {
		got := n.messagesOf(alert)
		if len(got) != len(want) {
			t.Errorf("%s: %d messages of %s, want %d", name, len(got), alert, len(want))
			continue
		}
		for i := range want {
			if !regexp.MustCompile(`(?s)` + want[i]).MatchString(got[i]) {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got[i], want[i])
			}
			if strings.Contains(got[i], "nats") || strings.Contains(got[i], "{{") {
				t.Errorf("%s: not for people: %s", name, got[i])
			}
			t.Logf("%s %s\n", name, got[i])
		}
	}
}

// post asks the daemon to do something, and returns its answer.
func (w *watched) post(t *testing.T, path string, status int) string {
	t.Helper()
	resp, err := http.Post("http://"+w.address+path, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != status {
		t.Errorf("POST %s: %s, %v: %s", path, resp.Status, err, body)
	}
	return string(body)
}
