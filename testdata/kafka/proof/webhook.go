package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// webhook receives alerts.
type webhook struct {
	url   string
	extra map[string]float64 // counters of what due produced

	mu   sync.Mutex
	seen map[string][]time.Time // firing, by alert name
}

func listen() (*webhook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &webhook{url: "http://" + l.Addr().String() + "/", seen: map[string][]time.Time{}, extra: map[string]float64{}}
	go func() { _ = http.Serve(l, h) }()
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Alerts []struct {
			Status string
			Labels map[string]string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range body.Alerts {
		if a.Status == "firing" {
			h.seen[a.Labels["alertname"]] = append(h.seen[a.Labels["alertname"]], time.Now())
		}
	}
}

func (h *webhook) count(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen[name])
}

func (h *webhook) total() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, all := range h.seen {
		n += len(all)
	}
	return n
}

func (h *webhook) first(name string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[name][0]
}

// await waits until an alert was received.
func (h *webhook) await(name string, patience time.Duration) error {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if h.count(name) > 0 {
			return nil
		}
	}
	return fmt.Errorf("alert %s was not sent within %s", name, patience)
}
