package input

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"wvwatch/internal/input/httppush"
	"wvwatch/internal/input/journald"
	"wvwatch/internal/input/kafka"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/syslog"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/tailer"
)

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		kind string
		want string
	}{
		{Config{}, "", ""},
		{Config{Stdin: true}, "stdin", ""},
		{Config{FIFO: "/run/x"}, "fifo", ""},
		{Config{HTTP: &httppush.Config{Listen: "127.0.0.1:1"}}, "http", ""},
		{Config{HTTP: &httppush.Config{}}, "http", `http.listen: "" is not an address`},
		{Config{Syslog: &syslog.Config{}}, "syslog", "syslog.listen: no address"},
		{Config{Journald: &journald.Config{}}, "journald", "journald.units: empty"},
		{Config{Kafka: &kafka.Config{}}, "kafka", "kafka.brokers: no broker"},
		{Config{Stdin: true, FIFO: "/run/x"}, "stdin", "fifo: the source has stdin already"},
	} {
		if got := tt.c.Kind(); got != tt.kind {
			t.Errorf("%+v is %q, want %q", tt.c, got, tt.kind)
		}
		err := tt.c.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.c, err, tt.want)
		}
	}
}

// Each listener that others than this host may reach without TLS and authentication
// has a warning.
func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	secure := filepath.Join(dir, "web.yaml")
	if err := os.WriteFile(secure, []byte("basic_auth_users: {a: $2y$10$abc}\ntls_server_config: {cert_file: a, key_file: b}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		c    httppush.Config
		want int
	}{
		{httppush.Config{Listen: "127.0.0.1:1"}, 0}, {httppush.Config{Listen: "localhost:1"}, 0}, {httppush.Config{Listen: "[::1]:1"}, 0},
		{httppush.Config{Listen: ":1"}, 1}, {httppush.Config{Listen: "0.0.0.0:1", TokenFile: "x"}, 1}, {httppush.Config{Listen: "example.com:1"}, 1},
		{httppush.Config{Listen: ":1", ConfigFile: secure}, 0},
	} {
		c := Config{HTTP: &tt.c}
		if got := c.Warnings(); len(got) != tt.want {
			t.Errorf("%+v: %q, want %d", tt.c, got, tt.want)
		}
	}
}

// sink keeps what it is given.
type sink struct {
	mu        sync.Mutex
	lines     []byte
	found     []byte
	positions []tailer.Position
}

func (s *sink) Parse(b tailer.Batch) int {
	s.found = append(s.found[:0], b.Lines...)
	return len(b.Lines)
}

func (s *sink) Commit(p tailer.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.positions = append(s.lines, s.found...), []tailer.Position{p}
}

func (s *sink) Forget(tailer.ID) {}

// A source is stopped, and goes on after the positions that its readers committed;
// its name may hold anything.
func TestSourceGoesOn(t *testing.T) {
	dir, k := t.TempDir(), &sink{}
	address := freeAddress(t)
	name := "../a/ü b"
	for round := range 3 {
		s, err := Open(Config{HTTP: &httppush.Config{Listen: address}}, Options{Name: name, Spool: spool.DefaultConfig(), Dir: dir, Log: slog.New(slog.DiscardHandler)}, k.positions, traffic.Counts{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		r := s.NewReader(k.positions, tailer.Counts{}, k)
		work.Go(func() { _ = r.Run(ctx) })
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Post("http://"+address+"/ingest", "text/plain", strings.NewReader(fmt.Sprintf("round %d\n", round)))
		if err != nil || res.StatusCode != http.StatusNoContent {
			t.Fatalf("%v %v", res, err)
		}
		_ = res.Body.Close()
		for until := time.Now().Add(10 * time.Second); !s.Counted() || r.Stats().LastReadNanos == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("not counted: %+v", r.Stats())
			}
		}
		if err := s.Saved(k.positions); err != nil {
			t.Error(err)
		}
		st := s.Stats()
		if st.Kind != "http" || st.Lines != 1 || !st.Spooled || st.Spool.Bytes == 0 {
			t.Errorf("%+v", st)
		}
		collector := NewCollector(func() map[string]Stats { return map[string]Stats{name: st} })
		if problems, err := testutil.CollectAndLint(collector); err != nil || len(problems) > 0 {
			t.Errorf("%v, %v", problems, err)
		}
		cancel()
		work.Wait()
	}
	if got := string(k.lines); got != "round 0\nround 1\nround 2\n" {
		t.Errorf("read %q", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.Contains(e.Name(), "/") }) {
		t.Errorf("the spool is in %v, %v", entries, err)
	}
}
