package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// notified is a webhook that a real Alertmanager sends to: what people get.
type notified struct {
	url string

	mu       sync.Mutex
	messages []hookMessage
}

type hookMessage struct {
	Status string
	Alerts []struct {
		Status      string
		Labels      map[string]string
		Annotations map[string]string
		StartsAt    time.Time
		EndsAt      time.Time
	}
	at time.Time
}

func newNotified(t *testing.T) *notified {
	n := &notified{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m := hookMessage{at: time.Now()}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.messages = append(n.messages, m)
	}))
	t.Cleanup(s.Close)
	n.url = s.URL
	return n
}

// of returns the alerts of one daemon that were sent: "firing Name" and so on.
func (n *notified) of(instance string) (texts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.messages {
		for _, a := range m.Alerts {
			if a.Labels["instance"] == instance {
				texts = append(texts, a.Status+" "+a.Labels["alertname"])
			}
		}
	}
	return texts
}

// messagesOf returns summary and description of each message about one alert, in
// order.
func (n *notified) messagesOf(alertname string) (texts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.messages {
		for _, a := range m.Alerts {
			if a.Labels["alertname"] == alertname {
				texts = append(texts, a.Status+": "+a.Annotations["summary"]+"\n"+a.Annotations["description"])
			}
		}
	}
	return texts
}

// notifies makes the Alertmanager notify people of each alert on its own, at once.
func (p *patient) notifies(n *notified) {
	p.t.Helper()
	p.kill()
	p.config = fmt.Sprintf(`
route: {receiver: people, group_by: ['...'], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: people, webhook_configs: [{url: %q, send_resolved: true}]}]
`, n.url)
	p.start()
}

// TestTwoDaemonsOneAlertmanager runs two daemons with the same rules and one
// real Alertmanager, through outages of different lengths: people hear of each
// outage and host once when it begins and once when it ends.
func TestTwoDaemonsOneAlertmanager(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs for most of a minute")
	}
	binary := buildBinary(t, t.TempDir())
	am, people := newPatient(t), newNotified(t)
	am.notifies(people)
	const rules = `
alerts: [{name: KeyManagerFailing, match: {categories: [key-manager]}, when: {per_minute: 6, over: 10s}, severity: critical}]
external_labels: {instance: %s, cluster: fra1}
`
	short, long := newWatched(t, binary, fmt.Sprintf(rules, "short"), am), newWatched(t, binary, fmt.Sprintf(rules, "long"), am)
	short.run()
	long.run()
	// The outages begin together; one ends, and its end is sent, while the other goes on.
	ends := time.Now().Add(35 * time.Second)
	for begin := time.Now(); time.Now().Before(ends); time.Sleep(time.Second) {
		long.write("acme", 6007, 3)
		if time.Since(begin) < 6*time.Second {
			short.write("acme", 6007, 3)
		}
	}
	eventually(t, "both ends", func() error {
		if a, b := people.of("short"), people.of("long"); len(a) < 2 || len(b) < 2 {
			return fmt.Errorf("heard %v and %v", a, b)
		}
		return nil
	})
	want := "firing KeyManagerFailing, resolved KeyManagerFailing"
	for _, instance := range []string{"short", "long"} {
		if got := strings.Join(people.of(instance), ", "); got != want {
			t.Errorf("of %s people heard: %s", instance, got)
		}
	}
	people.mu.Lock()
	defer people.mu.Unlock()
	for _, m := range people.messages {
		for _, a := range m.Alerts {
			if a.Labels["instance"] == "long" && a.Status == "resolved" && m.at.Before(ends) {
				t.Errorf("the end of the long outage was sent %s before it", ends.Sub(m.at))
			}
			if a.Labels["cluster"] != "fra1" {
				t.Errorf("no cluster: %v", a.Labels)
			}
		}
	}
}

// A daemon without external labels is named by its host, in its alerts and in
// the API.
func TestInstanceIsTheHost(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Skip("the host has no name")
	}
	dir := t.TempDir()
	log, address := filepath.Join(dir, "a.log"), freePort(t)
	config := write(t, dir, "config.yaml", fmt.Sprintf("sources: [{name: a, files: [%q]}]\nstate: {directory: %q}\nweb: {listen: [%q]}\n",
		log, filepath.Join(dir, "state"), address))
	start(t, dir, "wvwatch", buildBinary(t, dir), "run", "--config", config)
	waitReady(t, address)
	var status struct {
		ExternalLabels map[string]string `json:"external_labels"`
	}
	if err := getJSON("http://"+address+"/api/v1/status", &status); err != nil || status.ExternalLabels["instance"] != host {
		t.Errorf("got %v, %v", status, err)
	}
}
