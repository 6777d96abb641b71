package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"wvwatch/internal/alert"
)

// A webhook is sent nothing twice by a reload or a restart; what it has not
// taken yet it is sent. An Alertmanager is sent everything again.
func TestRestartRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, am := &receiver{}, &receiver{}
		plugBoth := func(n *Notifier) {
			n.replace([]receiverOf{
				{"webhook", "hook[0]", Repeat, &alertmanager{"http://am0.example/prefix", &http.Client{Transport: hook}, ""}},
				{"alertmanager", "am", Resend, &alertmanager{"http://am1.example/prefix", &http.Client{Transport: am}, ""}},
			})
		}
		began := time.Now().Add(-time.Minute)
		alerts := []alert.Alert{firing("Fire", began), resolved("Over", began, began.Add(time.Second))}
		saved, deliveries := []byte("[]"), 0
		session := func(body func(*Notifier)) {
			n, err := New(Config{}, Options{Delivered: func() { deliveries++ }})
			if err != nil {
				t.Fatal(err)
			}
			plugBoth(n)
			var list []Sent
			if err := json.Unmarshal(saved, &list); err != nil {
				t.Fatal(err)
			}
			n.Restore(list)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- n.Run(ctx) }()
			body(n)
			if saved, err = json.Marshal(n.State()); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		session(func(n *Notifier) { tick(n, 10*time.Second, alerts...) })
		wantNames(t, "webhook at first", hook.take(), "Fire", "-Over")
		wantNames(t, "Alertmanager at first", am.take(), "Fire", "-Over")
		if deliveries != 1 {
			t.Errorf("%d deliveries told, want that of the webhook", deliveries)
		}
		session(func(n *Notifier) {
			tick(n, 10*time.Second, alerts...)
			plugBoth(n)
			tick(n, 10*time.Second, alerts...)
		})
		wantNames(t, "webhook after a restart and a reload", hook.take())
		wantNames(t, "Alertmanager after a restart and a reload", am.take(), "Fire", "-Over", "Fire", "-Over")

		alerts[0] = resolved("Fire", began, time.Now())
		session(func(n *Notifier) { tick(n, 10*time.Second, alerts...) })
		wantNames(t, "webhook at the end", hook.take(), "-Fire")
	})
}

// What a webhook did not take is not kept as sent.
func TestWaitingIsNotSent(t *testing.T) {
	n, err := New(Config{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n.replace([]receiverOf{{"webhook", "hook[0]", Repeat, nil}})
	n.Send([]alert.Alert{firing("Fire", time.Now())})
	if got := n.State(); len(got) != 0 {
		t.Errorf("kept %+v", got)
	}
}
