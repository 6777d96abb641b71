package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wvwatch/internal/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is an Alertmanager without a network: an http.RoundTripper, so that
// it can run in a bubble of synctest.
type receiver struct {
	mu     sync.Mutex
	status int           // of its answers; 0 for 200
	hangs  bool          // until the request is given up
	takes  time.Duration // for an answer
	got    []message
	asked  int
}

// message is the content of one accepted alert.
type message struct {
	at time.Time
	postable
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.hangs {
		r.mu.Unlock()
		<-req.Context().Done()
		r.mu.Lock()
		return nil, req.Context().Err()
	}
	time.Sleep(r.takes)
	if req.Method != http.MethodPost || req.URL.Path != "/prefix/api/v2/alerts" || req.Header.Get("Content-Type") != "application/json" {
		return nil, fmt.Errorf("unexpected request %s %s", req.Method, req.URL)
	}
	var alerts []postable
	if err := json.NewDecoder(req.Body).Decode(&alerts); err != nil {
		return nil, err
	}
	status := r.status
	if status == 0 {
		status = http.StatusOK
		for _, a := range alerts {
			r.got = append(r.got, message{time.Now(), a})
		}
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)),
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("so it said")),
	}, nil
}

// answer changes what r does.
func (r *receiver) answer(status int, hangs bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.hangs = status, hangs
}

// take returns what has arrived since the last call.
func (r *receiver) take() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// names returns the alertnames of messages, with a "-" before resolved ones.
func names(ms []message) []string {
	var ns []string
	for _, m := range ms {
		name := m.Labels["alertname"]
		if !m.EndsAt.After(m.at) {
			name = "-" + name
		}
		ns = append(ns, name)
	}
	return ns
}

// running starts a notifier with these receivers; stop ends it and returns how
// long that took.
func running(t *testing.T, log io.Writer, receivers ...*receiver) (n *Notifier, stop func() time.Duration) {
	t.Helper()
	n = newWith(t, log, Config{})
	plug(n, receivers...)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	return n, func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		return time.Since(began)
	}
}

func newWith(t *testing.T, log io.Writer, c Config) *Notifier {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	n, err := New(c, Options{Log: slog.New(slog.NewTextHandler(log, nil)), GeneratorURL: "http://wvwatch.example:9477/"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// plug does what Reload does, with receivers of the test.
func plug(n *Notifier, receivers ...*receiver) {
	var list []receiverOf
	for i, r := range receivers {
		url := fmt.Sprintf("http://am%d.example/prefix", i)
		list = append(list, receiverOf{"alertmanager", url, Resend, &alertmanager{url, &http.Client{Transport: r}, n.generatorURL}})
	}
	n.replace(list)
}

func firing(name string, since time.Time) alert.Alert {
	return alert.Alert{
		Labels:      map[string]string{"alertname": name, "severity": "critical"},
		Annotations: map[string]string{"summary": "it burns"},
		StartsAt:    since,
	}
}

func resolved(name string, since, at time.Time) alert.Alert {
	a := firing(name, since)
	a.ResolvedAt = at
	return a
}

// tick calls Send every five seconds, as the daemon does.
func tick(n *Notifier, d time.Duration, alerts ...alert.Alert) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(alert.Interval) {
		n.Send(alerts)
	}
}

func wantNames(t *testing.T, what string, got []message, want ...string) {
	t.Helper()
	if ns := names(got); !slices.Equal(ns, want) {
		t.Errorf("%s: got %q, want %q", what, ns, want)
	}
}

// numbers returns one receiver's counts.
func numbers(n *Notifier, i int) outcomes { return n.targets[i].counts.get() }

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
