package httppush

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"

	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/tailer"
)

// sink keeps the lines that are read from a spool.
type sink struct {
	mu           sync.Mutex
	lines, found []byte
	at           int64
}

func (s *sink) Parse(b tailer.Batch) int {
	s.found = append(s.found[:0], b.Lines...)
	return len(b.Lines)
}

func (s *sink) Commit(p tailer.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.at = append(s.lines, s.found...), p.Offset
}

func (s *sink) Forget(tailer.ID) {}

// world is a server that runs on a spool that is read.
type world struct {
	t       *testing.T
	url     string
	client  *http.Client
	log     logBuffer
	server  *Server
	sink    *sink
	spool   *spool.Spool
	traffic traffic.Counter
}

func start(t *testing.T, cfg Config, o spool.Options, labels ...string) *world {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if o.Delay == 0 {
		o.Delay = time.Millisecond
	}
	s, err := spool.Open(t.TempDir(), 0, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, sink: &sink{}, spool: s, client: &http.Client{Timeout: 20 * time.Second}}
	server, err := Listen(cfg, labels, s, &w.traffic, slog.New(slog.NewTextHandler(&w.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	w.server = server
	scheme := "http"
	if cfg.security().tls {
		scheme = "https"
		w.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // the certificate is the test's own
	}
	w.url = scheme + "://" + server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() { _ = spool.NewReader(s, "edge", 0, tailer.Counts{}, w.sink).Run(ctx) })
	work.Go(func() {
		if err := server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { w.client.CloseIdleConnections(); cancel(); work.Wait() })
	return w
}

// logBuffer is what a server logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// post sends a body; headers are names and values.
func (w *world) post(path string, body []byte, headers ...string) (status int, answer string, header http.Header) {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.url+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header
}

// wants waits until exactly these lines were read.
func (w *world) wants(lines ...string) {
	w.t.Helper()
	want := strings.Join(lines, "\n") + "\n"
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		w.sink.mu.Lock()
		got := string(w.sink.lines)
		w.sink.mu.Unlock()
		if got == want {
			return
		}
		if time.Now().After(until) {
			w.t.Fatalf("read %.500q, want %.500q", got, want)
		}
	}
}

func pack(encoding string, text []byte) []byte {
	var b bytes.Buffer
	switch encoding {
	case "gzip twice":
		return append(pack("gzip", text), pack("gzip", text)...)
	case "gzip", "x-gzip":
		w := gzip.NewWriter(&b)
		_, _ = w.Write(text) // into memory
		_ = w.Close()
	case "zstd":
		w, _ := zstd.NewWriter(&b)
		_, _ = w.Write(text)
		_ = w.Close()
	case "snappy":
		return snappy.Encode(nil, text)
	case "snappy frames":
		w := snappy.NewBufferedWriter(&b)
		_, _ = w.Write(text)
		_ = w.Close()
	default:
		return text
	}
	return b.Bytes()
}

// lokiBody is a PushRequest with one entry.
func lokiBody(line string) []byte {
	field := func(dst []byte, number protowire.Number, value []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), value)
	}
	at := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1795422948)
	return field(nil, 1, field(field(nil, 1, []byte(`{app="x"}`)), 2, field(field(nil, 1, at), 2, []byte(line))))
}

func TestProtocols(t *testing.T) {
	firehose := `{"requestId":"r-1","timestamp":5,"records":[{"data":"` + base64.StdEncoding.EncodeToString([]byte("a line\n")) + `"}]}`
	tests := []struct {
		name, path, kind, encoding, body string
		status                           int
		answer, line                     string
	}{
		{"JSON lines", "/ingest", "application/x-ndjson", "", "{\"a\":1}\nbroken {\n", 204, "", "{\"a\":1}\nbroken {"},
		{"text", "/ingest", "text/plain", "", "a line", 204, "", "a line"},
		{"no type", "/ingest", "", "", "a line", 204, "", "a line"},
		{"gzip", "/ingest", "text/plain", "gzip", "a line\n", 204, "", "a line"},
		{"two members of gzip", "/ingest", "text/plain", "gzip twice", "a line\n", 204, "", "a line\na line"},
		{"array after a byte order mark", "/ingest", "application/json", "", "\xef\xbb\xbf[{\"a\":1},{}]", 204, "", "{\"a\":1}\n{}"},
		{"OTLP JSON after a byte order mark", "/v1/logs", "application/json", "", "\xef\xbb\xbf" + `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a line"}}]}]}]}`, 200, "{}", "a line"},
		{"zstd", "/ingest", "text/plain", "zstd", "a line\n", 204, "", "a line"},
		{"snappy", "/ingest", "text/plain", "snappy", "a line\n", 204, "", "a line"},
		{"snappy frames", "/ingest", "text/plain", "snappy frames", "a line\n", 204, "", "a line"},
		{"array", "/ingest", "application/json", "", `[{"a":1}, {"b":2}]`, 204, "", "{\"a\":1}\n{\"b\":2}"},
		{"objects without newlines", "/ingest", "application/json", "", `{"a":1}{"b":"}{"}`, 204, "", "{\"a\":1}\n{\"b\":\"}{\"}"},
		{"JSON lines as JSON", "/ingest", "application/json", "", "{\"a\": 1}\n{\"b\": 2}\n", 204, "", "{\"a\": 1}\n{\"b\": 2}"},
		{"what curl -d makes of lines", "/ingest", "application/x-www-form-urlencoded", "", `{"a":1}{"b":2}`, 204, "", "{\"a\":1}\n{\"b\":2}"},
		{"lines with braces", "/ingest", "text/plain", "", "{\"a\": \"}{\"}\n{\"b\": 2}\n", 204, "", "{\"a\": \"}{\"}\n{\"b\": 2}"},
		{"a form", "/ingest", "application/x-www-form-urlencoded", "x-gzip", "a line\n", 204, "", "a line"},
		{"broken array", "/ingest", "application/json", "", `[{"a":1}, {"b"`, 204, "", `[{"a":1}, {"b"`},
		{"Loki", "/loki/api/v1/push", "application/x-protobuf", "snappy", string(lokiBody("a line")), 204, "", "<14>1 2026-11-23T08:35:48Z - - - - [labels app=\"x\"] a line"},
		{"Loki JSON", "/loki/api/v1/push", "application/json; charset=utf-8", "gzip", `{"streams":[{"stream":{"app":"x"},"values":[["1795422948000000000","a line"]]}]}`, 204, "", "<14>1 2026-11-23T08:35:48Z - - - - [labels app=\"x\"] a line"},
		{"OTLP JSON", "/v1/logs", "application/json", "", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a line"}}]}]}]}`, 200, "{}", "a line"},
		{"OTLP", "/v1/logs", "application/x-protobuf", "gzip", "\x0a\x0e\x12\x0c\x12\x0a\x2a\x08\x0a\x06a line", 200, "", "a line"},
		{"Firehose", "/firehose", "application/json", "", firehose, 200, `{"requestId":"r-1","timestamp":5}`, "a line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, Config{}, spool.Options{}, "app")
			var headers []string
			if tt.kind != "" {
				headers = []string{"Content-Type", tt.kind}
			}
			if tt.encoding != "" && tt.path != "/loki/api/v1/push" || tt.encoding == "gzip" {
				headers = append(headers, "Content-Encoding", strings.Fields(tt.encoding)[0])
			}
			for range 2 { // the second is a repetition, and is acknowledged in the same way
				status, answer, _ := w.post(tt.path, pack(tt.encoding, []byte(tt.body)), headers...)
				if status != tt.status || answer != tt.answer {
					t.Fatalf("%d %q, want %d %q", status, answer, tt.status, tt.answer)
				}
			}
			w.wants(tt.line)
			if n := w.traffic.Stats().Repeats; n != 1 {
				t.Errorf("%d repeats, want 1", n)
			}
			if st := w.traffic.Stats(); st.Batches != 1 || len(st.Rejected) > 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	bomb := pack("gzip", make([]byte, maxBody+1))
	snappyLie := append(protowire.AppendVarint(nil, maxBody-1), "short"...)
	tests := []struct {
		name, path, kind, encoding string
		body                       []byte
		status                     int
		reason                     string
	}{
		{"gzip bomb", "/ingest", "text/plain", "gzip", bomb, 413, traffic.TooLarge},
		{"zstd bomb", "/ingest", "text/plain", "zstd", pack("zstd", make([]byte, 3*maxBody)), 413, traffic.TooLarge},
		{"snappy bomb", "/ingest", "text/plain", "snappy", pack("snappy", make([]byte, maxBody+1)), 413, traffic.TooLarge},
		{"snappy's length", "/ingest", "text/plain", "snappy", snappyLie, 400, traffic.Invalid},
		{"large", "/ingest", "text/plain", "", make([]byte, maxBody+1), 413, traffic.TooLarge},
		{"not gzip", "/ingest", "text/plain", "gzip", []byte("plain"), 400, traffic.Invalid},
		{"gzip that is cut off", "/ingest", "text/plain", "gzip", pack("gzip", make([]byte, 1000))[:20], 400, traffic.Invalid},
		{"zstd that is cut off", "/ingest", "text/plain", "zstd", pack("zstd", []byte("a line"))[:12], 400, traffic.Invalid},
		{"two encodings", "/ingest", "text/plain", "gzip, zstd", []byte("plain"), 415, traffic.Invalid},
		{"msgpack", "/ingest", "application/msgpack", "", []byte("\x92\x01\x80"), 415, traffic.Invalid},
		{"protobuf as lines", "/ingest", "application/x-protobuf", "", lokiBody("x"), 415, traffic.Invalid},
		{"UTF-16", "/ingest", "text/plain", "", []byte("\xff\xfea\x00\n\x00"), 400, traffic.Invalid},
		{"JSON lines at Loki's path", "/loki/api/v1/push", "application/json", "", []byte(`{"time":"x","errorCode":4006}`), 400, traffic.Invalid},
		{"traces", "/v1/logs", "application/json", "", []byte(`{"resourceSpans":[]}`), 400, traffic.Invalid},
		{"unknown encoding", "/ingest", "text/plain", "br", []byte("plain"), 415, traffic.Invalid},
		{"Loki without snappy", "/loki/api/v1/push", "application/x-protobuf", "", lokiBody("x"), 400, traffic.Invalid},
		{"protobuf", "/v1/logs", "application/x-protobuf", "", []byte("text"), 400, traffic.Invalid},
		{"JSON", "/v1/logs", "application/json", "", []byte("{"), 400, traffic.Invalid},
		{"Loki as a form", "/loki/api/v1/push", "application/x-www-form-urlencoded", "", []byte(`{"streams":[]}`), 415, traffic.Invalid},
		{"OTLP as text", "/v1/logs", "text/plain; charset=utf-8", "", []byte(`{"resourceLogs":[]}`), 415, traffic.Invalid},
		{"OTLP as nonsense", "/v1/logs", "a b;c", "", []byte(`{"resourceLogs":[]}`), 415, traffic.Invalid},
		{"Firehose", "/firehose", "application/json", "", []byte(`{"requestId":"x","timestamp":7,"records":[{"data":"%"}]}`), 400, traffic.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, Config{}, spool.Options{})
			status, answer, _ := w.post(tt.path, tt.body, "Content-Type", tt.kind, "Content-Encoding", tt.encoding)
			if status != tt.status || answer == "" {
				t.Errorf("%d %q, want %d", status, answer, tt.status)
			}
			if got := w.traffic.Stats().Rejected; got[tt.reason] != 1 || len(got) != 1 {
				t.Errorf("rejected %v, want one as %s", got, tt.reason)
			}
			if tt.path == "/firehose" && !strings.Contains(answer, `"requestId":"x","timestamp":7,"errorMessage":`) {
				t.Errorf("answer %q", answer)
			}
			if status, _, _ := w.post("/ingest", []byte("next")); status != 204 {
				t.Errorf("the next request gets %d", status)
			}
			w.wants("next")
		})
	}
	w := start(t, Config{}, spool.Options{})
	if _, answer, _ := w.post("/loki/api/v1/push", []byte(`{"streams":[{`), "Content-Type", "application/json"); !strings.Contains(answer, "unexpected EOF at byte 13") {
		t.Errorf("%q does not name the place", answer)
	}
	res, err := w.client.Get(w.url + "/ingest")
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != 405 || res.Header.Get("Allow") != "POST" {
		t.Errorf("GET is answered with %s, Allow %q", res.Status, res.Header.Get("Allow"))
	}
	if status, answer, _ := w.post("/x", nil); status != 404 || !strings.Contains(answer, "/ingest") {
		t.Errorf("%d %q", status, answer)
	}
}

// A sender that is refused shows in the log, but can not fill it.
func TestRefusalsAreLogged(t *testing.T) {
	w := start(t, Config{}, spool.Options{})
	for range 10 {
		if status, _, _ := w.post("/ingest", []byte("\x92"), "Content-Type", "application/msgpack", "User-Agent", "Fluent-Bit"); status != 415 {
			t.Fatalf("status %d, want 415", status)
		}
	}
	text := w.log.String()
	if n := strings.Count(text, "level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1: %s", n, text)
	}
	for _, part := range []string{"path=/ingest", "127.0.0.1:", "Fluent-Bit", "status=415", "application/msgpack"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}

func TestFullAndAgain(t *testing.T) {
	w := start(t, Config{}, spool.Options{MaxBytes: 4000, Segment: 500})
	sent := 0
	for ; ; sent++ {
		status, _, header := w.post("/ingest", fmt.Appendf(nil, "%d %s", sent, strings.Repeat("x", 200)))
		if status == 429 {
			if header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
		if status != 204 || sent > 50 {
			t.Fatalf("request %d: %d", sent, status)
		}
	}
	if got := w.traffic.Stats().Rejected[traffic.Full]; got != 1 {
		t.Errorf("%d rejected, want 1", got)
	}
	for w.sink.offset() == 0 || bytes.Count(w.sink.text(), []byte("\n")) < sent {
		time.Sleep(time.Millisecond)
	}
	for range 2 {
		if err := w.spool.Saved(w.sink.offset()); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, _ := w.post("/ingest", []byte("again")); status != 204 {
		t.Errorf("%d after there is room", status)
	}
}

func (s *sink) offset() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *sink) text() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.lines)
}

func TestTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("first\nsecond\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{TokenFile: file}, spool.Options{})
	for _, tt := range []struct {
		path, header, value string
		status              int
	}{
		{"/ingest", "Authorization", "Bearer first", 204}, {"/ingest", "Authorization", "bearer second", 204},
		{"/ingest", "Authorization", "Bearer third", 401}, {"/ingest", "Authorization", "Bearer ", 401}, {"/ingest", "Authorization", "Basic first", 401},
		{"/ingest", "X-Other", "first", 401}, {"/ingest", "X-Amz-Firehose-Access-Key", "first", 401},
		{"/firehose", "X-Amz-Firehose-Access-Key", "second", 200}, {"/firehose", "X-Amz-Firehose-Access-Key", "x", 401},
	} {
		if status, _, _ := w.post(tt.path, []byte(`{"records":[]}`), tt.header, tt.value); status != tt.status {
			t.Errorf("%s %s %q: %d, want %d", tt.path, tt.header, tt.value, status, tt.status)
		}
	}
	if got := w.traffic.Stats().Rejected[traffic.Unauthorized]; got != 6 {
		t.Errorf("%d unauthorized, want 6", got)
	}
	if err := os.WriteFile(file, []byte("third\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if status, _, _ := w.post("/ingest", []byte("x"), "Authorization", "Bearer third"); status == 204 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the new token is not accepted")
		}
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	w := start(t, Config{MaxConnections: 20}, spool.Options{})
	host := strings.TrimPrefix(w.url, "http://")
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	for range 200 {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for until := time.Now().Add(10 * time.Second); w.traffic.Stats().Rejected[traffic.TooMany] != 180; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%+v, want 180 rejected", w.traffic.Stats())
		}
	}
	for _, c := range open {
		_ = c.Close()
	}
	for until := time.Now().Add(10 * time.Second); w.traffic.Connections() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d connections are left", w.traffic.Connections())
		}
	}
	if status, _, _ := w.post("/ingest", []byte("x")); status != 204 {
		t.Errorf("%d after the others left", status)
	}
}

// Senders that begin large bodies and do not end them take bounded memory, and are
// answered; the others are served.
func TestMemoryIsBounded(t *testing.T) {
	w := start(t, Config{}, spool.Options{})
	host := strings.TrimPrefix(w.url, "http://")
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	half := make([]byte, maxBody/2)
	var work sync.WaitGroup
	for range 40 {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		work.Go(func() {
			_, _ = fmt.Fprintf(c, "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", maxBody-1)
			_, _ = c.Write(half) // ends early where it is refused
		})
	}
	for until := time.Now().Add(15 * time.Second); w.traffic.Stats().Rejected[traffic.Busy] < 30; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%+v, want most rejected as busy", w.traffic.Stats())
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if held := m.HeapAlloc >> 20; held > 64 {
		t.Errorf("%d MiB are held", held)
	}
	for _, c := range open {
		_ = c.Close()
	}
	work.Wait()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if status, _, _ := w.post("/ingest", []byte("x")); status == 204 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("nothing is accepted any more")
		}
	}
}

// Whatever a body holds, what it is unpacked to is bounded.
func FuzzUnpack(f *testing.F) {
	for _, encoding := range []string{"gzip", "zstd", "snappy", "snappy frames"} {
		f.Add(strings.Fields(encoding)[0], pack(encoding, []byte("a line\n")))
	}
	f.Add("deflate", []byte("x\x9cK\xd4\x02\x00\x00b\x00b"))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		text, err := unpack(encoding, body, nil)
		if len(text) > maxBody+1 || err == nil && len(text) > maxBody {
			t.Errorf("%d bytes, %v", len(text), err)
		}
	})
}
