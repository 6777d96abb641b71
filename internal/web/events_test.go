package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wvwatch/internal/alert"
	"wvwatch/internal/codes"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// tape records a stream while it is written.
type tape struct {
	mu   sync.Mutex
	text strings.Builder
	head http.Header
}

func (s *tape) Header() http.Header { return s.head }
func (s *tape) WriteHeader(int)     {}
func (s *tape) Flush()              {}

func (s *tape) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// take returns what was written since it was asked last.
func (s *tape) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.text.Reset()
	return s.text.String()
}

// events returns the names and data of what was streamed.
func events(text string) (names []string, data []string) {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			names = append(names, strings.TrimSpace(name))
		}
		if d, ok := strings.CutPrefix(line, "data: "); ok {
			data = append(data, strings.TrimSpace(d))
		}
	}
	return names, data
}

func TestEventsTellWhatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "proxy", "player")
		w.happen("proxy", 4025, 1)
		s := New(&Listeners{cfg: Config{}}, w.deps(t), discard())
		ctx, cancel := context.WithCancel(t.Context())
		stream, done := &tape{head: http.Header{}}, make(chan struct{})
		go func() {
			defer close(done)
			s.handler.ServeHTTP(stream, eventsRequest(ctx, "192.0.2.1"))
		}()
		synctest.Wait()
		if names, _ := events(stream.take()); len(names) != 1 || names[0] != "hello" {
			t.Errorf("at once: %q", names)
		}
		for range 10 { // many things in a second are one event
			w.happen("proxy", 6007, 1)
			time.Sleep(90 * time.Millisecond)
		}
		w.change(func() { w.states = []alert.Status{{Rule: "R", State: alert.Firing}} })
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		names, data := events(stream.take())
		if len(names) != 1 || names[0] != "change" {
			t.Fatalf("after a change: %q", names)
		}
		var c change
		if err := json.Unmarshal([]byte(data[0]), &c); err != nil {
			t.Fatal(err)
		}
		if len(c.Codes) != 1 || c.Codes[0].Code != 6007 || c.Codes[0].Occurrences != 10 || c.Alerts == nil || c.Alerts.Firing != 1 || len(c.Sources) != 2 || c.Reset {
			t.Errorf("change: %s", data[0])
		}
		if len(data[0]) > 4096 {
			t.Errorf("%d bytes for one row", len(data[0]))
		}

		time.Sleep(11 * time.Second)
		synctest.Wait()
		if names, data := events(stream.take()); len(names) != int(11*time.Second/beatEvery) || names[0] != "beat" || len(data[0]) > 60 {
			t.Errorf("nothing happens: %q %q", names, data)
		}

		// After a reload the catalogue is another one.
		w.change(func() {
			cat, err := codes.Load(codes.Config{})
			if err != nil {
				t.Fatal(err)
			}
			w.cat = cat
		})
		time.Sleep(time.Second)
		synctest.Wait()
		if names, data := events(stream.take()); len(names) != 1 || !strings.Contains(data[0], `"reset":true`) {
			t.Errorf("after a reload: %q %q", names, data)
		}
		cancel()
		<-done
		if n := s.events.open; n != 0 {
			t.Errorf("%d streams are open", n)
		}
	})
}

// The bounds that are meant for requests must not end a stream; the end of the
// server must.
func TestEventsOutliveTimeouts(t *testing.T) {
	w := newWorld(t, "proxy")
	s := New(&Listeners{cfg: Config{}}, w.deps(t), discard())
	server := httptest.NewUnstartedServer(s.handler)
	server.Config.ReadTimeout = 300 * time.Millisecond
	server.Config.WriteTimeout = 300 * time.Millisecond
	server.Start()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	lines := bufio.NewScanner(answer.Body)
	seen := 0
	for seen < 2 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: ") {
			seen++
			w.happen("proxy", 4025, 1)
		}
	}
	if seen != 2 {
		t.Fatalf("the stream ended after %d events: %v", seen, lines.Err())
	}
	s.events.close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Errorf("the stream did not end well: %v", err)
	}
}

func TestEventsEndWithTheServer(t *testing.T) {
	w := newWorld(t, "proxy")
	s, stop := startUntil(t, Config{Listen: []string{"127.0.0.1:0"}}, w.deps(t))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(s.URLs()[0] + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > drainTimeout/2 {
		t.Errorf("an open page held up the stop for %s", took)
	}
}

func eventsRequest(ctx context.Context, client string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, "GET", "http://localhost/api/v1/events", nil)
	r.RemoteAddr = client + ":50000"
	return r
}

func TestEventsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&Listeners{cfg: Config{}}, newWorld(t, "proxy").deps(t), discard())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		open := func(client string) {
			go func() {
				s.handler.ServeHTTP(httptest.NewRecorder(), eventsRequest(ctx, client))
				done <- struct{}{}
			}()
			synctest.Wait()
		}
		refused := func(client, why string) {
			t.Helper()
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, eventsRequest(ctx, client))
			if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), why) {
				t.Errorf("%s: %d %s, want 503 %q", client, w.Code, w.Body, why)
			}
		}
		for range maxHost {
			open("192.0.2.1")
		}
		refused("192.0.2.1", "from your address")
		for i := range maxStreams - maxHost { // there is room for others
			open(fmt.Sprintf("198.51.100.%d", i/maxHost))
		}
		refused("203.0.113.9", "are open already")
		cancel()
		for range maxStreams {
			<-done
		}
		s.events.close()
		if w := ask(s.handler, "GET", "/api/v1/events"); w.Code != 200 || !strings.Contains(w.Body.String(), "event: hello") {
			t.Errorf("there is room again: %d %s", w.Code, w.Body)
		}
	})
}
