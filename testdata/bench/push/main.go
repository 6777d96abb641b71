// Command push measures what the daemon needs for lines that are pushed, compared
// with the same lines in a file: go run ./testdata/bench/push -binary bin/wvwatch -corpus FILE.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	batch   = 1000 // lines of a request
	senders = 4
	tick    = 100 // of /proc/PID/stat, in a second
)

// protocol is one way to hand the corpus over.
type protocol struct {
	name   string
	source string // its input, in the configuration
	send   func(lines [][]byte) []time.Duration
}

func main() {
	binary := flag.String("binary", "bin/wvwatch", "the daemon")
	corpus := flag.String("corpus", "", "file of log lines")
	rounds := flag.Int("rounds", 3, "interleaved rounds; medians are shown")
	only := flag.String("only", "", "the one protocol that is compared with the file, by its name in the table; empty: all")
	flag.Parse()
	if err := measure(*binary, *corpus, *rounds, *only); err != nil {
		fail(err)
	}
}

// fail ends the program.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "push:", err)
	os.Exit(1)
}

func measure(binary, corpus string, rounds int, only string) error {
	text, err := os.ReadFile(corpus)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	page, push, syslog := freeAddress(), freeAddress(), freeAddress()
	http := fmt.Sprintf("http: {listen: %q}", push)
	ways := []protocol{
		{"file", "files: [" + corpus + "]", nil},
		{"JSON lines", http, post(push, "/ingest", "application/x-ndjson", "", func(b [][]byte) []byte { return bytes.Join(b, nil) })},
		{"Loki protobuf", http, post(push, "/loki/api/v1/push", "application/x-protobuf", "", lokiBody)},
		{"OTLP protobuf", http, post(push, "/v1/logs", "application/x-protobuf", "", otlpBody)},
		{"syslog TCP", fmt.Sprintf("syslog: {listen: [\"tcp://%s\"]}", syslog), stream(syslog)},
	}
	if only != "" {
		ways = slices.DeleteFunc(ways, func(w protocol) bool { return w.send != nil && w.name != only })
	}
	results := map[string][]result{}
	for range rounds {
		for _, w := range ways {
			r, err := run(binary, page, w, lines)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			results[w.name] = append(results[w.name], r)
		}
	}
	fmt.Println("| input | CPU-s per million lines | to file | lines/s per core | lines/s | acknowledgement p50, p99 | peak MiB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	base := median(results["file"]).cpu
	for _, w := range ways {
		r := median(results[w.name])
		fmt.Printf("| %s | %.2f | %.2f | %.0f | %.0f | %v, %v | %d |\n", w.name, r.cpu*1e6, r.cpu/base, 1/r.cpu, r.rate, r.p50.Round(time.Millisecond), r.p99.Round(time.Millisecond), r.peak)
	}
	return nil
}

// result is of one run; cpu in seconds per line.
type result struct {
	cpu, rate float64
	p50, p99  time.Duration
	peak      int
}

func median(all []result) result {
	slices.SortFunc(all, func(a, b result) int { return cmp.Compare(a.cpu, b.cpu) })
	return all[len(all)/2]
}

func run(binary, page string, w protocol, lines [][]byte) (r result, err error) {
	dir, err := os.MkdirTemp("", "push")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	config := filepath.Join(dir, "config.yaml")
	yaml := fmt.Sprintf("sources: [{name: s, %s}]\nstate: {directory: %q}\nweb: {listen: [%q]}\n", w.source, filepath.Join(dir, "state"), page)
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		return r, err
	}
	cmd := exec.Command(binary, "run", "--config", config)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
	if err := cmd.Start(); err != nil {
		return r, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	began, before := time.Now(), 0.0
	if w.send != nil {
		for counted(page) < 0 {
			time.Sleep(20 * time.Millisecond)
		}
		before, _ = usage(cmd.Process.Pid)
		began = time.Now()
		acks := w.send(lines)
		slices.Sort(acks)
		if len(acks) > 0 {
			r.p50, r.p99 = acks[len(acks)/2], acks[len(acks)*99/100]
		}
	}
	for counted(page) < len(lines) {
		if time.Since(began) > 3*time.Minute {
			return r, fmt.Errorf("%d of %d lines after three minutes", counted(page), len(lines))
		}
		time.Sleep(time.Second) // a scrape costs, and saves a checkpoint
	}
	r.rate = float64(len(lines)) / time.Since(began).Seconds()
	spent, peak := usage(cmd.Process.Pid)
	r.cpu, r.peak = (spent-before)/float64(len(lines)), peak
	return r, nil
}

var linesTotal = regexp.MustCompile(`(?m)^wvwatch_lines_total\{source="s"\} (\S+)$`)

// counted returns how many lines are counted; -1 while the daemon is not ready.
func counted(page string) int {
	res, err := http.Get("http://" + page + "/metrics")
	if err != nil {
		return -1
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	m := linesTotal.FindSubmatch(text)
	if m == nil {
		return -1
	}
	n, _ := strconv.ParseFloat(string(m[1]), 64)
	return int(n)
}

// freeAddress returns an address of this machine that nothing listens on.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// usage returns the processor seconds and peak memory in MiB of a process.
func usage(pid int) (seconds float64, peak int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			peak = kb >> 10
		}
	}
	return float64(user+system) / tick, peak
}

// post returns a sender of requests that waits for each acknowledgement, and returns
// how long they took.
func post(address, path, kind, encoding string, body func(lines [][]byte) []byte) func([][]byte) []time.Duration {
	return func(lines [][]byte) (acks []time.Duration) {
		batches := make(chan [][]byte)
		go func() {
			defer close(batches)
			for part := range slices.Chunk(lines, batch) {
				batches <- part
			}
		}()
		var mu sync.Mutex
		var work sync.WaitGroup
		for range senders {
			work.Go(func() {
				for part := range batches {
					data := body(part)
					began := time.Now()
					for {
						req, _ := http.NewRequest(http.MethodPost, "http://"+address+path, bytes.NewReader(data))
						req.Header.Set("Content-Type", kind)
						req.Header.Set("Content-Encoding", encoding)
						res, err := http.DefaultClient.Do(req)
						if err != nil {
							fail(err)
						}
						_, _ = io.Copy(io.Discard, res.Body)
						_ = res.Body.Close()
						if res.StatusCode < 300 {
							break
						}
						time.Sleep(50 * time.Millisecond)
					}
					mu.Lock()
					acks = append(acks, time.Since(began))
					mu.Unlock()
				}
			})
		}
		work.Wait()
		return acks
	}
}

// stream returns a sender that sends the lines with a header of syslog on one connection.
func stream(address string) func([][]byte) []time.Duration {
	return func(lines [][]byte) []time.Duration { return streamTo(address, lines) }
}

func streamTo(address string, lines [][]byte) []time.Duration {
	c, err := net.Dial("tcp", address)
	if err != nil {
		fail(err)
	}
	defer c.Close()
	w := bufio.NewWriterSize(c, 64<<10)
	header := []byte("<190>" + time.Now().Format("Jan _2 15:04:05") + " lb nginx: ")
	for _, line := range lines {
		_, _ = w.Write(header) // an error shows in Flush
		_, _ = w.Write(line)
	}
	if err := w.Flush(); err != nil {
		fail(err)
	}
	return nil
}

func field(dst []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, number, protowire.BytesType), value)
}

// lokiBody is a PushRequest of one stream, in snappy.
func lokiBody(lines [][]byte) []byte {
	now := time.Now()
	at := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(now.Unix()))
	at = protowire.AppendVarint(protowire.AppendTag(at, 2, protowire.VarintType), uint64(now.Nanosecond()))
	stream := field(nil, 1, []byte(`{app="licence-proxy"}`))
	for _, line := range lines {
		stream = field(stream, 2, field(field(nil, 1, at), 2, bytes.TrimSuffix(line, []byte("\n"))))
	}
	return snappy.Encode(nil, field(nil, 1, stream))
}

// otlpBody is an ExportLogsServiceRequest of one resource.
func otlpBody(lines [][]byte) []byte {
	now := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), uint64(time.Now().UnixNano()))
	var scope []byte
	for _, line := range lines {
		scope = field(scope, 2, field(slices.Clone(now), 5, field(nil, 1, bytes.TrimSuffix(line, []byte("\n")))))
	}
	return field(nil, 1, field(nil, 2, scope))
}
