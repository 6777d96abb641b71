package web

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"wvwatch/internal/race"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// manySeries gathers as many series as a large daemon has, and counts how often.
type manySeries struct {
	series   int
	gathered atomic.Int64
	err      error
}

func (m *manySeries) Gather() ([]*dto.MetricFamily, error) {
	n := m.gathered.Add(1)
	if m.err != nil {
		return nil, m.err
	}
	f := &dto.MetricFamily{Name: new("drm_extras_total"), Help: new("Codes."), Type: dto.MetricType_COUNTER.Enum()}
	for i := range m.series {
		f.Metric = append(f.Metric, &dto.Metric{
			Label:   []*dto.LabelPair{{Name: new("code"), Value: new(strconv.Itoa(1000 + i%9000))}, {Name: new("source"), Value: new("source-" + strconv.Itoa(i/9000))}},
			Counter: &dto.Counter{Value: new(float64(n))},
		})
	}
	return []*dto.MetricFamily{f}, nil
}

func expositionOf(g prometheus.Gatherer) *exposition {
	return newExposition(g, nil, newScrapeErrors(nil, discard()))
}

func TestExpositionFormats(t *testing.T) {
	e := expositionOf(&manySeries{series: 3})
	for _, tt := range []struct{ accept, kind string }{
		{"", "text/plain; version=0.0.4; charset=utf-8"},
		{"text/plain;version=0.0.4", "text/plain; version=0.0.4; charset=utf-8"},
		{"text/html", "text/plain; version=0.0.4; charset=utf-8"},
		{"*/*", "text/plain; version=0.0.4; charset=utf-8"},
		{"application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8"},
		{"application/openmetrics-text;version=0.0.1", "application/openmetrics-text; version=0.0.1; charset=utf-8"},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;q=0.2", "application/openmetrics-text; version=1.0.0; charset=utf-8"},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"},
	} {
		for _, coding := range []string{"", "gzip"} {
			w := ask(e, "GET", "/metrics", "Accept", tt.accept, "Accept-Encoding", coding)
			if kind := w.Header().Get("Content-Type"); w.Code != 200 || kind != tt.kind {
				t.Errorf("%s: %d %q", tt.accept, w.Code, kind)
			}
			var body io.Reader = w.Body
			if coding != "" {
				z, err := gzip.NewReader(w.Body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			if strings.Contains(tt.kind, "openmetrics") {
				if text, err := io.ReadAll(body); err != nil || !strings.HasSuffix(string(text), "# EOF\n") || strings.Count(string(text), "code=") != 3 {
					t.Errorf("%s %s: %v %s", tt.accept, coding, err, text)
				}
				continue
			}
			var f dto.MetricFamily
			dec := expfmt.NewDecoder(body, expfmt.ResponseFormat(http.Header{"Content-Type": {tt.kind}}))
			if err := dec.Decode(&f); err != nil || len(f.Metric) != 3 {
				t.Errorf("%s %s: %v, %d series", tt.accept, coding, err, len(f.Metric))
			}
		}
	}
}

func TestExpositionFails(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := handler(t, Config{}, Deps{Gatherer: &manySeries{err: errors.New("no series")}, Registerer: registry, Ready: func() (bool, string) { return true, "" }})
	if w := ask(h, "GET", "/metrics"); w.Code != 500 || !strings.Contains(w.Body.String(), "no series") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].Metric[0].Counter.GetValue() != 1 {
		t.Errorf("%v %v", families, err)
	}
}

// slowReader is a scraper that reads only when it is let.
type slowReader struct {
	*httptest.ResponseRecorder
	begun, read chan struct{}
}

func (s *slowReader) Write(b []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.read
	return s.ResponseRecorder.Write(b)
}

// Scrapes that run at the same time share a snapshot; one after the other sees new
// numbers.
func TestExpositionIsShared(t *testing.T) {
	m := &manySeries{series: 3}
	e := expositionOf(m)
	slow := &slowReader{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		e.ServeHTTP(slow, r)
	}()
	<-slow.begun
	for range 10 {
		ask(e, "GET", "/metrics")
	}
	if n := m.gathered.Load(); n > 3 { // the age of a shared one is bounded
		t.Errorf("gathered %d times for 11 scrapes", n)
	}
	close(slow.read)
	<-done
	before := m.gathered.Load()
	if ask(e, "GET", "/metrics"); m.gathered.Load() != before+1 {
		t.Error("a scrape on its own does not gather")
	}
	if len(e.snapshots) != 0 {
		t.Errorf("%d snapshots are held", len(e.snapshots))
	}
}

// Scrapes that wait while a snapshot is made get that one, and those of clients
// that have gone none.
func TestWaitingScrapesShare(t *testing.T) {
	m := &manySeries{series: 3}
	e := expositionOf(m)
	e.making.Lock()
	done := make(chan int)
	for range 20 {
		go func() { done <- ask(e, "GET", "/metrics").Code }()
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	go func() {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(gone, "GET", "/metrics", nil))
		done <- w.Body.Len()
	}()
	for {
		e.mu.Lock()
		n := e.waiting
		e.mu.Unlock()
		if n == 21 {
			break
		}
		runtime.Gosched()
	}
	e.making.Unlock()
	answered := 0
	for range 21 {
		if <-done == 200 {
			answered++
		}
	}
	if n := m.gathered.Load(); answered != 20 || n > 3 { // the age of a shared one is bounded
		t.Errorf("%d answered, gathered %d times", answered, n)
	}
	if len(e.snapshots) != 0 {
		t.Errorf("%d snapshots are held", len(e.snapshots))
	}
}

// A further snapshot lets the readers of the oldest go.
func TestExpositionLetsSlowReadersGo(t *testing.T) {
	e := expositionOf(&manySeries{series: 1})
	var held []*exposed
	for i := range maxSnapshots + 2 {
		s, err := e.take(t.Context(), content{format: expfmt.Format(fmt.Sprint("text/plain; version=0.0.4; charset=utf-8", strings.Repeat(" ", i)))})
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, s)
	}
	for i, s := range held {
		if gone := s.ctx.Err() != nil; gone != (i < 2) {
			t.Errorf("%d is let go: %t", i, gone)
		}
		e.leave(s)
	}
	if len(e.snapshots) != 0 {
		t.Errorf("%d snapshots are held", len(e.snapshots))
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// A thousand scrapers of 58,200 series that never read hold no more memory than
// the series themselves, and Prometheus is answered.
func TestSlowReadersHoldLittle(t *testing.T) {
	m := &manySeries{series: 58_200}
	if race.Enabled {
		m.series /= 20
	}
	kept, err := m.Gather() // what the daemon holds of them
	if err != nil {
		t.Fatal(err)
	}
	d := deps(t)
	d.Gatherer = m
	s := start(t, Config{Listen: []string{"127.0.0.1:0"}}, d)
	url := s.URLs()[0]
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	scrape := func() {
		t.Helper()
		status, text := get(t, client, url+"/metrics", "", "")
		if n := strings.Count(text, "drm_extras_total{"); status != 200 || n != m.series {
			t.Fatalf("%d with %d series", status, n)
		}
	}
	scrape()
	idle := heap()
	for i := range 1000 {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%8))}}
		c, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10) // as small as it may be
		accept := ""
		if i%2 == 0 {
			accept = "Accept-Encoding: gzip\r\n"
		}
		_, _ = fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n%s\r\n", accept) // it may be closed for another
		if i%100 == 99 {
			scrape()
		}
	}
	scrape()
	loaded := heap()
	t.Logf("idle %d MiB, with 1,000 slow readers %d MiB", idle>>20, loaded>>20)
	if loaded > 2*idle && !race.Enabled {
		t.Errorf("%d MiB with slow readers, %d MiB without", loaded>>20, idle>>20)
	}
	runtime.KeepAlive(kept)
}
