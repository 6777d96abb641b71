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
