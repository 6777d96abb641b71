package input

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/input/httppush"
	"wvwatch/internal/input/spool"
	"wvwatch/internal/input/syslog"
	"wvwatch/internal/input/traffic"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// Each recording in testdata/senders is what a real program sent of six lines of a log: two JSON
// objects with 4006, two lines of text with 4025, two of text without a code. See its README.
var (
	recorded = map[int]int{4006: 2, 4025: 2}

	// Telegraf leaves out the values that hold a quote itself.
	recordedOtherwise = map[string]map[int]int{"telegraf.tcp": {4025: 2}, "telegraf.udp": {4025: 2}}
)

func TestRecordedSenders(t *testing.T) {
	files, err := filepath.Glob("testdata/senders/*.*p")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d recordings: %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := recordedOtherwise[name]
			if want == nil {
				want = recorded
			}
			if got := codesIn(t, receiveRecording(t, filepath.Ext(name), data)); !maps.Equal(got, want) {
				t.Errorf("counted %v, want %v", got, want)
			}
		})
	}
}

// Messages of appliances that follow no standard count all the same, on connections and in
// datagrams. Each is sent six times.
func TestOddMessages(t *testing.T) {
	const text, bom = "ERROR play 1 licence denied extra=4025", "\xef\xbb\xbf"
	counted := func(message string) string { return fmt.Sprintf("%d %s", len(message), message) }
	for _, tt := range []struct{ name, message string }{
		{"RFC 3164 without a host", "<34>Nov 23 08:00:00 app[12]: " + text + "\n"},
		{"RFC 3164 without a time", "<34>app: " + text + "\n"},
		{"RFC 3164 with a year", "<34>Nov 23 08:00:00 2026 host app: " + text + "\n"},
		{"only a priority", "<34>" + text + "\n"},
		{"no priority", "Nov 23 08:00:00 host app: " + text + "\n"},
		{"a sequence number before the time", "<34>123: *Nov 23 08:00:00.123 UTC: %X-1-Y: " + text + "\n"},
		{"RFC 3339 after the priority", "<34>2026-11-23T08:00:00+01:00 host app: " + text + "\n"},
		{"RFC 5424 of dashes", "<34>1 - - - - - - " + text + "\n"},
		{"RFC 5424 with broken structured data", "<34>1 2026-11-23T08:00:00Z host app - - [x y=\"z " + text + "\n"},
		{"a byte order mark in RFC 5424", "<34>1 2026-11-23T08:00:00Z host app - - - " + bom + text + "\n"},
		{"a byte order mark in RFC 3164", "<34>Nov 23 08:00:00 host app: " + bom + text + "\n"},
		{"a byte order mark first", bom + "<34>Nov 23 08:00:00 host app: " + text + "\n"},
		{"CRLF", "<34>Nov 23 08:00:00 host app: " + text + "\r\n"},
		{"NUL at the end", "<34>Nov 23 08:00:00 host app: " + text + "\x00\n"},
		{"NUL in the text", "<34>Nov 23 08:00:00 host app: a\x00b " + text + "\n"},
		{"bytes that are no UTF-8", "<34>Nov 23 08:00:00 host app: \xe4\xf6 " + text + "\n"},
		{"octet count", counted("<34>Nov 23 08:00:00 host app: " + text)},
		{"octet count with the newline", counted("<34>Nov 23 08:00:00 host app: " + text + "\n")},
		{"octet count and a newline after it", counted("<34>Nov 23 08:00:00 host app: "+text) + "\n"},
		{"octet count of NUL", counted("<34>Nov 23 08:00:00 host app: " + text + "\x00")},
		{"octet count of RFC 5424 with a byte order mark", counted("<34>1 2026-11-23T08:00:00Z host app - - - " + bom + text)},
		{"characters counted", fmt.Sprintf("%d %s", len("<34>app: "+text+" f"), "<34>app: "+text+" für Überzahlung")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := map[int]int{4025: 6}
			if got := codesIn(t, receiveRecording(t, ".tcp", []byte(strings.Repeat(tt.message, 6)))); !maps.Equal(got, want) {
				t.Errorf("by TCP counted %v, want %v", got, want)
			}
			if got := codesIn(t, receiveRecording(t, ".udp", []byte(strings.Repeat(tt.message+"\n--\n", 6)))); !maps.Equal(got, want) {
				t.Errorf("by UDP counted %v, want %v", got, want)
			}
		})
	}
	// Octet counts and newlines on one connection, whichever comes first.
	line := "<34>Nov 23 08:00:00 host app: " + text + "\n"
	for _, mixed := range []string{counted(line) + line, line + counted(line)} {
		if got := codesIn(t, receiveRecording(t, ".tcp", []byte(strings.Repeat(mixed, 3)))); got[4025] != 6 || len(got) != 1 {
			t.Errorf("of %.20q... counted %v, want six", mixed, got)
		}
	}
}

// codesIn returns how often each code is in lines.
func codesIn(t *testing.T, lines []byte) map[int]int {
	t.Helper()
	cat, err := codes.Load(codes.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := parser.New(parser.Config{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	var found parser.Result
	if n := p.Parse(&found, lines, len(lines)); n != len(lines) {
		t.Fatalf("%d of %d bytes parsed", n, len(lines))
	}
	counts := map[int]int{}
	for _, e := range found.Events {
		counts[e.Code]++
	}
	return counts
}

// receiveRecording sends data to a source as its sender did, and returns the lines that are
// read from the spool. kind is the ending of the recording's name.
func receiveRecording(t *testing.T, kind string, data []byte) []byte {
	t.Helper()
	address := freeAddress(t)
	cfg, send := Config{HTTP: &httppush.Config{Listen: address}}, sendRequests
	switch kind {
	case ".tcp":
		cfg, send = Config{Syslog: &syslog.Config{Listen: []string{"tcp://" + address}}}, sendStream
	case ".udp":
		cfg, send = Config{Syslog: &syslog.Config{Listen: []string{"udp://" + address}}}, sendDatagrams
	}
	k := &sink{}
	s, err := Open(cfg, Options{Name: "edge", Spool: spool.DefaultConfig(), Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, nil, traffic.Counts{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	r := s.NewReader(nil, tailer.Counts{}, k)
	work.Go(func() { _ = r.Run(ctx) })
	lines := send(t, address, data)
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if read := k.text(); bytes.Count(read, []byte{'\n'}) >= lines && s.Counted() {
			return read
		}
		if time.Now().After(until) {
			t.Fatalf("not read: %+v", s.Stats())
		}
	}
}

func (s *sink) text() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.lines)
}

// sendRequests sends the HTTP requests in data and returns how many lines they have at least.
func sendRequests(t *testing.T, address string, data []byte) (lines int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for in := bufio.NewReader(bytes.NewReader(data)); ; lines++ {
		req, err := http.ReadRequest(in)
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		req.RequestURI, req.URL.Scheme, req.URL.Host = "", "http", address
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode/100 != 2 {
			t.Fatalf("%s is answered with %s", req.URL.Path, res.Status)
		}
	}
}

// sendStream sends data on a connection and returns that it has six lines.
func sendStream(t *testing.T, address string, data []byte) (lines int) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return 6
}

// sendDatagrams sends the messages of data, which a line "--" ends, and returns their number.
func sendDatagrams(t *testing.T, address string, data []byte) (lines int) {
	t.Helper()
	c, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for message := range strings.SplitSeq(string(data), "\n--\n") {
		if message == "" {
			continue
		}
		if _, err := fmt.Fprint(c, message); err != nil {
			t.Fatal(err)
		}
		lines++
	}
	return lines
}

// freeAddress returns an address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
