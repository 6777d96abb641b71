package web

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"
)

const (
	eventEvery   = time.Second // the shortest time between two events of a stream
	maxStreams   = 64          // open at once; further ones answer 503
	maxHost      = 16          // of them for one client address
	beatEvery    = 2 * time.Second
	sendTimeout  = 10 * time.Second // for one event; a client that does not read is let go
	retryMillis  = 2000
	maxDeltaRows = 1000 // more rows than that, and the client had better load everything
)

// change is the event "change": what is different since the one before. What is
// nil is as it was.
type change struct {
	Now     time.Time   `json:"now"`
	Reset   bool        `json:"reset,omitempty"` // load everything again: sources, windows or catalogue are others
	Status  *statusBody `json:"status,omitempty"`
	Codes   []codeRow   `json:"codes,omitempty"` // rows that are new or different
	Alerts  *alertsBody `json:"alerts,omitempty"`
	Sources []sourceRow `json:"sources,omitempty"` // all of them, if one is different
}

// changeOf returns what is different in the newer frame; ok is false where that
// is nothing but the time.
func changeOf(old, fr *frame) (c change, ok bool) {
	c.Now = fr.status.Now
	c.Codes, c.Reset = changedRows(old.codes, fr.codes)
	if old.catalogue != fr.catalogue || len(old.sources) != len(fr.sources) ||
		!reflect.DeepEqual(old.status.Windows, fr.status.Windows) || len(c.Codes) > maxDeltaRows {
		c.Reset = true
	}
	if c.Reset {
		return change{Now: c.Now, Reset: true}, true
	}
	was := old.status
	was.Now = fr.status.Now
	if !reflect.DeepEqual(was, fr.status) {
		c.Status = &fr.status
	}
	if !reflect.DeepEqual(old.alerts, fr.alerts) {
		c.Alerts = &fr.alerts
	}
	if !reflect.DeepEqual(old.sources, fr.sources) {
		c.Sources = fr.sources
	}
	return c, c.Status != nil || c.Codes != nil || c.Alerts != nil || c.Sources != nil
}

// changedRows returns the rows of fresh that are not in old as they are; gone
// reports whether old has one that fresh has not. Both are in the same order.
func changedRows(old, fresh []codeRow) (changed []codeRow, gone bool) {
	at := make(map[rowKey]int, len(old))
	for i := range old {
		at[old[i].key()] = i
	}
	met := 0
	for i := range fresh {
		j, ok := at[fresh[i].key()]
		if ok {
			met++
		}
		if !ok || !fresh[i].same(&old[j]) {
			changed = append(changed, fresh[i])
		}
	}
	return changed, met < len(old)
}

// streams sends events to those who look. Each stream is served by its
// request's own goroutine; they share the frames.
type streams struct {
	feed *feed

	mu     sync.Mutex
	open   int
	byHost map[string]int

	ending sync.Once
	end    chan struct{} // closed when the server stops
}

func newStreams(f *feed) *streams {
	return &streams{feed: f, byHost: make(map[string]int), end: make(chan struct{})}
}

// enter counts a stream of a client address; it fails where there are too many.
func (s *streams) enter(host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.byHost[host] >= maxHost:
		return fmt.Errorf("%d pages are open from your address: close one", maxHost)
	case s.open >= maxStreams:
		return fmt.Errorf("%d pages are open already: close one", maxStreams)
	}
	s.open++
	s.byHost[host]++
	return nil
}

func (s *streams) leave(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byHost[host]--; s.byHost[host] == 0 {
		delete(s.byHost, host)
	}
}

// close ends all streams; later ones end at once.
func (s *streams) close() { s.ending.Do(func() { close(s.end) }) }

// serve answers /api/v1/events: "hello" at once, then at most one event a second:
// "change" where anything did, and "beat" every few seconds.
func (s *streams) serve(w http.ResponseWriter, r *http.Request) {
	host := hostOf(r.RemoteAddr)
	if err := s.enter(host); err != nil {
		w.Header().Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable, err)
		return
	}
	defer s.leave(host)
	out := http.NewResponseController(w)
	// The server's bounds are for requests that end; here each event has its own.
	_ = out.SetReadDeadline(time.Time{}) // where it is not supported, there is none
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx must not hold events back
	last := s.feed.frame()
	if s.write(w, out, "hello", last.status) != nil {
		return
	}
	beat := time.Now()
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.end:
			return
		case <-tick.C:
		}
		fr := s.feed.frame()
		c, changed := changeOf(last, fr)
		last = fr
		var err error
		switch {
		case changed:
			beat = time.Now()
			err = s.write(w, out, "change", c)
		case time.Since(beat) >= beatEvery:
			beat = time.Now()
			err = s.write(w, out, "beat", change{Now: c.Now})
		}
		if err != nil {
			return
		}
	}
}

// write sends one event; its data is one line of JSON.
func (s *streams) write(w http.ResponseWriter, out *http.ResponseController, name string, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	_ = out.SetWriteDeadline(time.Now().Add(sendTimeout)) // as above
	if _, err := fmt.Fprintf(w, "retry: %d\nevent: %s\ndata: %s\n", retryMillis, name, data); err != nil {
		return err
	}
	return out.Flush()
}
