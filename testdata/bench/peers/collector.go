package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// collectorConfig has an OpenTelemetry Collector read a file, drop the lines without a
// code, and send the code of the others.
const collectorConfig = `receivers:
  filelog:
    include: [%q]
    start_at: beginning
    operators:
    - type: regex_parser
      regex: 'errorCode(?:"|\\"|\\x22): ?(?P<code>\d{4})'
      on_error: drop_quiet
    - {type: remove, field: body}
exporters:
  otlphttp:
    logs_endpoint: %s
    encoding: json
    compression: none
    sending_queue: {queue_size: 100000, block_on_overflow: true}
service:
  telemetry: {logs: {level: error}, metrics: {level: none}}
  pipelines:
    logs: {receivers: [filelog], exporters: [otlphttp]}
`

// received counts the codes that a collector sends. It is safe for concurrent use.
type received struct {
	mu   sync.Mutex
	got  counts
	more chan struct{} // a hint that more came
}

var codeAttribute = regexp.MustCompile(`"key":"code","value":\{"stringValue":"(\d{4})"`)

func (r *received) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	for _, m := range codeAttribute.FindAllSubmatch(body, -1) {
		r.got["code "+string(m[1])]++
	}
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}") // a sender that is gone does not need it
}

func (r *received) differs(truth counts) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.differs(truth)
}

// errNoCodes leaves a contestant out that reports nothing of a corpus without codes, so
// that its end is not seen.
var errNoCodes = errors.New("no codes to send")

// runCollector reads a corpus with an OpenTelemetry Collector. Wall and processor time
// end with the last code that it sends.
func (b *bench) runCollector(program string) func(context.Context, corpus) (usage, error) {
	return func(ctx context.Context, c corpus) (usage, error) {
		if len(c.truth.codes()) == 0 {
			return usage{}, errNoCodes
		}
		r := &received{got: make(counts), more: make(chan struct{}, 1)}
		sink := httptest.NewServer(r)
		defer sink.Close()
		file := filepath.Join(b.dir, "collector.yaml")
		if err := os.WriteFile(file, fmt.Appendf(nil, collectorConfig, c.file, sink.URL+"/v1/logs"), 0o600); err != nil {
			return usage{}, err
		}
		p, err := startProcess(ctx, 1, program, "--config", "file:"+file)
		if err != nil {
			return usage{}, err
		}
		u, err := collected(ctx, p, r, c.truth.codes())
		stopped := p.cmd.Process.Signal(syscall.SIGTERM)
		whole, ended := p.wait()
		u.peak = whole.peak
		return u, errors.Join(err, stopped, ended)
	}
}

// collected waits until everything is there, or a minute has passed without more.
func collected(ctx context.Context, p *process, r *received, truth counts) (usage, error) {
	quiet := time.NewTimer(time.Minute)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return usage{}, ctx.Err()
		case <-quiet.C:
			return usage{}, fmt.Errorf("the collector sends no more: %w: %s", r.differs(truth), p.stderr.String())
		case <-r.more:
			quiet.Reset(time.Minute)
		}
		if wall := time.Since(p.started); r.differs(truth) == nil {
			cpu, err := p.cpu()
			return usage{cpu: cpu, wall: wall}, err
		}
	}
}
