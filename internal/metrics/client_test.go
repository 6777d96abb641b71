package metrics

import (
	"fmt"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// failure is an event with a client and a correlation id; "" for none.
func failure(code int, at time.Time, client, id string) parser.Event {
	e := event(code, at)
	e.Client, e.CorrelationID = []byte(client), []byte(id)
	return e
}

// clientsOf sums what detectors see of source "a" in the hour before now.
func clientsOf(l *Ledger, now time.Time) (x, x1 uint64) {
	last := stepOf(now.UnixNano())
	l.Snapshot(now).Failures(last-stepsKept, last, "", func(f Failures) {
		x, x1 = x+f.Clients, x1+f.Minutely
	})
	return x, x1
}

// TestClientsCountOnce holds the counting to its definition: once in ten minutes and
// once a minute from the first count on, for each category, whatever the code.
func TestClientsCountOnce(t *testing.T) {
	for _, tt := range []struct {
		name  string
		at    []time.Duration
		x, x1 uint64
	}{
		{"one", []time.Duration{0}, 1, 1},
		{"a retry", []time.Duration{0, 20 * time.Second}, 1, 1},
		{"after a minute", []time.Duration{0, 59 * time.Second, 60 * time.Second}, 1, 2},
		{"no chain", []time.Duration{0, 9 * time.Minute, 10 * time.Minute, 19 * time.Minute, 20 * time.Minute}, 3, 5},
		{"a late line", []time.Duration{5 * time.Minute, 0}, 1, 2},
	} {
		l := newLedger(t, "a")
		now := t0.Add(25 * time.Minute)
		for _, at := range tt.at {
			commit(l, "a", now, failure(6007, t0.Add(at), "10.0.0.1", "id-"+at.String()))
		}
		if x, x1 := clientsOf(l, now); x != tt.x || x1 != tt.x1 {
			t.Errorf("%s: %d and %d clients, want %d and %d", tt.name, x, x1, tt.x, tt.x1)
		}
	}
	l := newLedger(t, "a")
	commit(l, "a", t0, failure(6007, t0, "10.0.0.1", ""), failure(6008, t0, "10.0.0.1", ""), failure(4025, t0, "10.0.0.1", ""), failure(6007, t0, "10.0.0.2", ""))
	if x, _ := clientsOf(l, t0); x != 3 { // 6007 and 6008 are of one category
		t.Errorf("two clients, one of them in two categories: %d", x)
	}
}

// TestFallbackOfClients counts records without a client by their correlation id, and
// those with neither one by one.
func TestFallbackOfClients(t *testing.T) {
	l := newLedger(t, "a")
	commit(l, "a", t0, failure(6007, t0, "", "one-id"), failure(6007, t0.Add(30*time.Second), "", "one-id"), failure(6007, t0, "", ""), failure(6007, t0, "", ""))
	if x, x1 := clientsOf(l, t0); x != 3 || x1 != 3 {
		t.Errorf("%d and %d, want 3", x, x1)
	}
}

// TestPlays counts plays as granted requests and clients that failed: a refusal that
// the access line and an application's line report is one.
func TestPlays(t *testing.T) {
	l := newLedger(t, "a")
	r := &parser.Result{
		Requests: []parser.Request{
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Refused, Client: []byte("10.0.0.1")},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Refused, Client: []byte("10.0.0.1")},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Gateway, Client: []byte("10.0.0.2")},
			{Time: t0.UnixNano(), DRM: codes.Widevine, Outcome: parser.Gateway, Client: []byte("10.0.0.2")},
		},
		Events: []parser.Event{failure(6007, t0, "10.0.0.1", "")},
	}
	l.Commit("a", t0, r, tailer.Position{})
	var sum Plays
	at := stepOf(t0.UnixNano())
	l.Snapshot(t0).Plays(at, at, func(p Plays) {
		sum.Granted += p.Granted
		sum.Requests += p.Requests
		sum.Failed += p.Failed
		sum.Unanswered += p.Unanswered
	})
	if sum.Granted != 2 || sum.Requests != 6 || sum.Failed != 2 || sum.Unanswered != 1 {
		t.Errorf("%+v, want 2 granted, 6 requests, 2 failed clients, 1 unanswered", sum)
	}
}

// TestClientsAreDropped drops by parts of the table: ten minutes after their last count no
// client is left in it.
func TestClientsAreDropped(t *testing.T) {
	l := newLedger(t, "a")
	for i := range 1000 {
		commit(l, "a", t0, failure(6007, t0, fmt.Sprintf("10.0.%d.%d", i/250, i%250), ""))
	}
	held := func() (n int) {
		for _, bucket := range l.clients.hashes {
			for _, hash := range bucket {
				if hash != 0 {
					n++
				}
			}
		}
		return n
	}
	if n := held(); n != 3000 { // by category, for plays, and for the diversity
		t.Fatalf("%d entries for 1000 clients", n)
	}
	for now := t0; now.Before(t0.Add(9 * time.Minute)); now = now.Add(Step) {
		l.Settle(now, nil, nil)
	}
	if n := held(); n != 3000 {
		t.Errorf("%d entries after 9 minutes", n)
	}
	for now := t0.Add(10 * time.Minute); now.Before(t0.Add(16 * time.Minute)); now = now.Add(Step) {
		l.Settle(now, nil, nil)
	}
	if n := held(); n != 0 {
		t.Errorf("%d entries after 16 minutes", n)
	}
}

// granted is a granted request that names its client.
func granted(at time.Time, client string) *parser.Result {
	return &parser.Result{Requests: []parser.Request{{Time: at.UnixNano(), DRM: codes.Widevine, Outcome: parser.Granted, Client: []byte(client)}}}
}

// TestLoadBalancer sees that an address which all records have is no client: its
// failures count by their correlation ids. A log of many clients, one of which never
// stops to retry, keeps its clients.
func TestLoadBalancer(t *testing.T) {
	l := newLedger(t, "a", "b")
	for i := range 2000 {
		now := t0.Add(time.Duration(i) * time.Second)
		commit(l, "a", now, failure(6007, now, "10.0.0.1", fmt.Sprint("id-", i)))
		who := fmt.Sprint("10.1.", i/250, ".", i%250)
		if i%16 == 0 {
			l.Commit("a", now, granted(now, "10.0.0.1"), tailer.Position{})
			l.Commit("b", now, granted(now, who), tailer.Position{})
		}
		if i%3 == 0 {
			who = "10.9.9.9"
		}
		commit(l, "b", now, failure(6007, now, who, fmt.Sprint("id-", i)))
	}
	now := t0.Add(2000 * time.Second)
	for _, w := range l.Snapshot(now).Watermarks() {
		if want := map[string]Identity{"a": ByCorrelation, "b": ByClient}[w.Source]; w.Identity != want {
			t.Errorf("source %s counts by %s, want %s", w.Source, w.Identity, want)
		}
	}
	if st := l.State(); !st.Sources[0].FewClients || st.Sources[1].FewClients {
		t.Errorf("checkpoint: %v and %v", st.Sources[0].FewClients, st.Sources[1].FewClients)
	}
}

// TestLoadBalancerOfRefusals sees that in a log of refusals alone the address that
// all have is no client after twelve hours, and not after a restart either.
func TestLoadBalancerOfRefusals(t *testing.T) {
	l := newLedger(t, "a")
	for i := range 14 * 60 {
		now := t0.Add(time.Duration(i) * time.Minute)
		commit(l, "a", now, failure(4025, now, "10.0.0.1", ""))
	}
	if !l.State().Sources[0].FewClients {
		t.Error("the checkpoint does not say so")
	}
	if s := l.layout.source("a"); s.identity.isClient(l.clients.hash([]byte("10.0.0.1"))) {
		t.Error("still a client")
	}
}

// TestHeavyClient sees that an id with more than a fifth of the records in 12 hours is
// no client, and one that is there for 11 still is.
func TestHeavyClient(t *testing.T) {
	l := newLedger(t, "a")
	s := l.layout.source("a")
	heavy := l.clients.hash([]byte("10.9.9.9"))
	play := func(hours int) {
		for i := range hours * 400 {
			now := t0.Add(time.Duration(i) * 9 * time.Second)
			who := fmt.Sprint("10.1.", i/250, ".", i%250)
			if i%4 == 0 {
				who = "10.9.9.9"
			}
			s.identity.observe(l.clients.hash([]byte(who)), 1, now.UnixNano())
		}
	}
	play(11)
	if !s.identity.isClient(heavy) {
		t.Error("no client after 11 hours")
	}
	s.identity = identity{}
	play(14)
	if s.identity.isClient(heavy) {
		t.Error("still a client after 14 hours")
	}
	if !s.identity.isClient(l.clients.hash([]byte("10.1.0.1"))) {
		t.Error("another id is no client either")
	}
}

// TestStuckDevice sees that a device that repeats a failure for two days, with most of
// the records of a small service, stays one client: as another it would be an outage.
func TestStuckDevice(t *testing.T) {
	for name, grants := range map[string]bool{"granted requests": true, "refusals only": false} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t, "a")
			hours := 48
			if !grants {
				hours = 11 // from 12 on it looks like a load balancer
			}
			for i := range hours * 240 {
				now := t0.Add(time.Duration(i) * 15 * time.Second)
				commit(l, "a", now, failure(6007, now, "10.9.9.9", ""))
				if grants && i%12 == 0 { // one of 16 names its client
					l.Commit("a", now, granted(now, fmt.Sprint("10.1.0.", i/12%97)), tailer.Position{})
				}
			}
			s := l.layout.source("a")
			if !s.identity.isClient(l.clients.hash([]byte("10.9.9.9"))) {
				t.Error("the device is no client")
			}
		})
	}
}
