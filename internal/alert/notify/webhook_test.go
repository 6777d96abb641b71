package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wvwatch/internal/alert"
)

// hookReceiver takes webhook messages over a real connection.
type hookReceiver struct {
	mu       sync.Mutex
	status   int
	messages []hookMessage
	arrived  chan struct{}
}

func (r *hookReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var m hookMessage
	d := json.NewDecoder(req.Body)
	d.DisallowUnknownFields()
	err := d.Decode(&m)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil || req.URL.RawQuery != "token=s3cret" || req.Header.Get("Content-Type") != "application/json":
		w.WriteHeader(http.StatusTeapot)
	case r.status != 0:
		w.WriteHeader(r.status)
	default:
		r.messages = append(r.messages, m)
	}
	r.arrived <- struct{}{}
}

func TestWebhook(t *testing.T) {
	r := &hookReceiver{status: http.StatusBadGateway, arrived: make(chan struct{}, 100)}
	srv := httptest.NewServer(r)
	defer srv.Close()
	var log buffer
	n := newWith(t, &log, Config{Webhook: WebhookConfig{URLs: []string{srv.URL + "/hook?token=s3cret"}}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()

	began := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	other := firing("Other", began)
	other.Labels["tenant"] = "a"
	n.Send([]alert.Alert{firing("Fire", began), other})
	<-r.arrived // answered 502
	r.mu.Lock()
	r.status = 0
	r.mu.Unlock()
	<-r.arrived // tried again
	ended := time.Now().UTC().Truncate(time.Second)
	n.Send([]alert.Alert{resolved("Fire", began, ended), other})
	<-r.arrived
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.messages) != 2 {
		t.Fatalf("%d messages, want 2: %+v", len(r.messages), r.messages)
	}
	m := r.messages[0]
	if m.Version != "4" || m.Status != "firing" || m.Receiver != "wvwatch" || m.ExternalURL != "http://wvwatch.example:9477/" || len(m.Alerts) != 2 ||
		m.CommonLabels["severity"] != "critical" || m.CommonLabels["alertname"] != "" || m.CommonAnnotations["summary"] != "it burns" {
		t.Errorf("message %+v", m)
	}
	if a := m.Alerts[0]; a.Status != "firing" || !a.StartsAt.Equal(began) || !a.EndsAt.IsZero() || len(a.Fingerprint) != 16 {
		t.Errorf("alert %+v", a)
	}
	m = r.messages[1]
	if len(m.Alerts) != 1 || m.Status != "resolved" || m.Alerts[0].Status != "resolved" || !m.Alerts[0].EndsAt.Equal(ended) {
		t.Errorf("message %+v", m)
	}
	if text := log.String(); strings.Contains(text, "s3cret") || !strings.Contains(text, "502") {
		t.Errorf("log:\n%s", text)
	}
	if name := n.targets[0].counts.name; strings.Contains(name, "s3cret") {
		t.Errorf("the target is called %s", name)
	}
}

func TestWebhookHidesItsURL(t *testing.T) {
	h := &webhook{"http://127.0.0.1:1/s3cret", "x[0]", &http.Client{}, ""}
	err := h.send(t.Context(), []alert.Alert{firing("Fire", time.Now())})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	for _, raw := range []string{"s3cret", "http://u:s3cret@h/", "http://h/s3cret#x", "http://h:s3cret/", "ftp://h/s3cret"} {
		err := Config{Webhook: WebhookConfig{URLs: []string{raw}}}.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "webhook.urls[0]: ") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// A webhook may reach people: they get a message on a change, and again after hours.
func TestWebhookIsNotToldEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		n := newWith(t, &buffer{}, Config{})
		// The sender does not matter here; how often it is used does.
		n.replace([]receiverOf{{"webhook", "x", Repeat, &alertmanager{"http://am0.example/prefix", &http.Client{Transport: r}, ""}}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		began := time.Now()
		tick(n, 5*time.Hour, firing("Fire", began))
		if got := names(r.take()); !slices.Equal(got, []string{"Fire", "Fire"}) {
			t.Errorf("in five hours: %q", got)
		}
		tick(n, time.Hour, resolved("Fire", began, time.Now()))
		if got := names(r.take()); !slices.Equal(got, []string{"-Fire"}) {
			t.Errorf("at the end: %q", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// An alert with another verdict is sent at once to all receivers, and its waiting time
// begins again. It is sent with the texts of the new one.
func TestAnotherVerdictIsSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, am := &receiver{}, &receiver{}
		n := newWith(t, &buffer{}, Config{})
		n.replace([]receiverOf{
			{"webhook", "x", Repeat, &alertmanager{"http://am0.example/prefix", &http.Client{Transport: hook}, ""}},
			{"alertmanager", "am", Resend, &alertmanager{"http://am1.example/prefix", &http.Client{Transport: am}, ""}},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		began := time.Now()
		fire := firing("Fire", began)
		fire.Verdict = "code"
		tick(n, 30*time.Second, fire)
		hook.take()
		am.take()

		place := firing("Fire", began)
		place.Verdict, place.Annotations = `tenant tenant="acme"`, map[string]string{"summary": "Now: at acme"}
		tick(n, 20*time.Second, place)
		for name, r := range map[string]*receiver{"webhook": hook, "Alertmanager": am} {
			got := r.take()
			wantNames(t, name, got, "Fire")
			if len(got) == 1 && (got[0].Annotations["summary"] != "Now: at acme" || got[0].at.Sub(began) > 35*time.Second) {
				t.Errorf("%s got %q after %v", name, got[0].Annotations, got[0].at.Sub(began))
			}
		}
		tick(n, time.Hour, place)
		wantNames(t, "webhook within the next hour", hook.take())
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
